"""lamina: Keras' API for networks of ordinary size, compiled to machine code.

    import lamina as keras

Names are imported when they are first used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_MODULES = (
    "activations", "applications", "autodiff", "backend", "callbacks", "config", "constraints",
    "datasets",
    "dtype_policies", "errors", "initializers", "layers", "losses", "metrics", "mixed_precision",
    "models", "ops", "optimizers", "preprocessing", "random", "regularizers", "saving", "tree",
    "utils", "wrappers",
)  # fmt: skip

_NAMES = {
    "DTypePolicy": "graph.policies",
    "FloatDTypePolicy": "dtype_policies",
    "Function": "models.function",
    "GradientTape": "gradient_tape",
    "Input": "layers",
    "InputSpec": "layers",
    "Initializer": "initializers",
    "KerasTensor": "graph.tensor",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Operation": "graph.operation",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "RematScope": "scopes",
    "Sequential": "models",
    "StatelessScope": "graph.stateless",
    "Variable": "graph.variable",
    "device": "scopes",
    "name_scope": "scopes",
    "remat": "scopes",
    "set_floatx": "graph.dtypes",
    "floatx": "graph.dtypes",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"lamina.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"lamina.{_NAMES[name]}"), name)
    from lamina.registry import names_only

    return names_only("lamina", __dir__())(name)


def __dir__() -> list[str]:
    return sorted([*_MODULES, *_NAMES, "__version__", "install", "version"])


def version() -> str:
    """The version of lamina."""
    return __version__


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
