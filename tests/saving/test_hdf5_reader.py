"""The reader of HDF5 files against h5py, and what it refuses."""

from __future__ import annotations

import io
import itertools
import re
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import mutate_hdf5
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.errors import FileError, MissingMemberError
from lamina.saving.hdf5 import Dataset, File, checksum
from lamina.saving.limits import Limits

VERSIONS = ("earliest", "v108", "v110", "v112")  # files that HDF5 2.0 marks as its own are refused
STYLES = list(itertools.product(VERSIONS, (False, True)))
DTYPES = ("f2", "f4", ">f4", "f8", "i1", "u2", ">i4", "i8", "u8", "?", "S5")


def written(make: Callable[[h5py.File], Any], **options: Any) -> bytes:
    """The bytes of a file that h5py makes."""
    content = io.BytesIO()
    with h5py.File(content, "w", **options) as file:
        make(file)
    return content.getvalue()


def assert_same(theirs: Any, ours: Any) -> None:
    """That an object, its attributes and all below it are as h5py reads them."""
    assert list(ours.attrs) == list(theirs.attrs) or set(ours.attrs) == set(theirs.attrs)
    for name in theirs.attrs:
        assert type(ours.attrs[name]) is type(theirs.attrs[name])
        np.testing.assert_array_equal(ours.attrs[name], theirs.attrs[name])
    if isinstance(theirs, h5py.Dataset):
        assert (ours.shape, ours.dtype, ours.ndim) == (theirs.shape, theirs.dtype, theirs.ndim)
        assert (ours.nbytes, ours.size, ours.name) == (theirs.nbytes, theirs.size, theirs.name)
        assert type(ours[()]) is type(theirs[()])
        np.testing.assert_array_equal(ours[()], theirs[()])
    else:
        assert list(ours) == list(theirs)
        for name in theirs:
            assert_same(theirs[name], ours[name])


def check(content: bytes) -> None:
    """That the file of these bytes is read as h5py reads it."""
    with h5py.File(io.BytesIO(content), "r") as theirs, File(content) as ours:
        assert_same(theirs, ours)


# ── what is read ──

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=9)
SHAPES = st.lists(st.integers(0, 7), max_size=4).map(tuple)


