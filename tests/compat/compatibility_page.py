"""Writes docs/compatibility.md anew from the tables: python tests/compat/compatibility_page.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from lamina.compat import additions, spellings
from lamina.compat.old_paths import OLD_MODULES, OLD_NAMES
from lamina.compat.paths import ROOTS
from lamina.compat.spelling import Spelling
from lamina.compat.tensorflow import table as tensorflow

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"
HEAD = """# Older spellings

What Keras 1, Keras 2, `tf.keras` and `tensorflow.python.keras` accepted and Keras 3 does not, and
what it means under `lamina run`. A call with a spelling of an older Keras has that Keras' defaults.
What stands in none of these tables and is not of Keras 3 raises an error that names it.

This page is made from the tables in `src/lamina/compat` by `tests/compat/compatibility_page.py`.
"""


def code(text: str) -> str:
    """As code, where `|` does not end a cell."""
    return f"`{text}`".replace("|", "\\|")


def rows(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    """A table."""
    cells = [head, tuple("---" for _ in head), *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells) + "\n"


def grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """(all first members in one cell, second member), in the order of the second's first coming."""
    found: dict[str, list[str]] = {}
    for name, meaning in pairs:
        if name not in found.setdefault(meaning, []):
            found[meaning].append(name)
    return [(", ".join(map(code, names)), meaning) for meaning, names in found.items()]


def short(target: str) -> str:
    """The name that a program writes: "lamina.layers:Dense.__init__" is "layers.Dense"."""
    path = target.removesuffix(".__init__").replace(":", ".").removeprefix("lamina.")
    return path.removeprefix("compat.methods.") if path.startswith("compat.methods.") else path


def meaning(row: Spelling) -> str:
    """What a spelling means."""
    return row.says if row.says else " or ".join(f"`{name}=`" for name in row.new)


def arguments() -> str:
    """Old argument, its newest Keras, where, what it means."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for where, of in spellings.ROWS.items():
        for row in of:
            key = (code(f"{row.old}="), str(row.generation), meaning(row))
            found.setdefault(key, []).append(code(short(where)))
    lines = [(old, generation, ", ".join(dict.fromkeys(places)), says)
             for (old, generation, says), places in found.items()]  # fmt: skip
    return rows(("spelling", "until Keras", "of", "means"), lines)


def positions() -> str:
    """The order of arguments, and defaults, that were others."""
    lines = [(code(short(where)), str(generation), code(", ".join(names)))
             for (where, generation), names in spellings.POSITIONS.items()]  # fmt: skip
    lines += [
        (
            code(short(where)),
            str(generation),
            code(", ".join(f"{k}={shown(v)}" for k, v in of.items())),
        )
        for (where, generation), of in spellings.DEFAULTS.items()
    ]
    return rows(("of", "Keras", "order, or defaults, of then"), lines)


def shown(value: object) -> str:
    """A default; a function by its first line of text."""
    return (value.__doc__ or "").split("\n")[0].rstrip(".") if callable(value) else repr(value)


def attributes() -> str:
    """Methods and attributes that classes have no more."""
    return rows(("spelling", "means"), [
        (code(f"{row.owner.partition(':')[2]}.{row.name}"), row.meaning) for row in additions.ROWS
    ])  # fmt: skip


def modules() -> str:
    """Paths of modules, below each root."""
    pairs = [(path, ", ".join(map(code, of))) for path, of in OLD_MODULES.items()]
    return rows(("paths", "stand for"), grouped(pairs))


def names() -> str:
    """Single names that moved or were renamed, a row for each meaning."""
    pairs = [(f"{path}.{name}" if path else name, code(of.replace(":", ".")))
             for (path, name), of in OLD_NAMES.items()
             if not path.startswith("layers.") and not path.startswith("engine.")]  # fmt: skip
    return rows(("name", "stands for"), grouped(pairs))


def of_tensorflow() -> str:
    """The paths of TensorFlow beside Keras, with what is looked up by name below them."""
    listed: Mapping[str, Iterable[str]] = tensorflow.NAMES
    lines = [(code(f"tf.{path}" if path else "tf"), ", ".join(map(code, of)))
             for path, of in listed.items()]  # fmt: skip
    return rows(("path", "names that have a row of their own"), lines)


def refused() -> str:
    """What TensorFlow has and lamina has not."""
    pairs = [(f"tf.{name}", why) for name, why in tensorflow.REFUSED.items()]
    pairs += list(tensorflow.REFUSED_PACKAGES.items())
    return rows(("name", "what the error says"), grouped(pairs))


def page() -> str:
    """The whole text."""
    others = ", ".join(
        f'"{old}" and "{new}"' for old, of in spellings.ALIASES.items() for new in of
    )
    return "".join((
        HEAD,
        "\n## Where Keras is imported from\n\n", ", ".join(map(code, ROOTS)), ".\n",
        "\n## Modules, below each of these\n\n", modules(),
        "## Names that moved or are written otherwise\n\n"
        "Those of layers stand in each of the modules of layers, too.\n\n", names(),
        "## Arguments\n\nA row is for every class or function that takes the new name, "
        "those derived from the named ones and your own included.\n\n", arguments(),
        "## Positions and defaults\n\n", positions(),
        "## Methods and attributes\n\n", attributes(),
        f"In histories, logs and `monitor=` these find each other: {others}.\n\n",
        "## TensorFlow beside Keras\n\n", of_tensorflow(),
        "## What there is not\n\n", refused(),
    )).rstrip() + "\n"  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
