"""Files that are damaged, or hold more than arrays: refused before anything of theirs runs."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
from test_sets_of_keras import idx, images, npz

from lamina.datasets import readers
from lamina.errors import DataError


class Exploit:
    def __reduce__(self):
        return eval, ("__import__('os').environ.__setitem__('LAMINA_WAS_HERE', '1')",)


def test_a_pickle_that_runs_something_is_refused(tmp_path):
    evil = np.empty(1, object)
    evil[0] = Exploit()
    (tmp_path / "x.npz").write_bytes(npz(x=evil))
    with pytest.raises(DataError, match=r"asks for builtins\.eval"):
        readers.read_arrays(str(tmp_path / "x.npz"))
    (tmp_path / "batch").write_bytes(pickle.dumps({b"data": Exploit()}))
    with pytest.raises(DataError, match=r"asks for builtins\.eval"):
        readers.read_batch(tmp_path / "batch", "labels")
    (tmp_path / "y.npz").write_bytes(npz(x=np.array([print, np.float64], object)))
    with pytest.raises(DataError, match="asks for"):
        readers.read_arrays(str(tmp_path / "y.npz"))
    assert "LAMINA_WAS_HERE" not in __import__("os").environ


class Calls:
    """An object whose pickle calls a function, and then gives the result a state."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


EMPTY = np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b")
PLAIN = (3, "|", None, None, None, -1, -1, 0)
HIDDEN = {
    "buffer": Calls(np.ndarray, ((1,), "O", bytes(8))),
    "objects of bytes": Calls(*EMPTY, (1, (1,), np.dtype("O"), False, bytes(8))),
    "objects without their flags": Calls(
        *EMPTY, (1, (1,), Calls(np.dtype, ("O8", False, True), PLAIN), False, bytes(8))
    ),
    "records of objects": Calls(
        *EMPTY, (1, (1,), np.dtype([("a", "O")]), False, bytes(8))
    ),
    "a short list": Calls(*EMPTY, (1, (9,), np.dtype("O"), False, [1])),
    "short bytes": Calls(*EMPTY, (1, (9,), np.dtype("u1"), False, b"1")),
    "a negative shape": Calls(*EMPTY, (1, (-1,), np.dtype("u1"), False, b"")),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_a_pickle_that_chooses_addresses_is_refused(name, tmp_path):
    held = np.empty(1, object)
    held[0] = HIDDEN[name]
    (tmp_path / "x.npz").write_bytes(npz(x=held))
    with pytest.raises(DataError, match="cannot read"):
        readers.read_arrays(str(tmp_path / "x.npz"))
    (tmp_path / "batch").write_bytes(pickle.dumps({b"data": HIDDEN[name], b"labels": [1]}))
    with pytest.raises(DataError, match="cannot read"):
        readers.read_batch(tmp_path / "batch", "labels")


@pytest.mark.parametrize("dtype", ["<f4", ">f8", ">u2", "?", "S3", "<U4", "c8", "O"])
def test_arrays_of_a_pickle_are_read(dtype, tmp_path):
    made = np.asfortranarray(np.arange(6).reshape(2, 3).astype(dtype))
    held = np.empty(1, object)
    held[0] = made
    (tmp_path / "x.npz").write_bytes(npz(x=held, y=np.array([[1, "a"]], object)))
    found = readers.read_arrays(str(tmp_path / "x.npz"))
    assert type(found["x"]) is np.ndarray
    assert found["y"].tolist() == [[1, "a"]]
    assert found["x"][0].dtype == pickle.loads(pickle.dumps(made)).dtype  # in the machine's order
    np.testing.assert_array_equal(found["x"][0], made)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_stream_overwritten_in_its_middle_is_named(method, tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("x.npy", zipfile.ZipFile(io.BytesIO(npz(x=images(999)))).read("x.npy"))
    contents = {"x.npz": file.getvalue(), "x.gz": idx(images(9, 28, 28) // 9)}
    reads = {"x.npz": readers.read_arrays, "x.gz": lambda path: readers.read_idx(path, 3)}
    for name, content in contents.items():
        for byte in (b"\xff", b"\x00"):
            for place in (3, 2):
                start = len(content) // place
                (tmp_path / name).write_bytes(content[:start] + byte * 40 + content[start + 40 :])
                with pytest.raises(DataError, match="cannot read"):
                    reads[name](str(tmp_path / name))
