"""A diagram in Graphviz' language, and written in any format."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lamina.errors import ArgumentError, DependencyError
from lamina.inspect.diagram.boxes import Box, Diagram
from lamina.inspect.diagram.drawing import draw, is_dark
from lamina.inspect.diagram.svg import svg

DIRECTIONS = ("TB", "LR")


class Dot:
    """What `model_to_dot` returns: the drawing of a model, as text of DOT or as a picture.

    It has the methods of pydot's that Keras scripts call. SVG needs nothing else; PNG takes
    Graphviz where it is installed, otherwise Pillow; other formats need Graphviz.

    Args:
        diagram: the boxes and arrows.
        rankdir: "TB" from the top down, "LR" from left to right.
        dpi: pixels an inch of a picture.
        splines: how Graphviz draws arrows; our own are lines.
    """

    def __init__(
        self, diagram: Diagram, rankdir: str = "TB", dpi: float = 200, splines: str = "ortho"
    ) -> None:
        if rankdir not in DIRECTIONS:
            raise ArgumentError(
                "model_to_dot(rankdir=...)", f"is one of {DIRECTIONS}", repr(rankdir), "pass 'TB'"
            )
        if isinstance(dpi, bool) or not isinstance(dpi, int | float) or not 0 < dpi < 10_000:
            raise ArgumentError(
                "model_to_dot(dpi=...)", "needs pixels an inch above 0", repr(dpi), "pass 200"
            )
        self.diagram, self.rankdir, self.dpi, self.splines = diagram, rankdir, dpi, splines

    def to_string(self) -> str:
        """The text in DOT."""
        head = f"rankdir={self.rankdir}; dpi={self.dpi}; splines={self.splines}; concentrate=true;"
        lines = ["digraph G {", head, 'node [shape=plain, fontname="Helvetica"];']
        return "\n".join([*lines, *_statements(self.diagram), "}", ""])

    def create(self, prog: object = None, format: str = "ps") -> bytes:
        """The bytes of a file of this format: "svg", "png", "dot", or another of Graphviz'.

        Raises: DependencyError if what the format needs is not installed.
        """
        del prog  # the layout program; ours is for "dot", the one that Keras takes
        if format in ("dot", "raw"):
            return self.to_string().encode()
        if format == "svg":
            return svg(draw(self.diagram, self.rankdir == "LR")).encode()
        if shutil.which("dot") is not None:
            return _graphviz(self.to_string(), format)
        if format == "png":
            try:
                from lamina.inspect.diagram.png import png

                return png(draw(self.diagram, self.rankdir == "LR"), self.dpi)
            except ImportError as error:
                raise self._missing(format, str(error)) from None
        raise self._missing(format, "no program named dot")

    def write(self, path: str | os.PathLike[str], prog: object = None, format: str = "raw") -> bool:
        """Writes a file, and returns True."""
        Path(path).write_bytes(self.create(prog, format))
        return True

    def create_svg(self, prog: object = None) -> bytes:
        """`create` of "svg"."""
        return self.create(prog, "svg")

    def create_png(self, prog: object = None) -> bytes:
        """`create` of "png"."""
        return self.create(prog, "png")

    def write_svg(self, path: str | os.PathLike[str], prog: object = None) -> bool:
        """`write` of "svg"."""
        return self.write(path, prog, "svg")

    def write_png(self, path: str | os.PathLike[str], prog: object = None) -> bool:
        """`write` of "png"."""
        return self.write(path, prog, "png")

    def _repr_svg_(self) -> str:
        return self.create_svg().decode()

    def _missing(self, format: str, received: str) -> DependencyError:
        needed = "Graphviz or Pillow" if format == "png" else "Graphviz"
        return DependencyError(
            f"a drawing as {format}", f"needs {needed}", received,
            "install it (Pillow: pip install 'lamina[images]'), or write .svg, which needs nothing",
        )  # fmt: skip


def _graphviz(source: str, format: str) -> bytes:
    if not format.isalnum():
        raise ArgumentError(
            "create(format=...)", "needs the name of a format", repr(format), "pass 'svg'"
        )
    done = subprocess.run(["dot", f"-T{format}"], input=source.encode(), capture_output=True)
    if done.returncode:
        raise ArgumentError(
            "create(format=...)", "was refused by Graphviz",
            f"{format!r}: {done.stderr.decode(errors='replace')[:200]}", "pass 'svg' or 'png'",
        )  # fmt: skip
    return done.stdout


def _statements(diagram: Diagram) -> Iterator[str]:
    for box in diagram.boxes:
        if box.inner is None:
            yield f"{box.key} [label=<{_table(box)}>];"
        else:
            yield f"subgraph cluster_{box.key} {{ style=dashed; label=<{escape(box.inner.name)}>;"
            yield from _statements(box.inner)
            yield "}"
    for source, target in diagram.arrows:
        yield f"{_last(diagram.boxes[source])} -> {_first(diagram.boxes[target])};"


def _first(box: Box) -> str:
    return box.key if box.inner is None else _first(box.inner.boxes[0])


def _last(box: Box) -> str:
    return box.key if box.inner is None else _last(box.inner.boxes[-1])


def _table(box: Box) -> str:
    widest = max(len(row) for row in box.rows)
    rows = []
    for row in box.rows:
        span = f' colspan="{widest}"' if len(row) == 1 and widest > 1 else ""
        cells = [
            f'<td bgcolor="{cell.ground}"{span}><font color="'
            f'{"white" if is_dark(cell.ground) else "black"}">{escape(cell.text)}</font></td>'
            for cell in row
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    style = 'border="0" cellborder="1" cellspacing="0" cellpadding="6"'
    return f"<table {style}>{''.join(rows)}</table>"
