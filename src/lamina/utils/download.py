"""fetch: a file from the network, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from lamina.callbacks.progress import Progbar
from lamina.errors import ArgumentError, DataError, DownloadError

SCHEMES = ("http", "https", "ftp", "file")
CHUNK = 1 << 16
# Bytes a second below which an answer counts as hanging.
SLOWEST = 100


@dataclass(frozen=True)
class Checksum:
    """What the bytes of a file must hash to."""

    algorithm: str
    value: str

    def fits(self, path: Path) -> bool:
        """Whether a file has it."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, self.algorithm).hexdigest() == self.value


def checksum(value: str, algorithm: str = "auto") -> Checksum:
    """A checksum, by its hexadecimal digits; "auto" tells SHA-256 and MD5 by their number.

    Raises: ArgumentError for another algorithm or number of digits.
    """
    text = str(value).lower()
    lengths = {"sha256": 64, "md5": 32}
    found = {64: "sha256", 32: "md5"}.get(len(text)) if algorithm == "auto" else algorithm
    digits = set(text) <= set("0123456789abcdef")
    if found is None or lengths.get(found) != len(text) or not digits:
        raise ArgumentError(
            "get_file(file_hash=...)", "needs the 64 hexadecimal digits of a SHA-256, or 32 of MD5",
            f"{len(text)} characters, hash_algorithm={algorithm!r}",
            "pass what `sha256sum` prints of the file",
        )  # fmt: skip
    return Checksum(found, text)


def fetch(url: str, path: Path, expected: Checksum | None, timeout: float) -> None:
    """Writes what an address answers to `path`, which is either whole and right or as it was.

    Shows a progress bar. `timeout` is how many seconds may pass without a byte, or with fewer than
    SLOWEST a second.

    Raises: DownloadError if it does not come, or not all of it; DataError for another checksum.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            _receive(url, file, path, timeout)
        if expected is not None and not expected.fits(part):
            raise DataError(
                "get_file", f"needs a file whose {expected.algorithm} is {expected.value}",
                f"another from {url}", "try again; if it stays so, the file there has changed",
            )  # fmt: skip
        os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _receive(url: str, file: IO[bytes], path: Path, timeout: float) -> None:
    answer = _open(url, path, timeout)
    with answer:
        size = answer.headers.get("Content-Length")
        expected = int(size) if size is not None and size.isdecimal() else None
        bar = Progbar(expected)
        done, pace = 0, _Pace(timeout)
        while chunk := _read(answer, url, path, timeout):
            file.write(chunk)
            done += len(chunk)
            if pace.is_slow(done):
                raise _failed(url, path, f"{done} bytes, then next to nothing in {timeout:g} s")
            bar.update(done, finalize=False)
    if expected is not None and done != expected:
        raise _failed(url, path, f"{done} bytes of {expected}")
    bar.update(done, finalize=True)


class _Pace:
    """Whether bytes still come, looked at once in each `timeout` seconds."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._since, self._then = time.monotonic(), 0

    def is_slow(self, done: int) -> bool:
        now = time.monotonic()
        if now - self._since < self.timeout:
            return False
        slow = done - self._then < SLOWEST * (now - self._since)
        self._since, self._then = now, done
        return slow


def _open(url: str, path: Path, timeout: float) -> Any:
    import http.client
    import urllib.error
    import urllib.request

    if url.partition(":")[0].lower() not in SCHEMES:
        raise ArgumentError(
            "get_file(origin=...)", "needs an address", repr(url),
            f"begin it with one of {', '.join(SCHEMES)}, then ://",
        )  # fmt: skip
    try:
        return urllib.request.urlopen(url, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        raise _failed(url, path, f"the answer {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise _failed(url, path, f"{reason or type(error).__name__}") from None


def _read(answer: Any, url: str, path: Path, timeout: float) -> bytes:
    import http.client

    try:
        return getattr(answer, "read1", answer.read)(CHUNK)
    except TimeoutError:
        raise _failed(url, path, f"nothing for {timeout:g} s") from None
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, path, f"{error or type(error).__name__}") from None


def _failed(url: str, path: Path, received: str) -> DownloadError:
    return DownloadError(
        "get_file", f"cannot download {url}", received,
        f"try again, or put the file at {path} yourself",
    )  # fmt: skip
