"""JAX by hand, the faster of one `lax.scan` over an epoch and a jitted step.

All its layers, activations and losses are written in jnp: a user's own are no different here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.peers import Peer, in_batches, timed
from bench.peers.jax_parts import apply_of
from bench.workloads import Workload

State = Any  # (weights of each part, moments, key)


def _forward(w: Workload) -> Callable[..., Any]:
    """(weights, x, key) -> logits, or the plain outputs of a regression, and what to keep.

    `weights`: those of each part; kept are the running means and variances of normalisations.
    """
    import jax

    parts = [(link.kind, apply_of(link)) for link in w.links]

    def forward(weights: Any, x: Any, key: Any) -> tuple[Any, Any]:
        kept = []
        for (kind, apply), held in zip(parts, weights, strict=True):
            key, own = jax.random.split(key) if kind == "dropout" else (key, None)
            x = apply(held, x, own)
            if kind == "norm":
                x, *seen = x
                held = [
                    *held[:2],
                    *(0.99 * h + 0.01 * n for h, n in zip(held[2:], seen, strict=True)),
                ]
            kept.append(held)
        return x, kept

    return forward


def _ask(w: Workload) -> Callable[[Any, Any], Any]:
    """(weights, x) -> probabilities, or the plain outputs of a regression."""
    import jax

    forward, key = _forward(w.calm()), jax.random.key(0)
    last = {"sparse": jax.nn.softmax, "binary": jax.nn.sigmoid, "mse": lambda out: out}[w.loss]
    drops = [link.kind == "dropout" for link in w.links]

    def ask(weights: Any, x: Any) -> Any:
        held = [v for v, drop in zip(weights, drops, strict=True) if not drop]
        return last(forward(held, x, key)[0])

    return jax.jit(ask)


def _loss(w: Workload) -> Callable[..., Any]:
    """(weights, x, y, key) -> loss of a batch, (how many are right, weights to keep)."""
    import jax
    import jax.numpy as jnp

    forward = _forward(w)

    def loss_of(weights: Any, x: Any, y: Any, key: Any) -> Any:
        out, kept = forward(weights, x, key)
        if w.loss == "mse":
            return jnp.mean((out - y) ** 2), (jnp.zeros((), "int32"), kept)
        if w.loss == "binary":
            p = jnp.clip(jax.nn.sigmoid(out), 1e-7, 1 - 1e-7)
            hits = jnp.sum((p > 0.5) == (y > 0.5))
            return -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log(1 - p)), (hits, kept)
        p = jax.nn.softmax(out)
        p = jnp.clip(p / p.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
        hits = jnp.sum(jnp.argmax(p, -1) == y)
        return -jnp.mean(jnp.log(p)[jnp.arange(len(y)), y]), (hits, kept)

    return loss_of


def _rule(w: Workload) -> Any:
    import optax

    return {
        "adam": optax.adam(w.rate, eps=w.epsilon),
        "rmsprop": optax.rmsprop(w.rate, 0.9, w.epsilon),
        "sgd": optax.sgd(w.rate),
    }[w.optimizer]


def _epochs(w: Workload) -> dict[str, Callable[..., Any]]:
    """The ways to run an epoch: (state, order of rows) -> state, loss, how many are right."""
    import jax
    import jax.numpy as jnp
    import optax

    rule, loss_of = _rule(w), _loss(w)
    data = [jnp.asarray(a) for a in w.data()]

    def step(state: State, rows: Any, x: Any, y: Any) -> Any:
        weights, moments, key = state
        key, own = jax.random.split(key)
        (loss, (hits, kept)), gradient = jax.value_and_grad(loss_of, has_aux=True)(
            weights, x[rows], y[rows], own
        )
        change, moments = rule.update(gradient, moments, weights)
        return (optax.apply_updates(kept, change), moments, key), (loss, hits)

    def scan(state: State, order: Any, x: Any, y: Any) -> Any:
        batches = order.reshape(w.steps, w.batch)
        state, found = jax.lax.scan(lambda s, rows: step(s, rows, x, y), state, batches)
        return state, found[0].mean(), found[1].sum()

    whole, single = (jax.jit(f, donate_argnums=0) for f in (scan, step))

    def by_steps(state: State, order: Any) -> Any:
        losses, hits = [], []
        for rows in np.asarray(order).reshape(w.steps, w.batch):
            state, (loss, hit) = single(state, rows, *data)
            losses.append(loss)
            hits.append(hit)
        return state, np.mean(jax.device_get(losses)), np.sum(jax.device_get(hits))

    return {"scan": lambda state, order: whole(state, order, *data), "jitted step": by_steps}


def _start(w: Workload) -> State:
    import jax
    import jax.numpy as jnp

    values = iter(w.weights())
    weights = [[jnp.array(next(values)) for _ in link.weights] for link in w.links]
    return weights, _rule(w).init(weights), jax.random.key(1)


def _seconds(w: Workload, epoch: Callable[..., Any]) -> float:
    import jax

    order = np.arange(w.rows)
    state = jax.block_until_ready(epoch(_start(w), order)[0])  # compiles
    begin = time.perf_counter()
    jax.block_until_ready(epoch(state, order))
    return time.perf_counter() - begin


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    import jax

    ways = _epochs(w)
    name = min(ways, key=lambda name: _seconds(w, ways[name]))
    epoch, kept = ways[name], [_start(w), jax.random.key(0)]
    permute = jax.jit(lambda key: jax.random.permutation(key, w.rows))

    def train(epochs: int) -> float:
        loss: Any = 0.0
        for _ in range(epochs):
            kept[1], key = jax.random.split(kept[1])
            kept[0], loss, _ = epoch(kept[0], permute(key))
        jax.block_until_ready(kept[0])
        return float(loss)

    calm = epoch if w.calm() == w else _epochs(w.calm())[name]

    def check(epochs: int) -> float:
        state, loss = _start(w.calm()), 0.0
        for _ in range(epochs):
            state, loss, _ = calm(state, np.arange(w.rows))
        return float(loss)

    ask = _ask(w)

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.asarray(ask(kept[0][0], rows))

    way = {"jitted function": predict}
    return Peer(timed(train), check, way, in_batches(predict), f"by {name}")
