"""PyTorch by hand: an eager training loop, fused optimizer where there is one."""

from __future__ import annotations

from typing import Any

from bench.peers import Peer
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    import torch

    torch.manual_seed(0)
    x, y = (torch.as_tensor(a) for a in w.data())
    last = w.loss == "mse"

    def build() -> tuple[Any, Any]:
        parts: list[Any] = []
        start = w.weights()
        for i, (inputs, units) in enumerate(zip(w.sizes, w.sizes[1:], strict=False)):
            layer = torch.nn.Linear(inputs, units)
            with torch.no_grad():
                layer.weight.copy_(torch.as_tensor(start[2 * i].T.copy()))
                layer.bias.zero_()
            parts += [layer, torch.nn.Tanh() if w.hidden == "tanh" else torch.nn.ReLU()]
        net = torch.nn.Sequential(*parts[:-1])
        rule = {
            "adam": lambda p: torch.optim.Adam(p, w.rate, eps=1e-7, fused=True),
            "rmsprop": lambda p: torch.optim.RMSprop(p, w.rate, 0.9, 1e-7),
            "sgd": lambda p: torch.optim.SGD(p, w.rate),
        }[w.optimizer](net.parameters())
        return net, rule

    def loss_of(out: Any, y: Any) -> Any:
        if last:
            return torch.nn.functional.mse_loss(out, y)
        p = torch.softmax(out, -1)
        p = torch.clamp(p / p.sum(-1, keepdim=True), 1e-7, 1 - 1e-7)
        return torch.nn.functional.nll_loss(torch.log(p), y)

    def epoch(net: Any, rule: Any, order: Any) -> float:
        total, hits = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for rows in order.split(w.batch):
            out, target = net(x[rows]), y[rows]
            loss = loss_of(out, target)
            rule.zero_grad()
            loss.backward()
            rule.step()
            total += loss.detach()
            if not last:
                hits += (out.argmax(-1) == target).sum()
        return float(total) / w.steps

    trained, checked = build(), build()
    one = x[:1]

    def ask() -> Any:
        with torch.no_grad():
            return trained[0](one)

    return Peer(
        lambda epochs: [epoch(*trained, torch.randperm(w.rows)) for _ in range(epochs)][-1],
        lambda epochs: [epoch(*checked, torch.arange(w.rows)) for _ in range(epochs)][-1],
        ask,
        100,
    )
