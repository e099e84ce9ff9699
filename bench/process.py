"""A peer's process, seen from the benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.machine import environment

ROOT = Path(__file__).parent.parent
LIMIT = 600.0  # seconds for one answer


class Unanswered(Exception):  # noqa: N818 - not an error: the peer's row says why it is empty
    """Why a peer did not answer."""


class Worker:
    """Runs `bench.worker` on some cores, with as many threads."""

    def __init__(self, peer: str, cores: Sequence[int], limit: float = LIMIT) -> None:
        self.limit, self.begin = limit, time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", peer, ",".join(map(str, cores))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            cwd=ROOT, env=environment(len(cores)),
        )  # fmt: skip

    @property
    def age(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self.begin

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    def ask(self, **request: Any) -> dict[str, Any]:
        """One request and its answer.

        Raises: Unanswered where the peer cannot, ends, or takes longer than the limit.
        """
        assert self.process.stdin is not None
        timer = threading.Timer(self.limit, self.process.kill)
        timer.start()
        begin = time.perf_counter()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            found = self._read()
        except BrokenPipeError:
            found = None
        finally:
            timer.cancel()
        if found is None:
            late = time.perf_counter() - begin >= self.limit
            self.close()
            raise Unanswered(f"no answer in {self.limit:.0f} s" if late else "its process ended")
        if "unavailable" in found:
            raise Unanswered(found["unavailable"])
        return found

    def _read(self) -> dict[str, Any] | None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):  # libraries print as well
                answer: dict[str, Any] = json.loads(line)
                return answer
        return None

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()


def run_child(
    name: str,
    *words: str,
    cores: Sequence[int],
    limit: float = LIMIT,
    more: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Runs a program of `bench.children` to its end; `more` is added to its environment.

    Returns: what it printed, and "wall": seconds from start to end.
    Raises: Unanswered.
    """
    command = [sys.executable, "-m", f"bench.children.{name}", *words]
    command.append(",".join(map(str, cores)))
    begin = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=ROOT, env={**environment(len(cores)), **more}, capture_output=True,
            text=True, check=False, timeout=limit,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unanswered(f"no end in {limit:.0f} s") from None
    wall = time.perf_counter() - begin
    if done.returncode:
        raise Unanswered((done.stderr.strip().splitlines() or ["its process ended"])[-1])
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "wall": wall}
