"""The notes' network in C, compiled now by the machine's compiler."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from bench.native import Unavailable, build
from bench.peers import Peer, Trained
from bench.workloads import Workload


def run(program: Path, data: Path, epochs: int, shuffle: bool) -> dict[str, float]:
    """One run: seconds, loss, accuracy."""
    command = [str(program), str(data), str(epochs), str(int(shuffle)), "1"]
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
    program, data = build("notes_net", folder), folder / "data"
    write_data(w, data)

    def train(epochs: int) -> Trained:
        found = run(program, data, epochs, shuffle=True)
        return Trained(found["loss"], found["us_per_step"] * 1e-6 * epochs * w.steps)

    return Peer(train, lambda epochs: run(program, data, epochs, shuffle=False)["loss"])
