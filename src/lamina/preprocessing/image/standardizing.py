"""Pictures brought to one scale: by numbers of their own, or by what was measured on others."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina.errors import StateError
from lamina.preprocessing.image.iterators import check_pictures

# What is added to a standard deviation before dividing by it.
TINY = 1e-6


class Standardizing:
    """What `ImageDataGenerator` does to the values of pictures; its arguments stand there.

    Attributes:
        mean, std: of each channel, as `fit` measured them; None before.
        zca_whitening_matrix: from a flat picture to one without correlation.
    """

    featurewise_center: bool
    featurewise_std_normalization: bool
    samplewise_center: bool
    samplewise_std_normalization: bool
    zca_whitening: bool
    zca_epsilon: float
    rescale: float | None
    preprocessing_function: Any
    dtype: Any
    data_format: str
    row_axis: int
    col_axis: int
    mean: np.ndarray | None = None
    std: np.ndarray | None = None
    zca_whitening_matrix: np.ndarray | None = None

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """A picture with changes that are drawn for it."""
        raise NotImplementedError

    def _settle(self) -> None:
        """Sets what other settings imply, with a warning."""
        if self.zca_whitening and self.featurewise_std_normalization:
            self.featurewise_std_normalization = False
            _implied("zca_whitening=True", "featurewise_std_normalization=False")
        for reason, name in (
            ("zca_whitening", "featurewise_center"),
            ("featurewise_std_normalization", "featurewise_center"),
            ("samplewise_std_normalization", "samplewise_center"),
        ):
            if getattr(self, reason) and not getattr(self, name):
                setattr(self, name, True)
                _implied(f"{reason}=True", f"{name}=True")

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Pictures brought to one scale; an array of floats is changed in place, as in Keras."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if x.dtype.kind != "f":
            x = x.astype(self.dtype)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + TINY
        if self.featurewise_center and self._was_fitted("featurewise_center", self.mean):
            x -= self.mean
        if self.featurewise_std_normalization and self._was_fitted(
            "featurewise_std_normalization", self.std
        ):
            assert self.std is not None
            x /= self.std + TINY
        if self.zca_whitening and self._was_fitted("zca_whitening", self.zca_whitening_matrix):
            flat = x.reshape(-1, int(np.prod(x.shape[-3:])))
            x = (flat @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _was_fitted(self, name: str, found: np.ndarray | None) -> bool:
        if found is None:
            warnings.warn(
                f"ImageDataGenerator({name}=True) changes nothing before fit(x)", stacklevel=3
            )
        return found is not None

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Measures what the featurewise settings and `zca_whitening` need, on pictures.

        Args:
            x: (rows, height, width, channels).
            augment: measures on changed pictures, each `rounds` times.
            seed: of the changes.

        Raises: ShapeError for another rank; StateError if there is nothing to measure on.
        """
        x = np.array(x, dtype=self.dtype)
        check_pictures("fit", x, self.data_format)
        if not len(x):
            raise StateError(
                "ImageDataGenerator.fit", "needs pictures", "none", "pass at least one"
            )
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack(
                [self.random_transform(x[i]) for _ in range(rounds) for i in range(len(x))]
            )
            x = x.astype(self.dtype)
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x /= self.std + TINY
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))).dot(u.T)


def _implied(reason: str, meaning: str) -> None:
    warnings.warn(f"ImageDataGenerator({reason}) implies {meaning}", stacklevel=4)
