"""lamina: Keras' API for networks of ordinary size, compiled to machine code."""

__version__ = "0.1.0"
