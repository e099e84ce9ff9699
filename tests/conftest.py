"""What holds for every test: the graph is verified after each pass, everything is compiled afresh,
and Keras, a judge, runs on JAX.
"""

from __future__ import annotations

import os

from answering import server as server
from hypothesis import settings

os.environ["LAMINA_VERIFY"] = "1"
os.environ["LAMINA_CACHE"] = "0"
os.environ["KERAS_BACKEND"] = "jax"

# `make fuzz`: other graphs each time, far more of them. A failure prints how to have it again.
settings.register_profile("fuzz", max_examples=1250, derandomize=False, print_blob=True)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Functions and classes are named by their names: an address would differ in each worker."""
    return getattr(val, "__name__", "function") if callable(val) else None
