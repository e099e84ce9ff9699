"""Ctrl-C during a fit: how long until Python has control, and whether the model is usable."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench.machine import describe, environment
from bench.process import ROOT, Unanswered
from bench.report import Entries, Entry, rows_of, spread
from bench.sections import Found, Results, base, core_sets

WORKLOADS = ("notes", "tabular", "mnist", "large")
LIMIT = 60.0  # seconds after the signal, within which the process ends

# Of a step or a slice, which no multiple of these is.
DELAYS = (0.013, 0.037, 0.071, 0.113, 0.157, 0.211, 0.269, 0.331, 0.397)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The section's own."""
    parser.add_argument("--interrupted", default=",".join(WORKLOADS), help="workloads")


def run(options: Any) -> Results:
    """Each workload `rounds` times, every time after another delay, on the last set of cores."""
    used = core_sets(options)[-1]
    for name in options.interrupted.split(","):
        entry = base(used, options)
        entry["found"] = []
        try:
            for i in range(options.rounds):
                entry["found"].append(interrupt("lamina", name, DELAYS[i % len(DELAYS)], used))
        except Unanswered as reason:
            entry["unavailable"] = str(reason)
        whole = all(
            f["usable"] and (f["epochs_kept"] or f["epochs_due"] < 2) for f in entry["found"]
        )
        wrong = "" if whole else "the model is not usable, or its history is lost"
        text = ", ".join(cell for cell in _row(name, entry) if cell)
        yield Found(f"interrupt/{name}/{len(used)}", entry, f"Ctrl-C during {text}", wrong)


def interrupt(peer: str, name: str, delay: float, cores: Sequence[int]) -> dict[str, Any]:
    """One fit: seconds from the signal until Python caught it, and what the child says.

    Raises: Unanswered.
    """
    command = [sys.executable, "-m", "bench.children.interrupt", peer, name]
    with subprocess.Popen(
        [*command, ",".join(map(str, cores))], cwd=ROOT, env=environment(len(cores)), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        if process.stdout.readline().strip() != "ready":
            raise Unanswered((process.stderr.read().strip().splitlines() or ["it ended"])[-1])
        time.sleep(delay)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        try:
            out, error = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Unanswered(f"it went on for {LIMIT:.0f} s after Ctrl-C") from None
    if process.returncode:
        raise Unanswered((error.strip().splitlines() or ["it ended"])[-1])
    found: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return {**found, "latency": found["caught"] - sent}


# ── tables ──


def _row(name: str, entry: Entry) -> list[str]:
    found = entry["found"]
    if "unavailable" in entry or not found:
        return [name, f"not measured: {entry.get('unavailable')}", "", "", ""]
    return [
        name,
        f"{spread([f['latency'] for f in found], 1e3)} ms",
        f"a step {spread([f['step'] for f in found], 1e3)} ms",
        "usable" if all(f["usable"] for f in found) else "not usable afterwards",
        f"epochs in the history: {min(f['epochs_kept'] for f in found):,} or more",
    ]


def tables(entries: Entries) -> str:
    """All workloads."""
    machine = describe(next(reversed(entries.values()))["machine"])
    lines = [_row(key.split("/")[0], entry) for key, entry in entries.items()]
    head = ["lamina", "until Python has control (median, min to max)", "", "the model", ""]
    return "\n\n".join(["## Ctrl-C during a fit", machine, rows_of(head, lines)])
