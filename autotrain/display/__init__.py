"""Drawing in a terminal: values as text, curves, a canvas, keys. Dashboard, menu and report share it."""
