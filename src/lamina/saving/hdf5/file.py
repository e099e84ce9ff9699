"""File, Group, Dataset: an HDF5 file as h5py shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from lamina.errors import MissingMemberError, nearest
from lamina.saving.hdf5 import headers
from lamina.saving.hdf5.attributes import Attributes
from lamina.saving.hdf5.dataset import Dataset
from lamina.saving.hdf5.headers import Header
from lamina.saving.hdf5.heaps import GlobalHeap
from lamina.saving.hdf5.links import read_links
from lamina.saving.hdf5.source import Source
from lamina.saving.hdf5.superblock import find_root
from lamina.saving.limits import Limits

__all__ = ["Attributes", "Dataset", "File", "Group"]


class Opened:
    """What the objects of one file share: its bytes, its texts, and which objects are open."""

    def __init__(self, source: Source) -> None:
        self.source, self.heap = source, GlobalHeap(source)
        self.objects: dict[int, Group | Dataset] = {}

    def open(self, at: int, name: str) -> Group | Dataset:
        """The object at an address.

        Raises: FileError if it has another name already: then two links lead to it, and a cycle
        may be.
        """
        found = self.objects.get(at)
        if found is None:
            self.source.spend(4)
            found = self.objects[at] = self._read(at, name)
        if found.name != name:
            raise self.source.unsupported(
                "two names of one object", f"{found.name!r:.80} and {name!r:.80}"
            )
        return found

    def _read(self, at: int, name: str) -> Group | Dataset:
        header = Header(self.source, at)
        links = read_links(header)
        if links is not None:
            return Group(self, header, name, links)
        if header.has(headers.LAYOUT):
            return Dataset(header, self.heap, name)
        raise self.source.unsupported("an object that is no group and no data set", repr(name))


class Group(Mapping[str, Any]):
    """A group: groups and data sets by name, or by a path with "/".

    Attributes:
        name: the path from the root.
        attrs: its attributes.
    """

    def __init__(self, opened: Opened, header: Header, name: str, links: dict[str, int]) -> None:
        self._opened, self._links = opened, links
        self.name = name
        self.attrs = Attributes(header, opened.heap)

    def __getitem__(self, path: str) -> Any:
        found = self._walk(path)
        if found is None:
            raise MissingMemberError(
                f"HDF5 file {self._opened.source.name}", f"has nothing at this path in {self.name}",
                repr(path), f"it has {', '.join(nearest(path, self._links, most=3)) or 'nothing'}",
            )  # fmt: skip
        return found

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._walk(path) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._links)

    def __len__(self) -> int:
        return len(self._links)

    def __repr__(self) -> str:
        return f"<HDF5 group {self.name!r} ({len(self)} members)>"

    def _walk(self, path: str) -> Group | Dataset | None:
        """What the path leads to, or None."""
        names = [name for name in path.split("/") if name]
        here: Group | Dataset = self._opened_root() if path.startswith("/") else self
        for name in names:
            if not isinstance(here, Group) or name not in here._links:
                return None
            here = here._member(name)
        return here

    def _opened_root(self) -> Group:
        root = next(iter(self._opened.objects.values()))
        assert isinstance(root, Group)
        return root

    def _member(self, name: str) -> Group | Dataset:
        path = f"{self.name.rstrip('/')}/{name}"
        source = self._opened.source
        if path.count("/") > source.limits.depth:
            raise source.too_much("groups within groups", "depth")
        return self._opened.open(self._links[name], path)


class File(Group):
    """An HDF5 file, open for reading.

    Args:
        origin: a path, the bytes of a file, or a binary file that can seek; that one stays open.
        limits: what reading may cost.

    Raises: FileError, here or when a part is asked for, if the file is damaged, dangerous, too
    large, or uses what Keras' files do not use. FileNotFoundError.
    """

    def __init__(self, origin: Any, limits: Limits | None = None) -> None:
        source = Source(origin, limits or Limits())
        try:
            opened = Opened(source)
            root = find_root(source)
            header = Header(source, root)
            links = read_links(header)
            if links is None:
                raise source.damaged("the root group", "an object without members")
            super().__init__(opened, header, "/", links)
            opened.objects[root] = self
        except BaseException:
            source.close()
            raise

    def close(self) -> None:
        """Closes the file if it was opened here."""
        self._opened.source.close()

    def __enter__(self) -> File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()
