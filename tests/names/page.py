"""Writes the table of docs/left-out.md anew: python tests/names/page.py."""

from __future__ import annotations

from pathlib import Path

from lamina.left_out import LEFT_OUT

PAGE = Path(__file__).parents[2] / "docs" / "left-out.md"


def table() -> str:
    """One row for each reason, in the order of the table."""
    names: dict[str, list[str]] = {}
    for name, reason in LEFT_OUT.items():
        names.setdefault(reason, []).append(f"`{name}`")
    return "".join(f"| {', '.join(group)} | {reason} |\n" for reason, group in names.items())


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    head = text[: text.index("|---|---|\n")] + "|---|---|\n"
    PAGE.write_text(head + table(), "utf-8")
