"""KerasClassifier and KerasRegressor as `keras.wrappers.scikit_learn` had them until Keras 2.12."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from lamina.errors import ArgumentError, StateError, nearest
from lamina.models import Model
from lamina.utils import to_categorical

_METHODS = ("fit", "predict", "evaluate")
_OLD = {"nb_epoch"}
_CATEGORICAL = ("categorical_crossentropy",)


class _Wrapped(BaseEstimator):  # type: ignore[misc]
    """A function that makes a compiled model, as an estimator.

    Args:
        build_fn: the function; a class derived from this one may define `__call__` instead.
        sk_params: arguments of the function, and of the model's `fit`, `predict` and `evaluate`:
            what a grid search varies.

    Raises: ArgumentError for an argument that none of them takes.
    """

    def __init__(self, build_fn: Callable[..., Any] | None = None, **sk_params: Any) -> None:
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def check_params(self, params: dict[str, Any]) -> None:
        """Raises: ArgumentError for arguments that neither the function nor the model takes."""
        if any(p.kind is p.VAR_KEYWORD for p in self._parameters()):
            return
        known = {p.name for p in self._parameters()} | _OLD
        known |= {name for method in _METHODS for name in _names(getattr(Model, method))}
        for name in params:
            if name not in known:
                raise ArgumentError(
                    type(self).__name__, "knows no such parameter", name,
                    f"did you mean {nearest(name, known)[0]}? It takes those of build_fn, fit, "
                    "predict and evaluate",
                )  # fmt: skip

    def _parameters(self) -> Iterator[inspect.Parameter]:
        yield from inspect.signature(self._maker()).parameters.values()

    def _maker(self) -> Callable[..., Any]:
        if self.build_fn is not None:
            return self.build_fn
        if callable(self):
            return self.__call__
        raise ArgumentError(
            f"{type(self).__name__}(build_fn=...)", "needs a function that makes a model", "None",
            "pass build_fn=create_model",
        )  # fmt: skip

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> Any:
        """Sets parameters."""
        self.check_params({k: v for k, v in params.items() if k != "build_fn"})
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def filter_sk_params(
        self, fn: Callable[..., Any], override: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Those of the parameters that a function takes, with others over them."""
        names = _names(fn)
        return {**{k: v for k, v in self.sk_params.items() if k in names}, **(override or {})}

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a model and fits it; returns the History, as Keras did."""
        maker = self._maker()
        self.model = maker(**self.filter_sk_params(maker))
        y = np.asarray(y)
        if _loss_name(self.model) in _CATEGORICAL and y.ndim != 2:
            y = to_categorical(y)
        options = self.filter_sk_params(Model.fit)
        if "nb_epoch" in self.sk_params:
            options.setdefault("epochs", self.sk_params["nb_epoch"])
        return self.model.fit(x, y, **{**options, **kwargs})

    def _fitted(self) -> Any:
        if not hasattr(self, "model"):
            raise StateError(
                type(self).__name__, "has no model yet", "a call before fit", "call fit first"
            )
        return self.model

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model")


class KerasClassifier(ClassifierMixin, _Wrapped):  # type: ignore[misc]
    """A classifier of `keras.wrappers.scikit_learn`.

    Attributes:
        classes_: the labels. model: the fitted model.
    """

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Fits a new model to labels (rows,), or to one-hot rows (rows, classes)."""
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ArgumentError(
                "KerasClassifier.fit", "needs labels or one-hot rows", f"y of shape {y.shape}",
                "pass y of shape (rows,)",
            )  # fmt: skip
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The labels."""
        options = self.filter_sk_params(Model.predict, kwargs)
        found = np.asarray(self._fitted().predict(x, **options))
        places = found.argmax(axis=-1) if found.shape[-1] > 1 else (found > 0.5).astype("int32")
        return self.classes_[places]

    def predict_proba(self, x: Any, **kwargs: Any) -> np.ndarray:
        """(rows, classes); of one output p it is 1 - p and p."""
        options = self.filter_sk_params(Model.predict, kwargs)
        found = np.asarray(self._fitted().predict(x, **options))
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The accuracy that the model was compiled with.

        Raises: StateError if it was compiled without.
        """
        y = np.searchsorted(self.classes_, y)
        model = self._fitted()
        if _loss_name(model) in _CATEGORICAL and y.ndim != 2:
            y = to_categorical(y, self.n_classes_)
        options = self.filter_sk_params(Model.evaluate, kwargs)
        logs = model.evaluate(x, y, **{**options, "return_dict": True})
        for name in ("accuracy", "acc"):
            if name in logs:
                return float(logs[name])
        raise StateError(
            "KerasClassifier.score", "needs a model that was compiled with metrics=['accuracy']",
            f"metrics {list(logs)}", "add the metric in build_fn",
        )  # fmt: skip


class KerasRegressor(RegressorMixin, _Wrapped):  # type: ignore[misc]
    """A regressor of `keras.wrappers.scikit_learn`."""

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The predictions, without axes of size 1."""
        options = self.filter_sk_params(Model.predict, kwargs)
        return np.squeeze(np.asarray(self._fitted().predict(x, **options)), axis=-1)

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The negative loss: more is better."""
        options = self.filter_sk_params(Model.evaluate, kwargs)
        found = self._fitted().evaluate(x, y, **options)
        return -float(found[0] if isinstance(found, list) else found)


def _names(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", "kwargs", "args"}


def _loss_name(model: Any) -> str:
    loss = model.loss
    return str(loss if isinstance(loss, str) else getattr(loss, "name", None)
               or getattr(loss, "__name__", ""))  # fmt: skip
