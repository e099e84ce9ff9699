"""JAX by hand, the faster of one `lax.scan` over an epoch and a jitted step.

All its layers, activations and losses are written in jnp: a user's own are no different here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.peers import Peer, drawn, in_batches, timed
from bench.workloads import Workload

State = Any  # (weights, moments)


def _forward(w: Workload) -> Callable[[Any, Any], Any]:
    """(weights, x) -> logits, or the plain outputs of a regression."""
    import jax
    import jax.numpy as jnp

    table = {"relu": jax.nn.relu, "tanh": jnp.tanh, "silu": lambda x: x / (1 + jnp.exp(-x))}
    hidden = drawn(table, w.hidden, "the peer")

    def forward(weights: Any, x: Any) -> Any:
        for i in range(0, len(weights) - 2, 2):
            x = hidden(x @ weights[i] + weights[i + 1])
        return x @ weights[-2] + weights[-1]

    return forward


def _loss(w: Workload, forward: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """(weights, x, y) -> loss of a batch, and how many are right."""
    import jax
    import jax.numpy as jnp

    def loss_of(weights: Any, x: Any, y: Any) -> Any:
        out = forward(weights, x)
        if w.loss == "mse":
            return jnp.mean((out - y) ** 2), jnp.zeros((), "int32")
        p = jax.nn.softmax(out)
        p = jnp.clip(p / p.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
        hits = jnp.sum(jnp.argmax(p, -1) == y)
        return -jnp.mean(jnp.log(p)[jnp.arange(len(y)), y]), hits

    return loss_of


def _rule(w: Workload) -> Any:
    import optax

    return {
        "adam": optax.adam(w.rate, eps=1e-7),
        "rmsprop": optax.rmsprop(w.rate, 0.9, 1e-7),
        "sgd": optax.sgd(w.rate),
    }[w.optimizer]


def _epochs(w: Workload, forward: Callable[[Any, Any], Any]) -> dict[str, Callable[..., Any]]:
    """The ways to run an epoch: (state, order of rows) -> state, loss, how many are right."""
    import jax
    import jax.numpy as jnp
    import optax

    rule, loss_of = _rule(w), _loss(w, forward)
    data = [jnp.asarray(a) for a in w.data()]

    def step(state: State, rows: Any, x: Any, y: Any) -> Any:
        weights, moments = state
        found, gradient = jax.value_and_grad(loss_of, has_aux=True)(weights, x[rows], y[rows])
        change, moments = rule.update(gradient, moments, weights)
        return (optax.apply_updates(weights, change), moments), found

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
    import jax.numpy as jnp

    weights = [jnp.array(v) for v in w.weights()]
    return weights, _rule(w).init(weights)


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

    forward = _forward(w)
    ways = _epochs(w, forward)
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

    def check(epochs: int) -> float:
        state, loss = _start(w), 0.0
        for _ in range(epochs):
            state, loss, _ = epoch(state, np.arange(w.rows))
        return float(loss)

    last = (lambda out: out) if w.loss == "mse" else jax.nn.softmax
    ask = jax.jit(lambda weights, x: last(forward(weights, x)))

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.asarray(ask(kept[0][0], rows))

    way = {"jitted function": predict}
    return Peer(timed(train), check, way, in_batches(predict), f"by {name}")
