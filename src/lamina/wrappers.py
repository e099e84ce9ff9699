"""lamina.wrappers: models as estimators of scikit-learn, by Keras 3's names."""

from __future__ import annotations

from typing import Any

from lamina.registry import names_only

_NAMES = ("SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer")
__all__ = [*_NAMES]

_missing = names_only("lamina.wrappers", __all__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        return _missing(name)
    from lamina import sklearn

    return getattr(sklearn, name)


def __dir__() -> list[str]:
    return __all__
