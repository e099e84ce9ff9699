"""docs/reliability.md: the figures of a run, lamina's beside Keras'."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from torture.children import ROOT
from torture.figures import Figure

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- begin figures -->", "<!-- end figures -->"
Found = Mapping[str, Sequence[tuple[str, Sequence[Figure]]]]


def table(found: Found, full: bool) -> str:
    """The figures as a table of Markdown, and what was wrong for lamina."""
    versions = f"Python {platform.python_version()}, NumPy {metadata.version('numpy')}"
    if "keras" in found:
        versions += f", Keras {metadata.version('keras')} on JAX {metadata.version('jax')}"
    kind = "the whole (`make torture-full`)" if full else "a sample (`make torture`)"
    lines = [
        f"Measured {datetime.date.today()}: {kind}, {os.cpu_count()} cores, {versions}.", "",
        "| probe | figure | lamina | Keras |", "|---|---|---|---|",
    ]  # fmt: skip
    peer = {(p, f.what): f for p, figures in found.get("keras", ()) for f in figures}
    for probe, figures in found["lamina"]:
        for figure in figures:
            if figure.what.startswith("time of"):
                continue
            other = peer.get((probe, figure.what))
            lines.append(
                f"| {probe} | {figure.what} | {figure.number()} | "
                f"{other.number() if other else '–'} |"
            )
    wrong = [
        f"- {p}: {case}" for p, figures in found["lamina"] for f in figures for case in f.wrong
    ]
    if wrong:
        lines += ["", "What was wrong for lamina:", "", *wrong]
    return "\n".join(lines)


def write(found: Found, full: bool, page: Path = PAGE) -> None:
    """Puts the figures into the page, between their marks."""
    text = page.read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n{table(found, full)}\n{END}{after}", "utf-8")
