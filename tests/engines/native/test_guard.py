"""Guard pages: no kernel leaves its buffers, and one that does ends the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.engines.native import guard
from lamina.engines.native.buffers import ALIGN, SCRATCH, STATE, Buffer
from lamina.engines.native.executable import _zeroed
from lamina.engines.native.memory import Arena
from lamina.errors import ConfigError

CHILD = Path(__file__).parent / "guarded.py"
posix = pytest.mark.skipif(os.name != "posix", reason="guard pages need mprotect")


def _run(guarded: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CHILD, *arguments], env={**os.environ, "LAMINA_GUARD": guarded},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@posix
@pytest.mark.parametrize("what", ["networks", "blocks", "generated"])
def test_no_kernel_leaves_its_buffers(what: str) -> None:
    done = _run("1", what)
    assert done.returncode == 0, done.stderr


@posix
@pytest.mark.parametrize(
    ("what", "count", "place"),
    [("write", 16, 64), ("read", 16, 64), ("write", 9, 64), ("write", 1024, -8),
     ("read", 1024, -8), ("write", 1040, 4160)],
)  # fmt: skip
def test_a_kernel_that_leaves_its_buffer_ends_the_process(
    what: str, count: int, place: int
) -> None:
    assert _run("1", what, str(count), str(place)).returncode in (-signal.SIGSEGV, -signal.SIGBUS)


@posix
@pytest.mark.parametrize("place", [36, 56, -8, -3000])
def test_what_is_written_beside_a_buffer_in_its_own_page_is_seen(place: int) -> None:
    done = _run("1", "write", "9", str(place))
    assert done.returncode == 1
    assert "AssertionError: written at" in done.stderr


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 4095, 4096, 4097, 10_000])
def test_a_buffer_ends_where_its_guard_begins(size: int) -> None:
    arena = Arena(1 << 30, guarded=True)
    buffers = [Buffer("int8", size, kind) for kind in (STATE, SCRATCH, STATE)]
    for buffer in buffers:
        arena.keep(buffer)
    assert arena.bytes % guard.PAGE == 0
    end = 0
    for offset, length in arena.guards():
        assert length == size
        assert offset % ALIGN == 0
        assert offset // guard.PAGE * guard.PAGE - end == guard.PAGE, "one page between"
        end = -(-(offset + max(length, 1)) // guard.PAGE) * guard.PAGE
        assert 0 <= end - (offset + length) <= ALIGN
    assert arena.bytes == end + guard.PAGE


def test_a_system_without_protection_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_GUARD", "1")
    monkeypatch.setattr(guard, "POSIX", False)
    with pytest.raises(ConfigError) as caught:
        guard.is_on()
    assert str(caught.value) == (
        "environment variable LAMINA_GUARD needs a system with mprotect\n"
        "  received: LAMINA_GUARD=1\n"
        "  mend:     leave it out"
    )


@posix
def test_marks_stand_in_margins_and_scratch_only() -> None:
    arena = Arena(1 << 30, guarded=True)
    arena.keep(Buffer("int8", 100, STATE))
    memory = _zeroed(arena.bytes)
    guard.close(memory, arena.guards(), arena.front)
    ((offset, length),) = arena.guards()
    assert not memory[offset : offset + length].any()
    assert all((memory[a:b] == guard.UNTOUCHED).all() for a, b in guard.margins(arena.guards()))
