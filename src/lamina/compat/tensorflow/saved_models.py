"""`tf.saved_model`: Keras models in folders, in lamina's own format."""

from __future__ import annotations

import os
from typing import Any

from lamina.errors import UnsupportedError

__all__ = ["contains_saved_model", "load", "save"]


def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
    """Writes a model into a folder.

    Raises: UnsupportedError for anything but a Keras model.
    """
    from lamina.models import Model

    if not isinstance(obj, Model):
        raise UnsupportedError(
            "tf.saved_model.save", "writes Keras models alone", type(obj).__name__,
            "keep its variables with tf.train.Checkpoint",
        )  # fmt: skip
    obj.save(os.path.join(os.fspath(export_dir), ""))


def load(export_dir: Any, tags: Any = None, options: Any = None) -> Any:
    """The model of a folder."""
    from lamina.saving import load_model

    return load_model(os.fspath(export_dir))


def contains_saved_model(export_dir: Any) -> bool:
    """Whether there is a model in a folder."""
    from lamina.saving.files import MODEL

    return os.path.isfile(os.path.join(os.fspath(export_dir), MODEL))
