"""The table that `model.summary()` prints: its layers, their output shapes and parameters.

It knows no model: a model describes its layers as `Row`s and its weights as a `Sizes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lamina.errors import ArgumentError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

NUMBER, UNKNOWN, SYMBOL, YES, NO = (
    "color(34)",
    "color(45)",
    "color(33)",
    "bold color(34)",
    "bold color(9)",
)
# Right ends of the columns and the widest line, without and with the column "Connected to".
LINEAR: tuple[tuple[float, ...], int] = ((0.45, 0.80, 1.0), 88)
GRAPH: tuple[tuple[float, ...], int] = ((0.3, 0.56, 0.74, 1.0), 108)
TRAINABLE_COLUMN = 12
BORDER = 4


@dataclass(frozen=True)
class Row:
    """A layer.

    Attributes:
        name, kind: the layer's and its class's.
        shape: of the output, a tuple with None for the batch, or a structure of such; None if
            the layer was not called yet.
        params: numbers in its weights; None if they do not exist yet.
        connected: where its inputs come from, such as "dense[0][0]"; None for all rows of a model
            that is a plain chain.
        trainable: None for a layer without weights.
        nested: the layers of a model used as a layer.
    """

    name: str
    kind: str
    shape: Any
    params: int | None
    connected: Sequence[str] | None = None
    trainable: bool | None = None
    nested: Sequence[Row] = ()


@dataclass(frozen=True)
class Sizes:
    """(numbers, bytes) of the weights by use; `optimizer` None if it has not been built."""

    trainable: tuple[int, int]
    non_trainable: tuple[int, int]
    optimizer: tuple[int, int] | None = None


def print_summary(
    name: str,
    rows: Sequence[Row],
    sizes: Sizes,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], object] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Prints the table of a model.

    Args:
        name, rows, sizes: of the model.
        line_length: of the table; default 88, or 108 with connections, but no wider than the
            terminal.
        positions: right ends of the columns, as parts of the line or in characters.
        print_fn: takes the whole text without colours; default: the terminal, with them.
        expand_nested: show the layers of models used as layers.
        show_trainable: add a column that says whether a layer is trained.
        layer_range: first and last layer to show, as names or regular expressions.

    Raises: ArgumentError for a range that names no layer, or columns of less than 4 characters.
    """
    from rich.console import Console

    graph = any(row.connected is not None for row in rows)
    length, widths = _widths(graph, show_trainable, line_length, positions)
    table = _empty_table(graph, show_trainable, length, widths)
    first, last = _range([row.name for row in rows], layer_range)
    for row in _unfolded(rows[first:last], expand_nested):
        table.add_row(*_cells(row, graph, show_trainable))
    if print_fn is None:
        _print(Console(highlight=False), name, table, sizes, length)
        return
    console = Console(highlight=False, force_terminal=False, color_system=None)
    with console.capture() as text:
        _print(console, name, table, sizes, length)
    print_fn(text.get())


def _widths(
    graph: bool, show_trainable: bool, length: int | None, positions: Sequence[float] | None
) -> tuple[int, list[int]]:
    ends, widest = GRAPH if graph else LINEAR
    if positions is not None:
        if positions[-1] > 1:  # in characters
            length = length or int(positions[-1])
        ends = tuple(end / max(positions[-1], 1) for end in positions)
    if show_trainable:
        widest += TRAINABLE_COLUMN
        ends = (*(end * 0.9 for end in ends), 1.0)
    import shutil

    length = length or min(widest, shutil.get_terminal_size().columns - BORDER)
    stops = [0, *(int(end * length) for end in ends)]
    widths = [right - left for left, right in pairwise(stops)]
    if min(widths) < 4:
        raise ArgumentError(
            "summary", "needs at least 4 characters for each column",
            f"line_length={length}, columns of {widths}", "pass a larger line_length",
        )  # fmt: skip
    return length, widths


