"""lamina: Keras' API for networks of ordinary size, compiled to machine code."""

__version__ = "0.1.0"


def install(keras: int | None = None) -> None:
    """From here on `import keras` and `import tensorflow.keras` give lamina in this process.

    `keras` is the generation, 1, 2 or 3, whose meaning every call has; by default that of Keras 3,
    except for calls in spellings that only an older Keras had.
    """
    from lamina.compat import install

    install(keras)


def load_ipython_extension(shell: object) -> None:
    """What `%load_ext lamina` does in a notebook: `install()`."""
    install()


def unload_ipython_extension(shell: object) -> None:
    """What `%unload_ext lamina` does: `import keras` is again what it was."""
    from lamina.compat import uninstall

    uninstall()
