"""Data spaces: the shapes of arrays."""

from __future__ import annotations

import math

from lamina.saving.hdf5.fields import Fields

MOST_AXES = 32  # HDF5's own bound


def read_shape(fields: Fields) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(the shape, the shape up to which it may grow); scalars have no axes.

    Raises: FileError for an array without a shape, or with more elements than any file may have.
    """
    source = fields.source
    version, rank, flags = fields.uint(1), fields.uint(1), fields.uint(1)
    if version == 1:
        fields.raw(5)
    elif version != 2:
        raise source.unsupported("a data space of another kind", f"version {version}")
    elif fields.uint(1) == 2:
        raise source.unsupported("an array without any shape", "an empty data space")
    if rank > MOST_AXES:
        raise fields.damaged(f"{rank} axes")
    shape = tuple([fields.address() for _ in range(rank)])
    most = tuple([fields.address() for _ in range(rank)]) if flags & 1 else shape
    if math.prod(n for n in shape if n) > source.most_bytes:
        raise source.too_much_data(f"an array of shape {shape}")
    if any(n > m for n, m in zip(shape, most, strict=True)):
        raise fields.damaged(f"a shape {shape} beyond its bounds {most}")
    return shape, most
