"""The notes' network in C, compiled now by the machine's compiler."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.peers import Peer
from bench.workloads import Workload

SOURCE = Path(__file__).parent.parent / "notes_net.c"
FLAGS = ("-O3", "-march=native", "-ffast-math")


class Unavailable(Exception):  # noqa: N818 - not an error: a peer that cannot take part
    """Says why a peer cannot do a workload here."""


def build(folder: Path) -> Path:
    """Compiles the program into a folder."""
    compiler = shutil.which(os.environ.get("CC", "gcc"))
    if compiler is None:
        raise Unavailable("no C compiler")
    program = folder / "notes_net"
    subprocess.run([compiler, *FLAGS, "-o", program, SOURCE, "-lm"], check=True)
    return program


def run(program: Path, data: Path, epochs: int, shuffle: bool) -> dict[str, float]:
    """One run: us_per_step, loss, accuracy."""
    command = [program, data, str(epochs), str(int(shuffle)), "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def write_data(w: Workload, path: Path) -> None:
    """The file that the program reads."""
    x, y = w.data()
    parts = [x.astype("<f4"), y.astype("<i8"), *w.weights()]
    path.write_bytes(b"".join(part.tobytes() for part in parts))


def prepare(w: Workload) -> Peer:
    """See `bench.peers`. The program times itself; each run starts from the start weights."""
    if w.name != "notes":
        raise Unavailable("the C program has the notes' shapes")
    folder = Path(tempfile.mkdtemp())
    program, data = build(folder), folder / "data"
    write_data(w, data)
    return Peer(
        lambda epochs: run(program, data, epochs, True)["loss"],
        lambda epochs: run(program, data, epochs, False)["loss"],
    )
