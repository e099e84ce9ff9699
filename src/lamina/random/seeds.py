"""Seeds: where the keys of random numbers come from.

A `SeedGenerator` is a key and a counter; each draw takes the counter's next value, also in a traced
program, where the counter is state like any other. Draws without a seed share one generator, which
`set_random_seed` sets; where only `np.random.seed` was called, as scripts of Keras 1 and 2 do, the
global stream begins from that.
"""

from __future__ import annotations

import contextlib
import os
import random as python_random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph import trace
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor


class SeedGenerator:
    """A stream of keys.

    Args:
        seed: a whole number; None draws one from the global stream.
        name: names the state.

    Attributes:
        state: Variable uint32 (2,): the seed and how many keys were drawn.
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        if kwargs:
            raise ArgumentError(
                "SeedGenerator", "does not know this argument", str(sorted(kwargs)), "leave it out"
            )
        if seed is None:
            seed = draw_seed() & 0xFFFFFFFF
        if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
            raise ArgumentError(
                "SeedGenerator", "needs a whole number from 0 up", repr(seed), "pass seed=42"
            )
        self.name = name or "seed_generator"
        self._seed = int(seed)
        first = np.asarray([self._seed & 0xFFFFFFFF, 0], "uint32")
        self.state = Variable(first, None, "uint32", False, name="seed_generator_state")

    def next(self, ordered: bool = True) -> Tensor:
        """The next key: uint32 (2,)."""
        key = self.state.value
        self.state.assign(p.add(key, np.asarray([0, 1], "uint32")))
        return key

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal generator."""
        return {"seed": self._seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """The generator that `get_config` describes."""
        return cls(**config)


# NumPy's random module is imported when a seed is first drawn.
_state: np.random.Generator | None = None
_global: SeedGenerator | None = None


def draw_seed() -> int:
    """A 64-bit seed from the global stream, drawn on the host."""
    return int(_stream().integers(0, 1 << 63))


def _stream() -> np.random.Generator:
    global _state
    if _state is None:
        _state = np.random.default_rng(_beginning())
    return _state


def _beginning() -> Any:
    """What the global stream begins from: NumPy's where a program has seeded it (it is read, not
    advanced), or else the system's.
    """
    numpys: Any = np.random.get_bit_generator()  # type: ignore[attr-defined]  # not in the stubs
    if numpys.seed_seq is not None:
        return int.from_bytes(os.urandom(8), "little")
    state: Any = numpys.state["state"]
    return [*state["key"].tolist(), state["pos"]]


def set_random_seed(seed: int) -> None:
    """Seeds Python's random, NumPy's and lamina's global streams."""
    global _state, _global
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed < 1 << 32:
        raise ArgumentError(
            "set_random_seed", "needs a whole number from 0 below 2^32", repr(seed), "pass 42"
        )
    python_random.seed(int(seed))
    np.random.seed(int(seed))
    _state = np.random.default_rng(int(seed))
    _global = None


def state_of_streams() -> dict[str, Any]:
    """Where the global streams stand, for `set_state_of_streams`."""
    drawn: Any = _stream().bit_generator.state
    shared = None if _global is None else _global.state.numpy()
    return {
        "state": [str(drawn["state"]["state"]), str(drawn["state"]["inc"])],
        "half": [int(drawn["has_uint32"]), int(drawn["uinteger"])],
        "shared": shared,
    }


def set_state_of_streams(state: Mapping[str, Any]) -> None:
    """Puts the global streams where `state_of_streams` found them."""
    value, increment = (int(number) for number in state["state"])
    half, kept = state["half"]
    _stream().bit_generator.state = {
        "bit_generator": "PCG64", "state": {"state": value, "inc": increment},
        "has_uint32": int(half), "uinteger": int(kept),
    }  # fmt: skip
    if state["shared"] is not None:
        global_generator().state.assign(state["shared"])


@contextlib.contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """lamina's global streams begin at `seed` inside, and go on afterwards where they were; None
    changes nothing.
    """
    global _state, _global
    if seed is None:
        yield
        return
    kept = _state, _global
    _state, _global = np.random.default_rng(seed), None
    try:
        yield
    finally:
        _state, _global = kept


def global_generator() -> SeedGenerator:
    """The generator of draws without a seed."""
    global _global
    if _global is None:
        with trace.suspended():
            _global = SeedGenerator(draw_seed() & 0xFFFFFFFF, "global_seed_generator")
    return _global


def key_of(seed: Any) -> Tensor:
    """The key (uint32, (2,)) of a draw: of a number always the same, of a generator the next."""
    if seed is None:
        seed = global_generator()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool):
        return as_tensor(
            np.asarray([int(seed) & 0xFFFFFFFF, int(seed) >> 32 & 0xFFFFFFFF], "uint32")
        )
    tensor = p.cast(as_tensor(seed), "uint32")
    if tuple(tensor.shape) != (2,):
        raise ArgumentError(
            "seed", "is a whole number, a SeedGenerator or a key of two numbers",
            f"shape {tuple(tensor.shape)}", "pass seed=42",
        )  # fmt: skip
    return tensor
