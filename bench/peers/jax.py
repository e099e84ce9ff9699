"""JAX by hand, the faster of one `lax.scan` over an epoch and a jitted step."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bench.peers import Peer
from bench.workloads import Workload


def _network(w: Workload) -> tuple[Any, Any]:
    """The forward pass, and loss and hits of a batch, as functions of the weights."""
    import jax
    import jax.numpy as jnp

    hidden = {"relu": jax.nn.relu, "tanh": jnp.tanh}[w.hidden]

    def forward(weights: Any, x: Any) -> Any:
        for i in range(0, len(weights) - 2, 2):
            x = hidden(x @ weights[i] + weights[i + 1])
        return x @ weights[-2] + weights[-1]

    def loss_of(weights: Any, x: Any, y: Any) -> Any:
        out = forward(weights, x)
        if w.loss == "mse":
            return jnp.mean((out - y) ** 2), jnp.zeros(())
        p = jax.nn.softmax(out)
        p = jnp.clip(p / p.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
        hits = jnp.sum(jnp.argmax(p, -1) == y)
        return -jnp.mean(jnp.log(p)[jnp.arange(len(y)), y]), hits

    return forward, loss_of


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    import jax
    import jax.numpy as jnp
    import optax

    forward, loss_of = _network(w)
    x, y = (jnp.asarray(a) for a in w.data())
    rule = {
        "adam": optax.adam(w.rate, eps=1e-7),
        "rmsprop": optax.rmsprop(w.rate, 0.9, 1e-7),
        "sgd": optax.sgd(w.rate),
    }[w.optimizer]

    def step(state: Any, rows: Any) -> Any:
        weights, moments = state
        found, gradient = jax.value_and_grad(loss_of, has_aux=True)(weights, x[rows], y[rows])
        change, moments = rule.update(gradient, moments, weights)
        return (optax.apply_updates(weights, change), moments), found

    def epoch(state: Any, order: Any) -> Any:
        state, (losses, hits) = jax.lax.scan(step, state, order.reshape(w.steps, w.batch))
        return state, losses.mean(), hits.sum()

    whole, single = jax.jit(epoch), jax.jit(step)

    def by_steps(state: Any, order: Any) -> Any:
        losses = []
        for rows in order.reshape(w.steps, w.batch):
            state, (loss, _) = single(state, rows)
            losses.append(loss)
        return state, sum(losses) / len(losses), None

    def start() -> Any:
        weights = [jnp.asarray(v) for v in w.weights()]
        return weights, rule.init(weights)

    def seconds(run: Callable[[Any, Any], Any]) -> float:
        order = jnp.arange(w.rows)
        jax.block_until_ready(run(start(), order)[0])
        begin = time.perf_counter()
        jax.block_until_ready(run(start(), order)[0])
        return time.perf_counter() - begin

    best = min((whole, by_steps), key=seconds)
    kept = [start(), jax.random.key(0)]

    def train(epochs: int) -> float:
        loss: Any = 0.0
        for _ in range(epochs):
            kept[1], key = jax.random.split(kept[1])
            kept[0], loss, _ = best(kept[0], jax.random.permutation(key, w.rows))
        return float(loss)

    def check(epochs: int) -> float:
        state: Any = start()
        loss: Any = 0.0
        for _ in range(epochs):
            state, loss, _ = best(state, jnp.arange(w.rows))
        return float(loss)

    one, ask = x[:1], jax.jit(forward)
    return Peer(train, check, lambda: jax.block_until_ready(ask(kept[0][0], one)), 10)