@st.composite
def arrays(draw: Any) -> np.ndarray:
    """An array of any of the dtypes."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return (rng.normal(size=draw(SHAPES)) * 50).astype(draw(st.sampled_from(DTYPES)))


TREES = st.recursive(
    arrays(), lambda members: st.dictionaries(NAMES, members, max_size=12), max_leaves=25
)
ATTRIBUTES = st.dictionaries(
    NAMES, st.one_of(arrays(), st.integers(0, 9), st.text("abcé", max_size=30), st.binary().filter(
        lambda b: b and b"\0" not in b)), max_size=14,
)  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.dictionaries(NAMES, TREES, max_size=14), ATTRIBUTES, st.sampled_from(STYLES))
def test_any_tree_is_read_as_h5py_reads_it(tree, attributes, style):
    def fill(group: h5py.Group, members: dict[str, Any]) -> None:
        group.attrs.update(attributes)
        for name, value in members.items():
            if name == ".":
                continue
            if isinstance(value, dict):
                fill(group.create_group(name, track_order=style[1]), value)
            else:
                group[name] = value

    check(written(lambda file: fill(file, tree), libver=style[0], track_order=style[1]))


@pytest.mark.parametrize(("libver", "track"), STYLES)
def test_large_groups_and_many_attributes(libver, track):
    def make(file: h5py.File) -> None:
        for i in range(600):
            file[f"group/{i}"] = np.arange(i % 3)
        for i in range(400):
            file["group"].attrs[f"name{i}"] = f"value {i}"
        file.attrs["large"] = np.arange(6000.0)
        file.attrs["larger"] = "x" * 200_000  # in a heap: attributes have at most 64 KiB

    check(written(make, libver=libver, track_order=track))


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    st.sampled_from(VERSIONS), st.lists(st.integers(1, 14), min_size=1, max_size=3),
    st.lists(st.integers(1, 9), min_size=3, max_size=3), st.booleans(), st.booleans(),
    st.booleans(), st.sampled_from(["<f4", ">f8", "u1"]), st.booleans(),
)  # fmt: skip
def test_chunks(libver, shape, chunk, deflate, shuffle, checked, dtype, grows):
    chunk = tuple(min(c, n) for c, n in zip(chunk, shape, strict=False))
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    options = {
        "compression": "gzip" if deflate else None, "shuffle": shuffle, "fletcher32": checked,
        "maxshape": tuple(n + 5 for n in shape) if grows else None,
    }  # fmt: skip

    def make(file: h5py.File) -> None:
        file.create_dataset("all", data=values, chunks=chunk, **options)
        part = file.create_dataset("part", shape, dtype, chunks=chunk, fillvalue=3, **options)
        part[: chunk[0]] = values[: chunk[0]]

    check(written(make, libver=libver))


def _layouts(file: h5py.File) -> None:
    file.create_dataset("pages", data=np.arange(3000), chunks=(1,))
    file.create_dataset("deep", data=np.arange(60_000), chunks=(20,))
    file.create_dataset("absent", (4, 4), "f4", fillvalue=3.0)
    file.create_dataset("absent_chunks", (4, 4), "f4", chunks=(2, 2), fillvalue=3.0)
    file.create_dataset("empty_chunks", (0, 4), "f4", chunks=(2, 2), maxshape=(3, 4))
    file["texts"] = np.array([["x", "yé"], ["", "z"]], dtype=h5py.string_dtype())
    file["text"], file["bytes"], file["no_text"] = "text", b"bytes", ""
    file["enum"] = np.array([1, 2], h5py.enum_dtype({"A": 1, "LONGER": 2}, "i2"))
    file["same_enum"] = np.array([0, 1], h5py.enum_dtype({"A": 0, "B": 1}, "i1"))
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    early.set_chunk((3, 2))
    space, kind = h5py.h5s.create_simple((7, 5)), h5py.h5t.NATIVE_INT32
    h5py.h5d.create(file.id, b"implicit", kind, space, early)
    file["implicit"][...] = np.arange(35).reshape(7, 5)
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(file.id, b"compact", kind, space, compact)
    file["compact"][...] = np.arange(35).reshape(7, 5)


@pytest.mark.parametrize("libver", VERSIONS)
def test_every_layout(libver):
    check(written(_layouts, libver=libver))


def test_a_block_of_the_users_may_stand_before(tmp_path):
    path = tmp_path / "user.h5"
    with h5py.File(path, "w", userblock_size=1024) as file:
        file["x"] = np.arange(5)
    path.write_bytes(b"#" * 1024 + path.read_bytes()[1024:])
    check(path.read_bytes())


def test_bfloat16_is_read_as_float32():
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_size(2)
    kind.set_ebias(127)

    def make(file: h5py.File) -> None:
        h5py.h5d.create(file.id, b"x", kind, h5py.h5s.create_simple((3,)))
        file["x"][...] = [1.5, -2.0, 0.0]
        h5py.h5d.create(file.id, b"scalar", kind, h5py.h5s.create(h5py.h5s.SCALAR))
        file["opaque"] = np.array([b"ab", b"cd"], "V2")

    with File(written(make)) as file:
        np.testing.assert_array_equal(file["x"][()], np.array([1.5, -2.0, 0.0], "f4"))
        assert (file["x"].dtype, file["scalar"][()]) == (np.float32, 0.0)
        assert file["opaque"][()].tobytes() == b"abcd"


# ── the interface ──


def test_files_are_mappings(tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes(written(lambda f: f.update({"a/b/x": np.arange(6), "a/y": 2.0})))
    with File(path) as file, path.open("rb") as stream, File(stream) as other:
        assert "a/b" in file
        assert "/a/b/x" in file["a"]
        assert "a/c" not in file
        assert "a/y/z" not in file
        assert file["a"]["b/x"] is file["a/b/x"]
        assert file.get("nothing") is None
        assert (len(file["a"]), list(file["a"]), file["a/b"].name) == (2, ["b", "y"], "/a/b")
        assert "group '/a' (2" in repr(file["a"])
        assert "shape (6,)" in repr(file["a/b/x"])
        assert len(file["a/b/x"]) == 6
        assert file["a/b/x"][2:4].tolist() == [2, 3]
        assert np.asarray(other["a/b/x"]).sum() == 15
        with pytest.raises(MissingMemberError, match="has nothing at this path in /a") as caught:
            file["a"]["bb"]
        assert "it has b" in str(caught.value)
        assert isinstance(caught.value, KeyError)
    assert not stream.closed or other is not None
    with pytest.raises(ValueError, match="closed"):
        file["a/b/x"][()]


def test_what_is_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        File(tmp_path / "none.h5")
    with pytest.raises(FileError, match="is no file"):
        File(tmp_path)
    for content in (b"", b"\x89HDF", b"PK\3\4" * 999):
        with pytest.raises(FileError, match="is no HDF5 file"):
            File(content)


# ── what is refused ──


def _cycle(file: h5py.File) -> None:
    file.create_group("a/b")
    file["a/b/c"] = file["a"]


def _twice(file: h5py.File) -> None:
    file["x"] = np.arange(3)
    file["y"] = file["x"]


def _deep(file: h5py.File) -> None:
    file.create_group("/".join("abc" * 50))


def _link(link: Any) -> Callable[[h5py.File], None]:
    def make(file: h5py.File) -> None:
        file["x"] = link

    return make


def _data(values: Any, **options: Any) -> Callable[[h5py.File], None]:
    return lambda file: file.create_dataset("x", data=values, **options)


def _external(file: h5py.File) -> None:
    file.create_dataset("x", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def _named_type(file: h5py.File) -> None:
    file["type"] = np.dtype("f4")
    file.create_dataset("x", (3,), dtype=file["type"])


def _kind(change: Callable[[Any], Any]) -> Callable[[h5py.File], None]:
    def make(file: h5py.File) -> None:
        kind = change(h5py.h5t.IEEE_F32LE.copy()) or h5py.h5t.IEEE_F32LE
        h5py.h5d.create(file.id, b"x", kind, h5py.h5s.create_simple((3,)))

    return make


def _many(file: h5py.File) -> None:
    for i in range(300):
        file.create_group(f"{i}")


def _many_attributes(file: h5py.File) -> None:
    for i in range(300):
        file.attrs[f"{i}"] = i


def _spaces(file: h5py.File) -> None:
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(4)
    kind.set_strpad(h5py.h5t.STR_SPACEPAD)
    h5py.h5d.create(file.id, b"x", kind, h5py.h5s.create_simple((3,)))


def _bits(kind: Any) -> Any:
    kind = h5py.h5t.STD_I32LE.copy()
    kind.set_precision(20)
    return kind


NUMBERS = np.arange(100.0)
REFUSED: dict[str, tuple[Callable[[h5py.File], Any], str]] = {
    "soft": (_link(h5py.SoftLink("/y")), "a soft link"),
    "external": (_link(h5py.ExternalLink("other.h5", "/y")), "link"),
    "cycle": (_cycle, "two names of one object"),
    "twice": (_twice, "two names of one object"),
    "deep": (_deep, "too many groups within groups"),
    "storage": (_external, "data in other files"),
    "virtual": (_virtual, "virtual"),
    "named type": (_named_type, "a shared message|no group and no data set"),
    "complex": (_data(np.ones(3, "c8")), "class 6"),
    "record": (_data(np.ones(3, [("a", "f4")])), "class 6"),
    "reference": (_data(np.array([None], h5py.ref_dtype)), "class 7"),
    "ragged": (lambda f: f.create_dataset("x", (1,), h5py.vlen_dtype("i4")), "variable length"),
    "subarray": (_kind(lambda k: h5py.h5t.array_create(k, (2,))), "class 10"),
    "long double": (_data(np.ones(3, "longdouble")), "strange format"),
    "bits": (_kind(_bits), "strange size"),
    "opaque": (_data(np.array([b"x" * 40], "V40")), "unknown meaning"),
    "spaces": (_spaces, "strange form"),
    "null": (lambda file: file.create_dataset("x", data=h5py.Empty("f4")), "without any shape"),
    "lzf": (_data(NUMBERS, compression="lzf"), "unknown filter.*\n.*32000"),
    "scale": (_data(NUMBERS.astype(int), scaleoffset=True), "unknown filter"),
    "members": (_many, "too many members"),
    "attributes": (_many_attributes, "too many"),
    "bytes": (_data(np.zeros(200_000)), "more data than may be read"),
    "text": (lambda file: file.attrs.update(x="y" * 200_000), "bytes in a text"),
    "texts": (_data(np.array([b"x" * 9] * 20_000)), "bytes of texts"),
    "absent": (lambda file: file.create_dataset("x", (300_000,), "f4"), "is damaged"),
}  # fmt: skip
SMALL = Limits(config_bytes=100_000, members=200, bytes=1_300_000)


@pytest.mark.parametrize("name", sorted(REFUSED))
@pytest.mark.parametrize("libver", ["earliest", "v112"])
def test_refused(name, libver):
    make, message = REFUSED[name]
    content = written(make, libver=libver)
    with pytest.raises(FileError, match=message) as caught, File(content, SMALL) as file:
        mutate_hdf5.walk(file)
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize(("chunked", "index"), [((None,), "extensible"), ((None, None), "B-tree")])
def test_indices_of_growing_data_are_refused_in_new_files_only(chunked, index):
    values = np.zeros((4,) * len(chunked))
    make = _data(values, maxshape=chunked, chunks=(2,) * len(chunked))
    check(written(make))
    with pytest.raises(FileError, match=index), File(written(make, libver="v112")) as file:
        file["x"][()]


# ── hostile bytes ──


def _patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert content.count(old) >= 1
    return content.replace(old, new)


def _length(n: int) -> bytes:
    return n.to_bytes(8, "little")


def test_a_shape_without_its_bytes_costs_nothing():
    content = written(_data(np.zeros((77, 3)), chunks=(77, 3), compression="gzip"))
    for size in (1 << 28, 1 << 40, 1 << 63):
        start = time.process_time()
        bomb = _patched(content, _length(77) + _length(3), _length(size) + _length(3))
        with pytest.raises(FileError, match=r"damaged|more data"), File(bomb) as file:
            file["x"][()]
        # Decisions take a millisecond; a second is what a busy machine may need for one.
        assert time.process_time() - start < 1


@pytest.mark.parametrize("extra", [-8, 8])
def test_a_chunk_that_is_no_chunk_long(extra):
    content = written(_data(np.zeros(100), chunks=(100,), compression="gzip"))
    with h5py.File(io.BytesIO(content)) as file:
        place = file["x"].id.get_chunk_info(0)
    other = zlib.compress(bytes(800 + extra))
    assert len(other) <= place.size + 1
    bomb = bytearray(content)
    bomb[place.byte_offset : place.byte_offset + len(other)] = other
    with pytest.raises(FileError, match="a chunk is damaged"), File(bytes(bomb)) as file:
        file["x"][()]


def test_a_flipped_bit_in_a_checked_chunk_is_found():
    content = written(_data(NUMBERS, chunks=(100,), fletcher32=True))
    bad = _patched(content, NUMBERS[50:52].tobytes(), NUMBERS[51:53].tobytes())
    with pytest.raises(FileError, match="another checksum"), File(bad) as file:
        file["x"][()]


def test_two_data_sets_on_the_same_bytes_are_refused():
    def make(file: h5py.File) -> None:
        file["a"], file["b"] = np.full(500, 1.5), np.full(500, 2.5)

    content = written(make)
    with h5py.File(io.BytesIO(content)) as file:
        places = [file[name].id.get_offset() for name in "ab"]
    bad = _patched(content, _length(places[1]), _length(places[0] + 8))
    with pytest.raises(FileError, match="something else too"), File(bad) as file:
        mutate_hdf5.walk(file)


@pytest.mark.parametrize("libver", ["earliest", "v112"])
def test_every_truncation_is_found(libver):
    content = written(lambda f: f.update({"a/x": np.arange(9), "b": 2.0}), libver=libver)
    for size in range(len(content)):
        with pytest.raises(FileError), File(content[:size]) as file:
            mutate_hdf5.walk(file)


def test_the_checksum_of_structures():
    # From the comments of Bob Jenkins' lookup3.c, `driver5`, seed 0.
    assert checksum.lookup3(b"") == 0xDEADBEEF
    assert checksum.lookup3(b"Four score and seven years ago") == 0x17770551


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.integers(0, 1 << 32))
def test_damaged_files_are_read_or_refused(seed):
    start = time.process_time()
    mutate_hdf5.try_one(seed)
    assert time.process_time() - start < 2  # files of 40 KB; a second where the machine is quiet


def test_steps_are_counted():
    content = written(lambda f: [f.create_group(f"{i}/{j}") for i in range(9) for j in range(9)])
    with pytest.raises(FileError, match="members, messages"), File(content, Limits(members=9)) as f:
        mutate_hdf5.walk(f)


def test_what_is_kept_in_memory_is_a_path_or_bytes(tmp_path: Path):
    path = tmp_path / "x.h5"
    path.write_bytes(written(_data(NUMBERS)))
    for origin in (path, str(path), path.read_bytes(), memoryview(path.read_bytes())):
        with File(origin) as file:
            assert isinstance(file["x"], Dataset)
            assert file["x"][()].flags.writeable


# What is wrong in one place of a whole file: (bytes, what they become, the message).
WRONG: dict[str, tuple[bytes, bytes, str]] = {
    "version of the superblock": (b"HDF\r\n\x1a\n\0", b"HDF\r\n\x1a\n\x09", "of another kind"),
    "sizes of addresses": (b"\n\0\0\0\0\0\x08\x08", b"\n\0\0\0\0\0\x04\x04", "of other sizes"),
    "base address": (b"\x10\0\0\0\0\0" + bytes(8), b"\x10\0\0\0\0\0" + _length(7), "base"),
    "signature of a heap": (b"HEAP", b"HEAD", "a local heap is damaged"),
    "signature of symbols": (b"SNOD", b"SNOW", "symbols of a group is damaged"),
    "level of a tree": (b"TREE\0\0", b"TREE\0\x40", "a B-tree is damaged"),
    "name of a member": (b"weights", b"wei/hts", "a member named"),
    "name that is no text": (b"weights", b"wei\xff\xffts", "no text"),
    "name without an end": (b"weights", b"weigh\0s", "damaged|has nothing"),
    "same name": (b"biases\0", b"weights", "same name"),
    "name of an attribute": (b"second", b"first\0", "two attributes"),
}  # fmt: skip


def _small(file: h5py.File) -> None:
    file["weights"], file["biases"] = np.arange(3.0), np.arange(3.0)
    file.attrs["first"], file.attrs["second"] = 1, 2


@pytest.mark.parametrize("name", sorted(WRONG))
def test_one_thing_is_wrong(name):
    old, new, message = WRONG[name]
    bad = written(_small).replace(old, new)
    assert bad != written(_small)
    with pytest.raises((FileError, MissingMemberError), match=message):
        _read_weights(bad)


def _read_weights(content: bytes) -> None:
    with File(content) as file:
        mutate_hdf5.walk(file)
        assert file["weights"].shape == (3,)


def test_without_checksums_damage_is_found_where_it_is():
    """Bytes of every structure of a new-style file, changed in turn: read or refused."""
    bad, refused = _changed_structures(), 0
    with mutate_hdf5.checksums(on=False):
        for content in bad:
            try:
                with File(content) as file:
                    mutate_hdf5.walk(file)
            except FileError:
                refused += 1
    assert len(bad) > refused > len(bad) // 3


def _changed_structures() -> list[bytes]:
    def make(file: h5py.File) -> None:
        for i in range(60):
            file.create_group(f"member {i}" + "x" * 9)
        for i in range(9):
            file.attrs[f"{i}"] = np.arange(990.0 if i == 0 else 2.0)

    content = written(make, libver="v112", track_order=True)
    rng, found = np.random.default_rng(0), []
    for mark in (b"FRHP", b"FHDB", b"FHIB", b"BTHD", b"BTLF", b"OHDR"):
        for match in itertools.islice(re.finditer(mark, content), 2):
            for at in range(match.start(), min(match.start() + 140, len(content)), 5):
                bad = bytearray(content)
                bad[at] ^= 1 << int(rng.integers(8))
                found.append(bytes(bad))
    return found
