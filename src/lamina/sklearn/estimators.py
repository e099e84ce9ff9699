"""Estimators around a compiled model, or around a function that makes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from lamina.errors import ArgumentError, ArgumentTypeError, StateError
from lamina.models import Model
from lamina.models.cloning import clone_model


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What the three share.

    Args:
        model: a compiled model, which is copied for each `fit`; or a function
            (X, y, **model_kwargs) that makes one.
        warm_start: `fit` goes on with the weights of the last one.
        model_kwargs: further arguments of the function.
        fit_kwargs: arguments of the model's `fit`.

    Attributes:
        model_: the fitted model. history_: what its `fit` returned.
    """

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        tags.target_tags.required = True
        return tags

    def __sklearn_clone__(self) -> Any:
        """An estimator that was never fitted, with the same model to start from."""
        return type(self)(self.model, self.warm_start, self.model_kwargs, self.fit_kwargs)

    @property
    def epoch_(self) -> Any:
        """The epochs of the last `fit`."""
        history = getattr(self, "history_", None)
        return [] if history is None else history.epoch

    def _model(self, X: Any, y: Any) -> Any:
        """A model to fit.

        Raises: ArgumentTypeError for something that is none; StateError for one that is not
            compiled.
        """
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if isinstance(self.model, Model):
            made = self.model if self.warm_start else _compiled_copy(self.model)
        elif callable(self.model):
            made = self.model(X=X, y=y, **dict(self.model_kwargs or {}))
        else:
            made = self.model
        if not isinstance(made, Model):
            raise ArgumentTypeError(
                f"{type(self).__name__}(model=...)",
                "needs a compiled model, or a function (X, y) that makes one",
                f"{made!r:.60}", "pass a Sequential that was compiled, for instance",
            )  # fmt: skip
        if not made.compiled or not made.loss or made.optimizer is None:
            raise NotCompiledError(
                f"{type(self).__name__}(model=...)", "needs a model with a loss and an optimizer",
                "a model that was not compiled", "call model.compile('adam', 'mse') first",
            )  # fmt: skip
        return made

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """Fits a model to X (rows, features) and y (rows,) or (rows, outputs).

        `kwargs` go to the model's `fit`, beside `fit_kwargs`, and win over them. Rows whose
        `sample_weight` is 0 are left out.
        """
        X, y = validate_data(self, X, y, multi_output=True)
        options = {**dict(self.fit_kwargs or {}), **kwargs}
        if sample_weight is not None:
            weight = self._weights(sample_weight, len(X))
            used = weight != 0
            X, y, options["sample_weight"] = X[used], y[used], weight[used]
        y = self._encoded(y)
        model = self._model(X, y)
        self.history_ = model.fit(X, y, **options)
        self.model_ = model
        return self

    def _weights(self, given: Any, rows: int) -> np.ndarray:
        weight = np.asarray(given, "float64")
        if weight.shape != (rows,) or not weight.any():
            raise ArgumentError(
                f"{type(self).__name__}.fit(sample_weight=...)",
                f"needs a weight for each of the {rows} rows, not all zero",
                f"sample weights of shape {weight.shape}" if weight.any() else "all zero weights",
                "leave it out to weigh all rows alike",
            )  # fmt: skip
        return weight

    def _encoded(self, y: Any) -> Any:
        """The targets as the model is given them, two-dimensional."""
        type_of_target(y, raise_unknown=True)
        self._flat = y.ndim == 1
        return y.reshape(-1, 1) if self._flat else y

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False)
        return np.asarray(self.model_.predict(X, verbose=0))

    def predict(self, X: Any) -> np.ndarray:
        """What the model predicts for rows, in the form of the targets that it was fitted to."""
        found = self._outputs(X)
        return found[:, 0] if self._flat and found.ndim == 2 and found.shape[1] == 1 else found


class NotCompiledError(StateError, RuntimeError):
    """A model without a loss or an optimizer."""


class Classifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A classifier: the model has one output for each class, and is fitted to one-hot targets.

    Attributes:
        classes_: the labels, sorted.
    """

    def _encoded(self, y: Any) -> Any:
        type_of_target(y, raise_unknown=True)
        kind = type_of_target(y)
        if kind not in ("binary", "multiclass"):
            raise ArgumentError(
                f"{type(self).__name__}.fit", "needs one label a row: Unknown label type", kind,
                "pass y of shape (rows,), or use Regressor",
            )  # fmt: skip
        self.classes_, places = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        if len(self.classes_) == 1:
            raise ArgumentError(
                f"{type(self).__name__}.fit",
                "needs rows of more than one class, but for those whose sample_weight is 0",
                "1 class", "pass labels of two classes at least",
            )  # fmt: skip
        return np.eye(len(self.classes_), dtype="float32")[places.ravel()]

    def predict(self, X: Any) -> np.ndarray:
        """The label of the largest output of each row."""
        places = self._outputs(X).argmax(axis=1)
        return self.classes_[places]

    def decision_function(self, X: Any) -> np.ndarray:
        """The outputs (rows, classes); of two classes the second's less the first's."""
        found = self._outputs(X)
        return found[:, 1] - found[:, 0] if found.shape[1] == 2 else found

    def predict_proba(self, X: Any) -> np.ndarray:
        """The outputs (rows, classes), which add up to 1 if the model ends in a softmax."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # a model may have been trained little
        return tags


class Regressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A regressor: the model has one output for each target."""

    def predict(self, X: Any) -> np.ndarray:
        """The predictions for rows, float64, in the form of the targets."""
        return super().predict(X).astype("float64")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # a model may have been trained little
        tags.target_tags.multi_output = True
        return tags


class Transformer(TransformerMixin, _Estimator):  # type: ignore[misc]
    """A transformer: what the model predicts are the new features."""

    def transform(self, X: Any) -> np.ndarray:
        """The outputs of the model."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _compiled_copy(model: Any) -> Any:
    """A model of the same layers with fresh weights, compiled alike."""
    copy = clone_model(model)
    config = model.get_compile_config()
    if config:
        copy.compile_from_config(config)
    return copy


SKLearnClassifier, SKLearnRegressor, SKLearnTransformer = Classifier, Regressor, Transformer
