"""What holds for every test: the graph is verified after each pass, everything is compiled afresh,
and Keras, a judge, runs on JAX.
"""

from __future__ import annotations

import os

os.environ["LAMINA_VERIFY"] = "1"
os.environ["LAMINA_CACHE"] = "0"
os.environ["KERAS_BACKEND"] = "jax"


def pytest_make_parametrize_id(val: object) -> str | None:
    """Functions and classes are named by their names: an address would differ in each worker."""
    return getattr(val, "__name__", "function") if callable(val) else None
