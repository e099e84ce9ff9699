"""The superblock: where the root group of a file is."""

from __future__ import annotations

from lamina.saving.hdf5.fields import Fields
from lamina.saving.hdf5.source import SIGNATURE, UNDEFINED, Source

HEAD = len(SIGNATURE) + 1


def find_root(source: Source) -> int:
    """The address of the root group's object header.

    Raises: FileError for another version, for sizes of addresses that h5py does not write, and for
    a file that is cut short.
    """
    version = source.read(0, HEAD, "the superblock")[-1]
    if version in (0, 1):
        return _old(source, version)
    if version in (2, 3):
        return _new(source)
    raise source.unsupported("a superblock of another kind", f"version {version}")


def _old(source: Source, version: int) -> int:
    size = 96 if version == 0 else 100
    fields = Fields(source, source.take(0, size, "the superblock"), "the superblock")
    fields.raw(HEAD + 4)
    _check_sizes(fields)
    fields.raw(9 if version == 0 else 13)
    _check_places(fields, fields.address(), free=fields.address())
    fields.expect(fields.address(), UNDEFINED, "the address of a driver")
    fields.address()  # the name of the root group's entry
    return fields.address()


def _new(source: Source) -> int:
    fields = Fields(source, source.take(0, 48, "the superblock"), "the superblock")
    fields.raw(HEAD)
    _check_sizes(fields)
    fields.uint(1)
    _check_places(fields, fields.address(), free=fields.address())
    root = fields.address()
    fields.checksum()
    return root


def _check_sizes(fields: Fields) -> None:
    sizes = fields.uint(1), fields.uint(1)
    if sizes != (8, 8):
        raise fields.source.unsupported("addresses and lengths of other sizes", f"{sizes} bytes")


def _check_places(fields: Fields, base: int, free: int) -> None:
    """The end of the file follows. Addresses count from the signature, whatever `base` says if it
    says the same; the free space and extensions do not matter to who reads.
    """
    source = fields.source
    if base not in (0, source.base):
        raise fields.damaged(f"a base address {base} of a superblock at {source.base}")
    source.end_at(fields.address() - base)