def _empty_table(graph: bool, show_trainable: bool, length: int, widths: Sequence[int]) -> Table:
    from rich.table import Table

    heads: list[tuple[str, Any]] = [
        ("Layer (type)", "left"),
        ("Output Shape", "left"),
        ("Param #", "right"),
    ]
    if graph:
        heads.append(("Connected to", "left"))
    if show_trainable:
        heads.append(("Trainable", "center"))
    if len(heads) != len(widths):
        raise ArgumentError(
            "summary", f"has {len(heads)} columns", f"{len(widths)} positions",
            "pass the right end of each column but 'Trainable'",
        )  # fmt: skip
    table = Table(width=length, show_lines=True)
    for (head, justify), width in zip(heads, widths, strict=True):
        table.add_column(head, justify=justify, width=width)
    return table


def _range(names: Sequence[str], wanted: Sequence[str] | None) -> tuple[int, int]:
    """The slice of the layers from the first that matches one end to the last that matches the
    other.
    """
    if wanted is None:
        return 0, len(names)
    mend = f"pass two of: {', '.join(names)}"
    if len(wanted) != 2 or not all(isinstance(name, str) for name in wanted):
        raise ArgumentError("layer_range", "is two names", repr(wanted), mend)
    lower, upper = ([i for i, n in enumerate(names) if re.match(w, n)] for w in wanted)
    if not lower or not upper:
        raise ArgumentError("layer_range", "names no layer of the model", repr(wanted), mend)
    if lower[0] > upper[-1]:
        return upper[0], lower[-1] + 1
    return lower[0], upper[-1] + 1


def _unfolded(rows: Sequence[Row], expand: bool, depth: int = 0) -> Iterator[Row]:
    for row in rows:
        prefix = "   " * depth + "└ " if depth else ""
        yield Row(
            prefix + row.name, row.kind, row.shape, row.params, row.connected, row.trainable
        )  # fmt: skip
        if expand:
            yield from _unfolded(row.nested, expand, depth + 1)


def _cells(row: Row, graph: bool, show_trainable: bool) -> list[Text]:
    from rich.text import Text

    params = Text("0" if row.params is None else f"{row.params:,}", NUMBER)
    if row.params is None:
        params = Text.assemble(params, " (unbuilt)")
    cells = [
        Text.assemble(row.name, " (", (row.kind, SYMBOL), ")"),
        _shape(row.shape),
        params,
    ]
    if graph:
        cells.append(_connections(row.connected or ()))
    if show_trainable:
        trainable = {None: ("-", "bold"), True: ("Y", YES), False: ("N", NO)}[row.trainable]
        cells.append(Text(*trainable))
    return cells


def _connections(sources: Sequence[str]) -> Text:
    from rich.text import Text

    text = Text(", ".join(sources) or "-")
    text.highlight_regex(r"(?<=\[)\d+(?=\])", NUMBER)
    return text


def _shape(shape: Any) -> Text:
    """(None, 6), or a structure of such, or "?"."""
    from rich.text import Text

    if shape is None:
        return Text("?")
    if isinstance(shape, tuple) and all(size is None or isinstance(size, int) for size in shape):
        sizes = [Text(str(size), UNKNOWN if size is None else NUMBER) for size in shape]
        return Text.assemble("(", Text(", ").join(sizes), ")")
    if isinstance(shape, dict):
        items = [Text.assemble(f"{name}: ", _shape(value)) for name, value in shape.items()]
        return Text.assemble("{", Text(", ").join(items), "}")
    items = [_shape(value) for value in shape]
    if len(items) == 1:
        return items[0]
    left, right = "[]" if isinstance(shape, list) else "()"
    return Text.assemble(left, Text(", ").join(items), right)


def _print(console: Console, name: str, table: Table, sizes: Sizes, length: int) -> None:
    from rich.text import Text

    console.width = max(console.width, length)
    console.print(Text(f'Model: "{name}"', "bold"))
    console.print(table)
    parts = [sizes.trainable, sizes.non_trainable, sizes.optimizer or (0, 0)]
    total = (sum(count for count, _ in parts), sum(size for _, size in parts))
    lines = [
        ("Total", total), ("Trainable", sizes.trainable), ("Non-trainable", sizes.non_trainable)
    ]  # fmt: skip
    if sizes.optimizer is not None:
        lines.append(("Optimizer", sizes.optimizer))
    for use, (count, size) in lines:
        number = (f"{count:,}", NUMBER)
        console.print(Text.assemble((f" {use} params: ", "bold"), number, f" ({_readable(size)})"))


def _readable(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"
