"""The parts of a network as functions in JAX: (weights, x, key) -> y and the weights to keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench.parts import Link
from bench.peers import drawn

# A part's weights and input, and a key where it draws, to its output.
Apply = Callable[[Sequence[Any], Any, Any], Any]


def activations() -> dict[str, Apply]:
    """Activations by name."""
    import jax
    import jax.numpy as jnp

    table = {"relu": jax.nn.relu, "tanh": jnp.tanh, "silu": lambda x: x / (1 + jnp.exp(-x))}
    return {name: _pointwise(f) for name, f in table.items()}


def _pointwise(f: Callable[[Any], Any]) -> Apply:
    return lambda w, x, key: f(x)


def apply_of(link: Link) -> Apply:
    """A part's function."""
    own = activations()
    if link.kind in own:
        return own[link.kind]
    table: dict[str, Callable[[Link], Apply]] = {
        "dense": lambda link: lambda w, x, key: x @ w[0] + w[1],
        "embedding": lambda link: lambda w, x, key: w[0][x],
        "flatten": lambda link: lambda w, x, key: x.reshape(len(x), -1),
        "highest": lambda link: lambda w, x, key: x.max(1),
        "conv": _conv, "pool": _pool, "norm": _norm, "dropout": _dropout,
        "lstm": lambda link: lambda w, x, key: _lstm(w, x),
        "gru": lambda link: lambda w, x, key: _gru(w, x),
        "bidirectional": lambda link: _both,
    }  # fmt: skip
    found: Apply = drawn(table, link.kind, "the peer")(link)
    return found


def _conv(link: Link) -> Apply:
    from jax import lax

    names = ("NHWC", "HWIO", "NHWC") if len(link.given) == 3 else ("NWC", "WIO", "NWC")
    stride, padding = (1,) * (len(link.given) - 1), link.part[3].upper()

    def apply(w: Sequence[Any], x: Any, key: Any) -> Any:
        return lax.conv_general_dilated(x, w[0], stride, padding, dimension_numbers=names) + w[1]

    return apply


def _pool(link: Link) -> Apply:
    import jax.numpy as jnp
    from jax import lax

    window = (1, *[link.part[1]] * (len(link.given) - 1), 1)
    return lambda w, x, key: lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def _norm(link: Link) -> Apply:
    import jax.numpy as jnp

    def apply(w: Sequence[Any], x: Any, key: Any) -> Any:
        axes = tuple(range(x.ndim - 1))
        mean = x.mean(axes)
        variance = jnp.square(x).mean(axes) - jnp.square(mean)
        return (x - mean) * (w[0] / jnp.sqrt(variance + 1e-3)) + w[1], mean, variance

    return apply


def _dropout(link: Link) -> Apply:
    import jax
    import jax.numpy as jnp

    kept = 1 - link.part[1]

    def apply(w: Sequence[Any], x: Any, key: Any) -> Any:
        return jnp.where(jax.random.bernoulli(key, kept, x.shape), x / kept, 0)

    return apply


def _scan(step: Callable[[Any, Any], Any], start: Any, given: Any) -> Any:
    import jax

    return jax.lax.scan(lambda state, z: (step(state, z), None), start, given.swapaxes(0, 1))[0]


def _lstm(w: Sequence[Any], x: Any) -> Any:
    import jax
    import jax.numpy as jnp

    def step(state: Any, z: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ w[1], 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c

    start = jnp.zeros((len(x), len(w[1])))
    return _scan(step, (start, start), x @ w[0] + w[2])[0]


def _gru(w: Sequence[Any], x: Any) -> Any:
    import jax
    import jax.numpy as jnp

    def step(h: Any, z: Any) -> Any:
        (zz, zr, zh), (hz, hr, hh) = jnp.split(z, 3, -1), jnp.split(h @ w[1] + w[2][1], 3, -1)
        update, reset = jax.nn.sigmoid(zz + hz), jax.nn.sigmoid(zr + hr)
        return update * h + (1 - update) * jnp.tanh(zh + reset * hh)

    return _scan(step, jnp.zeros((len(x), len(w[1]))), x @ w[0] + w[2][0])


def _both(w: Sequence[Any], x: Any, key: Any) -> Any:
    import jax.numpy as jnp

    return jnp.concatenate([_lstm(w[:3], x), _lstm(w[3:], x[:, ::-1])], -1)
