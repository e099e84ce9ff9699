"""lamina.sklearn: models as estimators of scikit-learn, which `pip install '.[sklearn]'` brings."""

from __future__ import annotations

import importlib
from typing import Any

from lamina.registry import names_only

_HOMES = {
    "Classifier": "estimators", "KerasClassifier": "build_fn", "KerasRegressor": "build_fn",
    "Regressor": "estimators", "SKLearnClassifier": "estimators",
    "SKLearnRegressor": "estimators", "SKLearnTransformer": "estimators",
    "Transformer": "estimators",
}  # fmt: skip

__all__ = sorted(_HOMES)

_missing = names_only("lamina.sklearn", __all__)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        return _missing(name)
    from lamina.errors import DependencyError

    try:
        module = importlib.import_module(f"lamina.sklearn.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "sklearn":
            raise
        raise DependencyError(
            f"lamina.sklearn.{name}", "needs scikit-learn", "it is not installed",
            "pip install scikit-learn",
        ) from None  # fmt: skip
    return getattr(module, name)


def __dir__() -> list[str]:
    return __all__
