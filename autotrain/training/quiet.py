"""Keeps the libraries' bars and advice out of what people read; loading.py and embedded.py call it first."""


def quiet_libraries() -> None:
    """Keep the libraries' bars and advice off stderr; warnings and errors stay."""
    import logging

    import transformers

    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it advises an optional CPU kernel on each load
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
