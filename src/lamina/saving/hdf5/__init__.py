"""A reader of HDF5 files that trusts nothing in them: pure Python and NumPy, read-only.

    with File("model.weights.h5") as file:
        kernel = file["layers/dense/vars/0"][()]

It reads what h5py writes by default, `track_order` and `libver="latest"` included, and what Keras
of any age wrote: groups, attributes, numbers and texts; stored whole, or in chunks that are
deflated. All else is refused: links to other places, external and virtual data, other filters.

The format: HDF5 File Format Specification 3.0. How a damaged or hostile file is kept harmless:
every offset lies within the file; each byte belongs to one object, so that nothing is read twice,
cycles and shared blocks cannot be; steps are counted; sizes are compared with the bytes that there
are before memory is taken.
"""

from __future__ import annotations

from lamina.saving.hdf5.file import Attributes, Dataset, File, Group

__all__ = ["Attributes", "Dataset", "File", "Group"]
