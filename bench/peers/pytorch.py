"""PyTorch by hand: an eager training loop, fused optimizer where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.peers import Peer, drawn, in_batches, threads, timed
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
    """Logits, or the plain outputs of a regression, as a module with the start weights."""
    import torch

    table = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "silu": torch.nn.SiLU}
    layer_type = _own_layer() if w.own else torch.nn.Linear
    hidden = _own_activation() if w.own else drawn(table, w.hidden, "the peer")
    parts: list[Any] = []
    start = w.weights()
    for i, (inputs, units) in enumerate(zip(w.sizes, w.sizes[1:], strict=False)):
        layer = layer_type(inputs, units)
        with torch.no_grad():
            layer.weight.copy_(torch.as_tensor(start[2 * i].T.copy()))
            layer.bias.zero_()
        parts += [layer, hidden()]
    return torch.nn.Sequential(*parts[:-1])


def _rule(w: Workload, net: Any) -> Any:
    import torch

    return {
        "adam": lambda p: torch.optim.Adam(p, w.rate, eps=1e-7, fused=True),
        "rmsprop": lambda p: torch.optim.RMSprop(p, w.rate, 0.9, 1e-7),
        "sgd": lambda p: torch.optim.SGD(p, w.rate, fused=True),
    }[w.optimizer](net.parameters())


def _objective(w: Workload, net: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """(x, y) -> loss of a batch, and how many are right."""
    import torch

    def sparse(p: Any, y: Any) -> Any:
        if w.own:
            return -torch.log(p.gather(1, y[:, None])).mean()
        return torch.nn.functional.nll_loss(torch.log(p), y)

    def objective(x: Any, y: Any) -> tuple[Any, Any]:
        out = net(x)
        if w.loss == "mse":
            return torch.nn.functional.mse_loss(out, y), torch.zeros((), dtype=torch.int64)
        p = torch.softmax(out, -1)
        p = torch.clamp(p / p.sum(-1, keepdim=True), 1e-7, 1 - 1e-7)
        return sparse(p, y), (out.argmax(-1) == y).sum()

    return objective


def _epoch(w: Workload, net: Any, compiled: bool) -> Callable[[Any], float]:
    """A function of the order of rows: an epoch of training the network, and its loss."""
    import torch

    x, y = (torch.as_tensor(a) for a in w.data())
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
        fresh = _epoch(w, network(w), compiled)
        return [fresh(torch.arange(w.rows)) for _ in range(epochs)][-1]

    ask = torch.compile(net, dynamic=False) if compiled else net

    def predict(rows: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            out = ask(torch.from_numpy(rows))
            return (out if w.loss == "mse" else torch.softmax(out, -1)).numpy()

    def train(epochs: int) -> float:
        return [epoch(torch.randperm(w.rows)) for _ in range(epochs)][-1]

    spelling = "torch.compile(net)(x)" if compiled else "net(x)"
    return Peer(timed(train), check, {spelling: predict}, in_batches(predict))
