"""Files that somebody made to do harm, and damaged ones: each is loaded in a process of its own.

What is right: it is refused with an error that says what is wrong, within a second and one more
for each 100 MB, and 64 MiB of memory and twice its size; no module is imported, no program
started, no other file opened, none left behind.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from torture.children import Worker
from torture.figures import Figure, Run, counted
from torture.hostile import archives, hdf5_files, models, texts, zip_files
from torture.hostile.cases import Case, prepare

FAMILIES = {
    "zip": zip_files.CASES, "configurations": texts.CASES, "models": models.CASES,
    "HDF5": hdf5_files.CASES, "archives": archives.CASES,
}  # fmt: skip
SMOKE = 0.05
MIB = 1 << 20
# What the classes of the library itself need besides: modules that are loaded when first used.
OWN = ("lamina", "numpy", "h5py", "keras", "jax", "jaxlib", "tensorflow", "rich", "absl", "yaml")


def run(run: Run) -> Iterator[Figure]:
    """Counts of what became of each file."""
    prepare(run.folder)
    cases = [case for family in FAMILIES.values() for case in family]
    if run.part < 1:
        cases = random.Random(run.seed).sample(cases, max(10, int(len(cases) * run.part)))
    with Worker(run.library, run.folder) as worker:
        for entry in ("warm_model", "warm_weights", "warm_json", "warm_archive"):
            worker.ask("torture.hostile.entries", entry, folder=str(run.folder))
        told = [(case, *judged(case, run, worker)) for case in cases]
    yield counted("handled right in every way", [(c.name, w) for c, w, _ in told])
    out = [(c.name, w if w in _outcomes(w) else None) for c, w, _ in told]
    yield counted("refused, or read where it is harmless", out)
    acted = [(c.name, w if w and w.startswith("acted") else None) for c, w, _ in told]
    yield counted("no code run, nothing imported, opened or left", acted)
    yield Figure("the slowest", max(t["seconds"] for _, _, t in told), unit="s")
    yield Figure("the most memory", max(t["bytes"] for _, _, t in told) / MIB, unit="MiB")


def _outcomes(trouble: str | None) -> tuple[str, ...]:
    """The trouble itself, if it is one of what came out."""
    kinds = ("accepted", "refused", "cryptic", "death", "hang")
    return (trouble,) if trouble and trouble.startswith(kinds) else ()


def judged(case: Case, run: Run, worker: Worker) -> tuple[str | None, dict[str, Any]]:
    """What is wrong with how a case went, if anything, and how it went."""
    place = run.folder / "cases" / case.name.replace(" ", "-").replace("/", "_")
    place.mkdir(parents=True)
    try:
        given, size = case.made(place, run.folder)
    except Exception as error:  # a case that cannot be made is a defect of this script
        raise RuntimeError(f"the case {case.name!r} cannot be made") from error
    before = _listing(run)
    told = worker.ask("torture.hostile.entries", case.entry, given=given, folder=str(run.folder))
    left = sorted(_listing(run) - before)
    trouble = _trouble(case, told, size, left, run)
    for path in sorted(place.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    return trouble, told


def _listing(run: Run) -> set[str]:
    return {str(p) for p in run.folder.rglob("*") if "__pycache__" not in p.parts}


def _trouble(case: Case, told: dict[str, Any], size: int, left: list[str], run: Run) -> str | None:
    if told["raised"] in ("death", "hang"):
        return f"{told['raised']} {told['text']}"
    foreign = [m for m in told["imported"] if m.split(".")[0] in ("torture_canary", "antigravity")]
    opened = [p for p in told["opened"] if p.endswith("secret.txt") or p.startswith("/etc/")]
    allowed = ("os.rename", "os.remove")  # of the loader's own part files
    acts = [a for a in told["acts"] if not a.startswith(allowed)] if case.entry == "archive" else (
        told["acts"])  # fmt: skip
    if run.library == "keras":  # which loads its backend, and names classes, as it goes
        acts = [a for a in acts if not a.startswith(("os.remove", "os.rename", "ctypes"))]
    if foreign or opened or acts or left:
        return f"acted: {[*foreign, *opened, *acts, *left]}"
    told_apart = told["raised"] is not None
    if case.expect == "refuse" and not told_apart:
        return f"accepted: {told['returned']!r:.60}"
    if case.expect == "load" and told_apart:
        return f"refused: {told['raised']} {told['text']:.80}"
    if case.expect == "warn" and not told_apart and not told["warned"]:
        return "accepted without a word"
    if told_apart and told["raised"] in ("MemoryError", "RecursionError", "KeyboardInterrupt"):
        return f"cryptic: {told['raised']}"
    if told_apart and run.library == "lamina" and not told["ours"]:
        return f"cryptic: {told['raised']} {told['text']:.80}"
    if told["seconds"] > 1 + size / 100e6:
        return f"slow: {told['seconds']:.2f} s for {size:,} bytes"
    if told["bytes"] > 64 * MIB + 2 * size:
        return f"large: {told['bytes'] / MIB:.0f} MiB for {size:,} bytes"
    return None
