"""Where figures are kept: a JSON file, one entry a line, and the tables of bench/README.md.

An entry is what one run of rounds found: {"machine", "rounds", "rows", ...} under a key such as
"train/notes/1". A run in parts replaces the entries that it measured and keeps the others.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Entry = dict[str, Any]
Entries = dict[str, Entry]

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
README = FOLDER / "README.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def read(path: Path) -> Entries:
    """The entries of a file; none where there is no file."""
    if not path.exists():
        return {}
    found: Entries = json.loads(path.read_text(encoding="utf-8"))
    return found


def save(path: Path, entries: Mapping[str, Entry]) -> Entries:
    """Adds entries to those of a file, in place of equal keys. Returns all."""
    found = {**read(path), **entries}
    lines = [f"{json.dumps(key)}: {json.dumps(found[key])}" for key in sorted(found)]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return read(path)


def of_section(entries: Mapping[str, Entry], section: str) -> Entries:
    """The entries of a section, by the rest of their key."""
    prefix = f"{section}/"
    return {k[len(prefix) :]: e for k, e in entries.items() if k.startswith(prefix)}


def write_readme(
    entries: Mapping[str, Entry],
    sections: Mapping[str, Callable[[Entries], str]],
    path: Path = README,
) -> None:
    """Rewrites what stands between the marks of the README."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    parts = [
        table(found) for name, table in sections.items() if (found := of_section(entries, name))
    ]
    text = "\n\n".join([BEGIN, *parts, END])
    path.write_text(before + text + after, encoding="utf-8")


def rows_of(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figure(value: float | None) -> str:
    """At least three significant digits, thousands separated; empty for None."""
    if value is None:
        return ""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 4
    return f"{value:,.{digits}f}"


def spread(values: list[float], scale: float) -> str:
    """Median, least and largest."""
    low, middle, high = (f(values) * scale for f in (min, statistics.median, max))
    return f"{figure(middle)} ({figure(low)} to {figure(high)})"
