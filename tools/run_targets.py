"""The native engine's tests for lower levels of x86-64, each under guard pages too.

    python tools/run_targets.py [arguments of pytest]

A level that this machine does not have is left out, and said to be. Exit code 1 if any test fails.
"""

from __future__ import annotations

import os
import subprocess
import sys

from lamina.engines.native import target
from lamina.errors import ConfigError

LEVELS = ("x86-64-v3", "x86-64")
TESTS = "tests/engines/native"


def lack(level: str) -> str | None:
    """Why there can be no tests for a level here; None if there can."""
    os.environ["LAMINA_TARGET"] = level
    target.host.cache_clear()  # type: ignore[attr-defined]
    try:
        target.host()
    except ConfigError as error:
        return error.received
    return None


def main(arguments: list[str]) -> int:
    """Runs the tests level by level."""
    failed = False
    for level in LEVELS:
        reason = lack(level)
        if reason is not None:
            print(f"{level}: not tested: {reason}", flush=True)
            continue
        print(f"{level}: {TESTS} under LAMINA_TARGET={level} LAMINA_GUARD=1", flush=True)
        switches = {"LAMINA_TARGET": level, "LAMINA_GUARD": "1" if os.name == "posix" else "0"}
        command = [sys.executable, "-m", "pytest", *arguments, TESTS]
        failed |= subprocess.run(command, env={**os.environ, **switches}).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
