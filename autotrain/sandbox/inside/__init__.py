"""What runs inside the sandbox's own interpreter, started bare by autotrain.sandbox.zygotes.

Nothing here may import from outside this folder, except the standard library: the rest of
the project is not there.
"""
