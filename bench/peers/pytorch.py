"""PyTorch by hand: an eager training loop, fused optimizer where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.parts import Link
from bench.peers import Peer, in_batches, threads, timed
from bench.peers.torch_parts import module_of
from bench.workloads import Workload


def _own_layer() -> Any:
    """A user's affine layer: y = x w + b."""
    import torch

    class Affine(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, inputs: int, units: int) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(units, inputs))
            self.bias = torch.nn.Parameter(torch.zeros(units))

        def forward(self, x: Any) -> Any:
            return x @ self.weight.t() + self.bias

    return Affine


def _own_activation() -> Any:
    import torch

    class Swish(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x / (1 + torch.exp(-x))

    return Swish


def network(w: Workload) -> Any:
    """Logits, or the plain outputs of a regression, as a module with the start weights.

    Images lie channels-last.
    """
    import torch

    parts: list[Any] = []
    start = iter(w.weights())
    for link in w.links:
        weights = [next(start) for _ in link.weights]
        if w.own:
            parts.append(_own_part(link, weights))
        else:
            parts.append(module_of(link, weights))
    net = torch.nn.Sequential(*parts)
    return net.to(memory_format=torch.channels_last) if _channels(w) == 3 else net


def _own_part(link: Link, weights: Sequence[np.ndarray]) -> Any:
    import torch

    if link.kind != "dense":
        return _own_activation()()
    layer = _own_layer()(link.given[-1], link.made[-1])
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weights[0].T.copy()))
    return layer


def _channels(w: Workload) -> int:
    """Dims of a row before which the channels have to come; 0: there are none."""
    kinds = {link.kind for link in w.links}
    return len(w.row_shape) if "conv" in kinds and "embedding" not in kinds else 0


def _tensor(w: Workload, x: np.ndarray) -> Any:
    """Rows of data as PyTorch wants them; images channels-last in memory."""
    import torch

    found = torch.as_tensor(x)
    if not _channels(w):
        return found
    return found.movedim(-1, 1).contiguous(memory_format=torch.channels_last)


def _rule(w: Workload, net: Any) -> Any:
    import torch

    return {
        "adam": lambda p: torch.optim.Adam(p, w.rate, eps=w.epsilon, fused=True),
        "rmsprop": lambda p: torch.optim.RMSprop(p, w.rate, 0.9, w.epsilon),
        "sgd": lambda p: torch.optim.SGD(p, w.rate, fused=True),
    }[w.optimizer](net.parameters())


def _objective(w: Workload, net: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """(x, y) -> loss of a batch, and how many are right."""
    import torch

    def sparse(p: Any, y: Any) -> Any:
        if w.own:
            return -torch.log(p.gather(1, y[:, None])).mean()
        return torch.nn.functional.nll_loss(torch.log(p), y)

    def binary(out: Any, y: Any) -> tuple[Any, Any]:
        p = torch.clamp(torch.sigmoid(out), 1e-7, 1 - 1e-7)
        loss = torch.nn.functional.binary_cross_entropy(p, y)
        return loss, ((p > 0.5) == (y > 0.5)).sum()

    def objective(x: Any, y: Any) -> tuple[Any, Any]:
        out = net(x)
        if w.loss == "mse":
            return torch.nn.functional.mse_loss(out, y), torch.zeros((), dtype=torch.int64)
        if w.loss == "binary":
            return binary(out, y)
        p = torch.softmax(out, -1)
        p = torch.clamp(p / p.sum(-1, keepdim=True), 1e-7, 1 - 1e-7)
        return sparse(p, y), (out.argmax(-1) == y).sum()

    return objective


def _epoch(w: Workload, net: Any, compiled: bool) -> Callable[[Any], float]:
    """A function of the order of rows: an epoch of training the network, and its loss."""
    import torch

    x, y = w.data()
    x, y = _tensor(w, x), torch.as_tensor(y)
    rule, objective = _rule(w, net), _objective(w, net)
    if compiled:
        objective = torch.compile(objective)

    def run(order: Any) -> float:
        total, hits = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for rows in order.split(w.batch):
            loss, right = objective(x[rows], y[rows])
            rule.zero_grad()
            loss.backward()
            rule.step()
            total += loss.detach()
            hits += right
        return float(total) / w.steps

    return run


def prepare(w: Workload, compiled: bool = False) -> Peer:
    """See `bench.peers`. `compiled`: forward pass, loss and their gradients by torch.compile."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(threads())
    net = network(w)
    epoch = _epoch(w, net, compiled)

    def check(epochs: int) -> float:
        fresh = _epoch(w, network(w.calm()), compiled)
        return [fresh(torch.arange(w.rows)) for _ in range(epochs)][-1]

    ask = torch.compile(net, dynamic=False) if compiled else net

    def predict(rows: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            out = ask(_tensor(w, rows))
            last = {"sparse": lambda z: torch.softmax(z, -1), "binary": torch.sigmoid}
            return last.get(w.loss, lambda z: z)(out).numpy()

    def train(epochs: int) -> float:
        net.train()
        loss = [epoch(torch.randperm(w.rows)) for _ in range(epochs)][-1]
        net.eval()
        return loss

    spelling = "torch.compile(net)(x)" if compiled else "net(x)"
    return Peer(timed(train), check, {spelling: predict}, in_batches(predict))
