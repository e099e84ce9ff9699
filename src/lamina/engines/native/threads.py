"""Threads: how many a step may use, and the helpers that join the calling thread.

A number is asked for in code (`lamina.config.set_num_threads`) or by LAMINA_NUM_THREADS; by default
it is what this process may use of the machine: its processors by affinity, and the quota of its
control group. The results do not depend on it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lamina import config
from lamina.engines.native import team
from lamina.engines.native.team import LINE, Team

QUOTAS = (Path("/sys/fs/cgroup/cpu.max"),)
SWITCH = "LAMINA_NUM_THREADS"


def usable() -> int:
    """Processors that this process may use: at least one."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, min(count, _granted(QUOTAS, int(time.monotonic()))))


@functools.lru_cache(maxsize=1)
def _granted(paths: tuple[Path, ...], second: int) -> int:
    """Whole processors that control groups grant, as many as one likes where they do not say.
    Every call asks for it, and the files are read once a second.
    """
    found = 1 << 16
    for path in paths:
        with contextlib.suppress(OSError, ValueError):
            quota, period = path.read_text().split()[:2]
            if quota != "max":
                found = min(found, max(1, math.ceil(int(quota) / int(period))))
    return found


@functools.lru_cache(maxsize=1)
def _asked(text: str) -> int:
    """LAMINA_NUM_THREADS, checked; 0 where it is not set."""
    return config.read().num_threads


def number() -> int:
    """How many threads a step uses now. The helpers need `sched_yield`, hence POSIX."""
    if os.name != "posix":
        return 1
    return config.num_threads() or _asked(os.environ.get(SWITCH, "")) or usable()


class Pool:
    """The helpers of this process. One call at a time has them; another runs alone meanwhile."""

    def __init__(self) -> None:
        self._owner = threading.Lock()
        self._helpers: list[_Helper] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """A forked process has no helpers yet."""
        self._owner = threading.Lock()
        self._helpers = []

    @contextlib.contextmanager
    def joined(self, record: TeamRecord) -> Iterator[None]:
        """Within, `record`'s team has as many members as there are threads to use."""
        count = number()
        if count == 1 or not self._owner.acquire(blocking=False):
            record.reset(1)
            yield
            return
        try:
            while len(self._helpers) < count - 1:
                self._helpers.append(_Helper(len(self._helpers) + 1))
            record.reset(count)
            helpers = self._helpers[: count - 1]
            for helper in helpers:
                helper.start(record)
            try:
                yield
            finally:
                record.stop()
                for helper in helpers:
                    helper.wait()
        finally:
            self._owner.release()


class TeamRecord:
    """The words of one team, in memory of their own."""

    def __init__(self) -> None:
        lines = np.zeros((len(Team) + 1) * LINE, "int64")
        start = -(int(lines.ctypes.data) // 8) % LINE
        self._words = lines[start : start + len(Team) * LINE : LINE]
        self.address = int(self._words.ctypes.data)

    def reset(self, count: int) -> None:
        """A team of so many members that has not begun."""
        self._words[:] = 0
        self._words[Team.COUNT] = count

    def stop(self) -> None:
        """Sends the helpers home."""
        self._words[Team.BEGUN] = -1


class _Helper:
    """One thread that waits for teams to join."""

    def __init__(self, member: int) -> None:
        self._library, address = team.helper()
        self._help = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(address)
        self._member = member
        self._record: TeamRecord | None = None
        self._begin, self._end = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self._serve, name=f"lamina-{member}", daemon=True).start()

    def start(self, record: TeamRecord) -> None:
        """Joins a team."""
        self._record = record
        self._begin.release()

    def wait(self) -> None:
        """Returns when the helper has left its team."""
        self._end.acquire()

    def _serve(self) -> None:
        while True:
            self._begin.acquire()
            assert self._record is not None
            self._help(self._record.address, self._member)
            self._record = None
            self._end.release()


POOL = Pool()
