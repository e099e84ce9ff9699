"""C programs beside the benchmark, compiled now by the machine's compiler."""

from __future__ import annotations

import json
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from bench.machine import compiler

FLAGS = ("-O3", "-march=native", "-ffast-math")


class Unavailable(Exception):  # noqa: N818 - not an error: a peer that cannot take part
    """Says why a peer cannot do a workload here."""


def build(source: str, folder: Path) -> Path:
    """Compiles bench/<source>.c into a folder.

    Raises: Unavailable without a compiler, or with one that rejects the source.
    """
    found = compiler()
    if found is None:
        raise Unavailable("no C compiler")
    program = folder / source
    text = Path(__file__).parent / f"{source}.c"
    done = subprocess.run(
        [found, *FLAGS, "-o", program, text, "-lm"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"{found} rejects {source}.c: {done.stderr.strip().splitlines()[0]}")
    return program


@cache
def _peak_program() -> Path:
    return build("fma_peak", Path(tempfile.mkdtemp()))


def peak() -> float:
    """FMA operations of one core in registers, in floating-point operations a second.

    Raises: Unavailable without a compiler.
    """
    done = subprocess.run([_peak_program()], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)["flops"])
