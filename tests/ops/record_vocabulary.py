"""Records what keras.ops, on JAX, answers to every call of `vocabulary`: values and gradients.

    python tests/ops/record_vocabulary.py [op ...]

With ops named, their answers only; the others stay as they were recorded. Values in Keras' float32;
gradients in float64, for cotangents that the case's name seeds. Each in a process of its own, since
JAX decides once whether float64 exists.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import vocabulary
import vocabulary_of_images  # noqa: F401  (adds its rows)
import vocabulary_of_matrices  # noqa: F401  (adds its rows)
import vocabulary_of_signals  # noqa: F401  (adds its rows)
import vocabulary_of_windows  # noqa: F401  (adds its rows)

FOLDER = Path(__file__).parent / "fixtures"


def leaves(value: Any) -> list[Any]:
    """The leaves of nested lists and tuples."""
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def named(module: Any, name: str) -> Any:
    """What a dotted name stands for in a module."""
    return attrgetter(name)(module)


def floats(args: Any) -> list[int]:
    """Which leaves of the arguments are arrays of floats."""
    return [
        i for i, leaf in enumerate(leaves(list(args)))
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"
    ]  # fmt: skip


def replaced(args: Any, values: dict[int, Any]) -> Any:
    """The arguments with other leaves at these places."""
    count = iter(range(10**6))

    def walk(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(walk(item) for item in value)
        return values.get(next(count), value)

    return walk(args)


def cotangent(case: str, number: int, shape: tuple[int, ...]) -> np.ndarray:
    """A random cotangent of one result of a case."""
    random = np.random.default_rng(zlib.crc32(f"{case} {number}".encode()))
    return random.uniform(-1, 1, shape)


def values(op: str, args: Any, options: dict[str, Any]) -> list[np.ndarray]:
    """Keras' results."""
    import keras

    return [np.asarray(y) for y in leaves(named(keras.ops, op)(*args, **options))]


def slopes(case: str, op: str, args: Any, options: dict[str, Any]) -> list[np.ndarray]:
    """The gradients of Keras' float results by the float operands, none if there are no such."""
    import jax
    import keras

    places = floats(args)
    flat = leaves(list(args))

    def function(*operands: Any) -> list[Any]:
        given = replaced(args, dict(zip(places, operands, strict=True)))
        results = leaves(named(keras.ops, op)(*given, **options))
        return [y for y in results if getattr(y, "dtype", None) in ("float32", "float64")]

    operands = [jax.numpy.asarray(flat[i], "float64") for i in places]
    ys, back = jax.vjp(function, *operands)
    gs = [jax.numpy.asarray(cotangent(case, i, y.shape), y.dtype) for i, y in enumerate(ys)]
    return [np.asarray(g) for g in back(gs)] if ys else []


def _record(kind: str, ops: list[str]) -> None:
    path = FOLDER / f"vocabulary_{kind}.npz"
    arrays: dict[str, np.ndarray] = {}
    if ops:
        with np.load(path) as file:
            arrays = {k: file[k] for k in file.files if k.rsplit("-", 1)[0] not in ops}
    for case, op, row in vocabulary.cases():
        if ops and op not in ops:
            continue
        args, options = vocabulary.made(case, row)
        if kind == "values":
            found = values(op, args, options)
        elif floats(args) and not {op, case} & vocabulary.NOT_DIFFERENTIATED:
            found = slopes(case, op, args, options)
        else:
            continue
        arrays |= {f"{case}/{i}": y for i, y in enumerate(found)}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    print(f"{kind}: {len(arrays)} arrays")


def main() -> None:
    """Records both files."""
    for kind, wide in (("values", "0"), ("gradients", "1")):
        environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_ENABLE_X64": wide}
        command = [sys.executable, __file__, f"--{kind}", *sys.argv[1:]]
        subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    _record(first[2:], sys.argv[2:]) if first.startswith("--") else main()
