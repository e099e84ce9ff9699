"""Weights in groups of HDF5 files that a program has opened with h5py, as Keras 1 and 2 read them.

`h5py` itself reads these files: a program that opens a file so has chosen to trust it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from lamina.saving.legacy_h5.reading import read_weights
from lamina.saving.legacy_h5.writing import write_layers


def load_weights_from_hdf5_group(f: Any, layers: Any, reshape: bool = False) -> None:
    """Gives layers, or those of a model, the weights of a group, by their order.

    Raises: FileError, ShapeError, and then no weight has changed.
    """
    del reshape  # Kernels of other layouts are turned in any case.
    read_weights(_holder(layers), f)


def load_weights_from_hdf5_group_by_name(
    f: Any, layers: Any, skip_mismatch: bool = False, reshape: bool = False
) -> None:
    """Gives layers, or those of a model, the weights that stand in the group under their names.

    Raises: FileError, ShapeError unless `skip_mismatch`, and then no weight has changed.
    """
    del reshape
    read_weights(_holder(layers), f, by_name=True, skip_mismatch=skip_mismatch)


def save_weights_to_hdf5_group(f: Any, layers: Any) -> None:
    """Writes the weights of layers, or of those of a model, into an empty group."""
    write_layers(f, _holder(layers))


def _holder(layers: Any) -> Any:
    """What has these layers, and no weights beside theirs."""
    if not isinstance(layers, Sequence):
        return layers
    weights = [weight for layer in layers for weight in layer.weights]
    return SimpleNamespace(name="load_weights_from_hdf5_group", layers=layers, weights=weights)
