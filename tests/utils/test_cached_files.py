"""get_file against a server of this process: whole files, and answers of every bad kind."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
from pathlib import Path

import keras as judge
import pytest
from answering import PAYLOAD

from lamina.errors import ArgumentError, DataError, DownloadError, StateError
from lamina.utils import get_file

SHA = hashlib.sha256(PAYLOAD).hexdigest()
MD5 = hashlib.md5(PAYLOAD).hexdigest()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def left(folder):
    return sorted(p.name for p in Path(folder).rglob("*") if p.is_file())


@pytest.mark.parametrize("kind", ["whole", "unsized", "moved"])
@pytest.mark.parametrize("given", [{}, {"file_hash": SHA}, {"md5_hash": MD5}, {"file_hash": MD5}])
def test_a_file_is_downloaded_once(kind, given, server, home, capsys):
    url = f"{server.url}/{kind}/x.bin"
    path = get_file(origin=url, **given)
    assert path == str(home / "datasets" / "x.bin")
    assert Path(path).read_bytes() == PAYLOAD
    shown = capsys.readouterr().out
    assert shown.startswith(f"Downloading data from {url}\n")
    assert str(len(PAYLOAD)) in shown
    asked = len(server.asked)
    assert get_file(origin=url, **given) == path
    assert len(server.asked) == asked
    assert get_file(origin=url, force_download=True, **given) == path
    assert len(server.asked) > asked
    assert left(home) == ["x.bin"]


BAD = [
    ("truncated", DownloadError, f"{len(PAYLOAD)} bytes of {len(PAYLOAD) + 9}"),
    ("hanging", DownloadError, "nothing for 0.3 s"),
    ("silent", DownloadError, "timed out"),
    ("dripping", DownloadError, "then next to nothing in 0.3 s"),
    ("404", DownloadError, "the answer 404 Not Found"),
    ("503", DownloadError, "the answer 503 Service Unavailable"),
]


@pytest.mark.parametrize("before", [None, b"an older file"])
@pytest.mark.parametrize(("kind", "error", "received"), BAD)
def test_a_bad_answer_leaves_the_cache_as_it_was(kind, error, received, before, server, home):
    folder = home / "datasets"
    if before is not None:
        folder.mkdir(parents=True)
        (folder / "x.bin").write_bytes(before)
    with pytest.raises(error) as caught:
        get_file(origin=f"{server.url}/{kind}/x.bin", timeout=0.3, force_download=True)
    assert received in caught.value.received
    assert str(folder / "x.bin") in caught.value.mend
    assert isinstance(caught.value, OSError)
    assert left(home) == ([] if before is None else ["x.bin"])
    assert before is None or (folder / "x.bin").read_bytes() == before


def test_a_server_that_is_not_there():
    with pytest.raises(DownloadError, match=r"[Rr]efused"):
        get_file(origin="http://127.0.0.1:9/x.bin", timeout=0.5)


def test_a_corrupt_answer_is_thrown_away(server, home):
    with pytest.raises(DataError, match="needs a file whose sha256"):
        get_file(origin=f"{server.url}/whole/x.bin", file_hash="0" * 64)
    assert left(home) == []


def test_a_corrupt_file_of_the_cache_is_replaced(server, home, capsys):
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "x.bin").write_bytes(b"half")
    path = get_file(origin=f"{server.url}/whole/x.bin", file_hash=SHA)
    assert Path(path).read_bytes() == PAYLOAD
    assert "incomplete or outdated" in capsys.readouterr().out


def test_places_are_those_of_keras(server, tmp_path, monkeypatch):
    """Both find what the other put there, so that one download serves both."""
    cases = [
        {"fname": "a.bin"},
        {"cache_subdir": "models"},
        {"cache_dir": tmp_path / "other", "cache_subdir": "s"},
        {"cache_subdir": str(tmp_path / "absolute")},
    ]
    for case in cases:
        given = {"origin": f"{server.url}/whole/x.bin", "file_hash": SHA, **case}
        path = get_file(**given)
        assert judge.utils.get_file(**given | {"cache_dir": str(given.get("cache_dir") or
            os.environ["KERAS_HOME"])}) == path  # fmt: skip
    assert len(server.asked) == len(cases)


@pytest.mark.parametrize(
    ("given", "text"),
    [({}, "needs the file's address"), ({"origin": ""}, "needs the file's address"),
     ({"origin": "http://h/"}, "needs a file's name"),
     ({"origin": "http://h/x", "fname": "a/b"}, "without a folder"),
     ({"origin": "http://h/x", "fname": ".."}, "without a folder"),
     ({"origin": "gopher://h/x"}, "needs an address"), ({"origin": "x"}, "needs an address"),
     ({"origin": "http://h/x", "file_hash": "12"}, "64 hexadecimal digits"),
     ({"origin": "http://h/x", "file_hash": "z" * 64}, "64 hexadecimal digits"),
     ({"origin": "http://h/x", "file_hash": MD5, "hash_algorithm": "sha256"}, "64 hexadecimal")],
)  # fmt: skip
def test_what_is_no_file_is_refused(given, text):
    with pytest.raises(ArgumentError, match=text):
        get_file(**given)


# ── archives ──


@pytest.fixture(params=["tar", "tar.gz", "tar.bz2", "tar.xz", "zip"])
def archive(request, tmp_path):
    """The bytes of an archive of two files."""
    source = tmp_path / "source"
    (source / "in" / "deep").mkdir(parents=True)
    (source / "in" / "one.txt").write_text("one")
    (source / "in" / "deep" / "two.txt").write_text("two")
    path = tmp_path / f"made.{request.param}"
    if request.param == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for file in sorted(source.rglob("*")):
                made.write(file, file.relative_to(source))
    else:
        mode = {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}
        with tarfile.open(path, mode[request.param]) as made:
            made.add(source / "in", "in")
    return path


@pytest.mark.parametrize("name", [None, "named", "named.with.dot"])
def test_an_archive_is_unpacked_once_where_keras_does(archive, name, server, home):
    server.payload = archive.read_bytes()
    given = {"fname": name, "origin": f"{server.url}/whole/{archive.name}", "extract": True}
    folder = Path(get_file(**given))
    assert (folder / "in" / "one.txt").read_text() == "one"
    assert (folder / "in" / "deep" / "two.txt").read_text() == "two"
    (folder / "in" / "one.txt").write_text("mine")
    assert get_file(**given) == str(folder)
    assert (folder / "in" / "one.txt").read_text() == "mine"
    assert judge.utils.get_file(**given, cache_dir=str(home)) == str(folder)
    assert len(server.asked) == 1
    # Another archive of the same name is unpacked over the files of the first.
    (folder / "other").write_text("stays")
    assert get_file(**given, force_download=True) == str(folder)
    assert (folder / "in" / "one.txt").read_text() == "one"
    assert (folder / "other").read_text() == "stays"
    assert not [name for name in left(home) if "part" in name]


def test_what_is_no_archive_is_left_packed(server, home):
    with pytest.warns(UserWarning, match="is no archive"):
        folder = get_file("x", f"{server.url}/whole/x", extract=True)
    assert not Path(folder).exists()
    with pytest.raises(ArgumentError, match="knows tar and zip"):
        get_file("x", f"{server.url}/whole/x", extract=True, archive_format="rar")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX only")
def test_where_nothing_can_be_written_a_folder_of_its_own_serves(
    server, home, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: str(home) not in str(path))
    path = Path(get_file(origin=f"{server.url}/whole/x.bin"))
    assert path == tmp_path / ".keras" / "datasets" / "x.bin"
    assert (tmp_path / ".keras").stat().st_mode & 0o777 == 0o700
    asked = len(server.asked)
    assert get_file(origin=f"{server.url}/whole/x.bin", file_hash=SHA) == str(path)
    assert len(server.asked) == asked, "what is there already is not asked for"
    path.write_bytes(b"half")
    assert get_file(origin=f"{server.url}/whole/x.bin", file_hash=SHA) == str(path)
    assert len(server.asked) == asked + 1
    assert path.read_bytes() == PAYLOAD
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(StateError, match="has no folder to write to"):
        get_file(origin=f"{server.url}/whole/y.bin")
