"""The border: what a program gets from lamina passes here, and older calls are rewritten.

Classes stay the same objects under every path: their methods are wrapped in place while the border
stands, and given back when it falls. Nothing behind the border knows of it.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamina.callbacks.logs import Logs
from lamina.compat import additions, spellings
from lamina.compat.numbers import plain
from lamina.compat.spelling import Kept, Spelling
from lamina.errors import ArgumentTypeError
from lamina.graph.policies import DTypePolicy

PACKAGE = str(Path(__file__).resolve().parent.parent)
NEWEST = 3
KEYS = (
    *spellings.ROWS,
    *spellings.TELLTALE,
    *(key for key, _ in (*spellings.POSITIONS, *spellings.DEFAULTS)),
)


class Border:
    """What stands between a program and lamina, and what it changed.

    Attributes:
        generation: the Keras whose meaning every call has, or None: each call's own.
        taken: (path below its root, name) of what the program asked for: some names tell its age.
    """

    def __init__(self, generation: int | None) -> None:
        self.generation = generation
        self._said: set[tuple[str, str]] = set()
        self._undo: list[Callable[[], None]] = []
        self._kept: set[Kept] = set()
        self._added: set[additions.Addition] = set()
        self.taken: set[tuple[str, str]] = set()
        if generation != NEWEST:
            self._change(Logs, "aliases", spellings.ALIASES)
            self._align_targets()
            self._add_losses()
        # Defaults of that Keras also hold for what lamina makes by name, such as "adam"; layers are
        # not.
        for key, owner in spellings.DEFAULTS:
            if owner == generation and not key.startswith("lamina.layers:"):
                self.hand_over(_found(key.rpartition(".")[0]))

    def mix_in_float32(self) -> None:
        """Mixed policies, which programs set for speed, are computed in float32."""
        self._change(DTypePolicy, "mixed_as", "float32")

    def _align_targets(self) -> None:
        """Metrics that are functions get targets of the rank of the predictions."""
        from lamina.metrics.reduction import MeanMetricWrapper

        self._change(MeanMetricWrapper, "aligns", True)

    def _add_losses(self) -> None:
        """Losses and metrics are found by the names that older Keras had for them."""
        from lamina import losses, metrics

        for registry in (losses.REGISTRY, metrics.REGISTRY):
            names = {old: registry.table[new] for old, new in spellings.LOSSES.items()
                     if old not in registry.table and new in registry.table}  # fmt: skip
            registry.table |= names
            self._undo.append(functools.partial(_drop, registry.table, names))

    def fall(self) -> None:
        """Gives everything back as it was."""
        while self._undo:
            self._undo.pop()()

    def become_tensorflow(self) -> None:
        """From here on tensors are TensorFlow's: their shapes, dtypes, and how they print."""
        from lamina.compat.tensorflow.eager import behave

        behave(self._change)

    def become_backend(self) -> None:
        """From here on shapes are TensorFlow's: `keras.backend` was that of TensorFlow."""
        from lamina.compat.tensorflow import eager

        eager.of_backend(self._change)

    def hand_over(self, value: Any) -> Any:
        """What the program gets for a value of lamina's: itself, with its older calls understood;
        for a function that has any, a wrapper.
        """
        if self.generation == NEWEST or value is None:
            return value
        if isinstance(value, type):
            self._add_names()
            self._wrap_methods(value)
            return value
        keys = _keys_of_function(value)
        return self._wrapped(value, keys) if keys else value

    def _wrap_methods(self, cls: type) -> None:
        methods = {method: None for _, method, known in _families() if issubclass(cls, known)}
        for method in methods:
            definer = _definer(cls, method)
            plain = definer.__dict__.get(method)
            ours = definer.__module__.partition(".")[0] == "lamina"
            if ours and plain is not None and not hasattr(plain, "__border__"):
                self._change(definer, method, self._wrapped_method(definer, method, plain))

    def _add_names(self) -> None:
        """Gives every class that is loaded what only older Keras had, once."""
        for row in additions.ROWS:
            known = _known(row.owner)
            if row in self._added or not isinstance(known, type):
                continue
            self._added.add(row)
            if row.replaces == hasattr(known, row.name):
                value = row.made(known)
                keys = [row.function] if row.function in spellings.ROWS else []
                self._change(known, row.name, self._wrapped(value, keys) if keys else value)

    def _change(self, owner: type, name: str, value: Any) -> None:
        had = name in owner.__dict__
        old = owner.__dict__.get(name)
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, old) if had else delattr(owner, name))

    def _wrapped(self, function: Callable[..., Any], keys: list[str]) -> Callable[..., Any]:
        label = keys[-1].partition(":")[2]
        reading = Reading.of(keys, _parameters(function))
        own = 1 if "self" in reading.parameters else 0  # a method that the border adds

        @functools.wraps(function)
        def border(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = plain(args), {name: plain(value, name) for name, value in kwargs.items()}
            read, _ = self._read(reading, label, args[own:], kwargs)
            return function(*args, **kwargs) if read is None else function(*args[:own], **read)

        border.__border__ = reading  # type: ignore[attr-defined]
        return border

    def _wrapped_method(
        self, definer: type, method: str, function: Callable[..., Any]
    ) -> Callable[..., Any]:
        """A method that a base defines is read as each class derived from it has it."""

        parameters, readings = _parameters(function), dict[type, Reading]()

        @functools.wraps(function)
        def border(self_: Any, *args: Any, **kwargs: Any) -> Any:
            cls = type(self_)
            label = cls.__name__ if method == "__init__" else f"{cls.__name__}.{method}"
            if cls not in readings:
                readings[cls] = Reading.of(_keys(cls, definer, method), parameters)
            args, kwargs = plain(args), {name: plain(value, name) for name, value in kwargs.items()}
            read, kept = self._read(readings[cls], label, args, kwargs)
            if read is None:
                return function(self_, *args, **kwargs)
            result = function(self_, **read)
            self_.__dict__.update(kept)
            return result

        border.__border__ = True  # type: ignore[attr-defined]
        return border

    def _read(
        self, reading: Reading, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """The arguments of a call as Keras 3 has them, by name (None: as they are), and what the
        instance keeps.
        """
        generation = self.generation or reading.generation(args, kwargs, self.taken)
        if generation == NEWEST:
            return None, {}
        read, kept = kwargs | reading.named(generation, args, kwargs), {}
        for row in reading.rows:
            if row.old not in read:
                continue
            if row.kept is not None:
                self._keep(row.kept)
                kept[row.kept.attribute], meaning = read.pop(row.old), row.says
            else:
                meaning = _rewrite(name, row, reading.parameters, read)
            if row.old in kwargs:
                self._say(name, row, meaning)
        for key in reading.keys:
            for default, value in spellings.DEFAULTS.get((key, generation), {}).items():
                read.setdefault(default, value)
        return read, kept

    def _keep(self, kept: Kept) -> None:
        """From the first use of such an argument on, the method acts on what instances keep."""
        if kept not in self._kept:
            self._kept.add(kept)
            owner, _, method = kept.method.rpartition(".")
            cls = _found(owner)
            self._change(cls, method, kept.wrap(cls.__dict__[method]))

    def _say(self, name: str, row: Spelling, meaning: str) -> None:
        if self.generation is not None or (name, row.old) in self._said:
            return
        self._said.add((name, row.old))
        level, frame = 1, inspect.currentframe()
        while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
            level, frame = level + 1, frame.f_back
        warnings.warn(
            f"{name}({row.old}=...) is a spelling of Keras {row.generation}, read as {meaning}",
            stacklevel=level,
        )


def _drop(table: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        del table[name]


def _parameters(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The named parameters of a function and their defaults."""
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    found = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in found if p.kind not in kinds}


def _applies(row: Spelling, parameters: Iterable[str]) -> bool:
    names = set(parameters)
    anywhere = row.rewrite is not None or row.kept is not None
    meant = bool(names & set(row.new)) or (anywhere and not row.new)
    return row.old not in names and meant


def _definer(cls: type, method: str) -> type:
    """The class whose definition of a method `cls` has."""
    return next((c for c in cls.__mro__ if method in c.__dict__), object)


def _families() -> list[tuple[str, str, type]]:
    """(key, method, class) of the keys whose class is loaded."""
    split = [(key, *key.rpartition(".")[::2]) for key in dict.fromkeys(KEYS)]
    found = [(key, method, _known(owner)) for key, owner, method in split if ":" in owner]
    return [(key, method, known) for key, method, known in found if isinstance(known, type)]


def _keys(cls: type, definer: type, method: str) -> list[str]:
    """The keys under which a class has a method that `definer` defines: those of its families,
    but not of one that defines the method anew.
    """
    return [
        key
        for key, name, known in _families()
        if name == method
        and issubclass(cls, known)
        and (issubclass(definer, known) or _definer(known, method) is definer)
    ]


@dataclass(frozen=True)
class Reading:
    """How the calls of one callable are read: its keys, the rows that apply, its parameters."""

    keys: list[str]
    rows: list[Spelling]
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, keys: list[str], parameters: Mapping[str, Any]) -> Reading:
        """The reading by all rows of these keys."""
        rows = [row for key in keys for row in spellings.ROWS.get(key, ())]
        return cls(keys, [row for row in rows if _applies(row, parameters)], parameters)

    def generation(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], taken: Collection[tuple[str, str]]
    ) -> int:
        """The oldest Keras whose own spellings a call uses."""
        used = [row.generation for row in self.rows if row.old in kwargs]
        told = [spellings.TELLTALE[key] for key in self.keys if key in spellings.TELLTALE]
        return min([*used, *(number for tells, number in told if tells(args, taken)), NEWEST])

    def named(
        self, generation: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Positional arguments by name, in the order of that Keras; or in today's, where they tell
        that a call only has older names.

        Raises: ArgumentTypeError if there are more than it has.
        """
        today = [tells for k, tells in spellings.TODAY.items() if k in self.keys]
        orders = [] if any(tells(args, kwargs) for tells in today) else [
            spellings.POSITIONS[k, generation] for k in self.keys
            if (k, generation) in spellings.POSITIONS
        ]  # fmt: skip
        order = orders[0] if orders else tuple(n for n in self.parameters if n != "self")
        if len(args) > len(order):
            raise ArgumentTypeError(
                self.keys[-1].partition(":")[2],
                f"takes {len(order)} arguments by position in Keras {generation}, as which it is "
                "read", f"{len(args)} of them", "pass the others by name",
            )  # fmt: skip
        return dict(zip(order, args, strict=False))


def _rewrite(
    name: str, row: Spelling, parameters: Mapping[str, Any], kwargs: dict[str, Any]
) -> str:
    """Rewrites one argument in place and says what it became."""
    if row.rewrite is not None:
        row.rewrite(kwargs, parameters)
        return row.says
    new = next(n for n in row.new if n in parameters)
    if new in kwargs:
        raise ArgumentTypeError(
            name, f"was given {new} twice", f"{row.old}= and {new}=", f"keep {new}="
        )
    kwargs[new] = kwargs.pop(row.old)
    return f"{new}="


def _known(path: str) -> Any:
    """The object of "module:name" if the module is loaded, else None: then nothing derives from
    it.
    """
    module, _, name = path.partition(":")
    return getattr(sys.modules.get(module), name, None)


def _found(path: str) -> Any:
    """The object of "module:name"."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def old_arguments(held: Any) -> set[str]:
    """The spellings of older Keras that a class, or a function, understands as arguments."""
    if isinstance(held, type):
        keys = [key for key, method, known in _families()
                if method == "__init__" and issubclass(held, known)]  # fmt: skip
    else:
        keys = _keys_of_function(held)
    return {row.old for key in keys for row in spellings.ROWS.get(key, ())}


def _keys_of_function(function: Any) -> list[str]:
    return [k for k in KEYS if "." not in k.partition(":")[2] and _known(k) is function]


def arguments_of_method(cls: type, method: str) -> set[str] | None:
    """The arguments that a method understands, those of older Keras among them; None if it may take
    any.
    """
    function = getattr(cls, method)
    parameters = inspect.signature(inspect.unwrap(function)).parameters.values()
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        return None
    reading = getattr(function, "__border__", None)
    keys = reading.keys if isinstance(reading, Reading) else []
    keys = [*keys, *_keys(cls, _definer(cls, method), method)]
    old = {row.old for key in keys for row in spellings.ROWS.get(key, ())}
    return {p.name for p in parameters} | old
