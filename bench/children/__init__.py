"""Programs that the benchmark runs as whole processes; each prints one line of JSON, its last."""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

MODULES = {
    "lamina": "lamina", "pytorch": "torch", "keras_jax": "keras", "keras_tensorflow": "keras",
}  # fmt: skip
BACKENDS = {"keras_jax": "jax", "keras_tensorflow": "tensorflow"}


def module_of(peer: str) -> Any:
    """Imports the library of a peer."""
    if peer in BACKENDS:
        os.environ["KERAS_BACKEND"] = BACKENDS[peer]
    return importlib.import_module(MODULES[peer])


def finish(found: dict[str, Any]) -> None:
    """Prints the result."""
    print(json.dumps(found), flush=True)
