"""What an exported model takes: a shape, a dtype and a name for each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lamina.errors import ArgumentError, ArgumentTypeError, NotBuiltError
from lamina.graph import dtypes
from lamina.graph.node import Rows
from lamina.graph.structure import flatten, map_structure
from lamina.layers.base import map_structure_of_shapes
from lamina.layers.input_spec import InputSpec

WHERE = "export(input_signature=...)"


@dataclass(frozen=True)
class Entry:
    """One input of the file; an open batch is None."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    @property
    def rows(self) -> Rows | None:
        """The axis of an open batch."""
        return Rows(self.shape.index(None)) if None in self.shape else None


@dataclass(frozen=True)
class Signature:
    """The inputs of a file, and `arguments`, the structures of entries that the model is called
    with.
    """

    entries: Sequence[Entry]
    arguments: Sequence[Any]

    @property
    def is_open(self) -> bool:
        """Whether the batch is open."""
        return self.entries[0].rows is not None


def signature_of(model: Any, given: Any) -> Signature:
    """The inputs as `given` says, or those of the model.

    Args:
        given: None, or `InputSpec`s, symbolic tensors or arrays: in a list, one for each argument
            of the model's call, each of which may be a structure.

    Raises: NotBuiltError for a model that was not called yet; ArgumentError for entries that are
        too many or too few, for shapes with an open axis other than the first, or if only some
        have an open batch; ArgumentTypeError for what has no shape and dtype.
    """
    graph = model._graph
    if graph is not None:
        leaves = graph.flat_inputs if given is None else _for_graph(graph, given)
        names: Sequence[str | None] = graph.input_names
        arguments: Any = None
    else:
        arguments = _recorded(model) if given is None else given
        arguments = list(arguments) if isinstance(arguments, list | tuple) else [arguments]
        leaves = flatten(arguments)
        names = [getattr(leaf, "name", None) for leaf in leaves]
    if not leaves:
        raise ArgumentError(WHERE, "needs at least one input", "none", "pass an InputSpec")
    entries = [
        _entry(leaf, name or f"input_{i}", given is None)
        for i, (leaf, name) in enumerate(zip(leaves, names, strict=True))
    ]
    if len({entry.shape[0] is None for entry in entries}) > 1:
        raise ArgumentError(
            WHERE, "needs the batch of all inputs open, or of none",
            ", ".join(str(entry.shape) for entry in entries), "make the first size of each None",
        )  # fmt: skip
    rest = iter(entries)
    structure = [graph.inputs] if graph is not None else arguments
    return Signature(entries, [map_structure(lambda _: next(rest), a) for a in structure])


def _for_graph(graph: Any, given: Any) -> list[Any]:
    if isinstance(given, list | tuple) and len(given) == 1 and isinstance(given[0], Mapping):
        given = given[0]
    if isinstance(given, Mapping) and isinstance(graph.inputs, Mapping):
        missing = sorted(set(graph.inputs) ^ set(given))
        if missing:
            raise ArgumentError(
                WHERE, f"needs an entry for each of {sorted(graph.inputs)}",
                f"a dict with {sorted(given)}", f"add, or take away, {missing}",
            )  # fmt: skip
        given = {key: given[key] for key in graph.inputs}
    found: list[Any] = graph.matched(given)
    return found


def _recorded(model: Any) -> Any:
    """What a model of the user's class was built for, with the batch open."""
    shapes = model._built_for
    if not shapes:
        raise NotBuiltError(
            f"{model.name}.export", "needs to know the shapes of the inputs",
            "a model that was not called yet",
            "call it on data first, or pass input_signature=[keras.InputSpec((None, 8), ...)]",
        )  # fmt: skip
    return [
        map_structure_of_shapes(
            lambda s: InputSpec(shape=(None, *s[1:]), dtype=model.compute_dtype), shape
        )
        for shape in shapes
    ]


def _entry(leaf: Any, name: str, is_own: bool) -> Entry:
    shape, dtype = getattr(leaf, "shape", None), getattr(leaf, "dtype", None)
    if shape is None or dtype is None:
        raise ArgumentTypeError(
            WHERE, "takes InputSpecs with a shape and a dtype, symbolic tensors and arrays",
            f"{leaf!r:.80}", "pass keras.InputSpec(shape=(None, 8), dtype='float32')",
        )  # fmt: skip
    sizes = tuple(None if n is None else int(n) for n in shape)
    if not (isinstance(leaf, InputSpec) or is_own):
        # Keras leaves the batch of symbolic tensors and arrays open.
        sizes = (None, *sizes[1:])
    if not sizes or None in sizes[1:] or 0 in sizes:
        raise ArgumentError(
            WHERE, "needs the sizes of all axes but the first, none of them 0",
            f"shape {sizes} of input '{name}'",
            "pass input_signature=[keras.InputSpec(shape=(None, 20), dtype='float32')]",
        )  # fmt: skip
    return Entry(name, sizes, dtypes.standard(str(getattr(dtype, "name", dtype))))
