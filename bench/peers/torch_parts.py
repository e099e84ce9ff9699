"""The parts of a network as PyTorch modules, images and series with channels before the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.parts import Link
from bench.peers import drawn


def module_of(link: Link, weights: Sequence[np.ndarray]) -> Any:
    """A part with its start weights."""
    from torch import nn

    rest, images = link.part[1:], len(link.given) == 3
    table: dict[str, Callable[[], Any]] = {
        "relu": nn.ReLU, "tanh": nn.Tanh, "silu": nn.SiLU,
        "dense": lambda: nn.Linear(link.given[-1], rest[0]),
        "conv": lambda: (nn.Conv2d if images else _series())(
            link.given[-1], rest[0], rest[1], padding=rest[2]
        ),
        "pool": lambda: nn.MaxPool2d(rest[0]),
        "norm": lambda: nn.BatchNorm2d(link.given[-1], eps=1e-3, momentum=0.01),
        "dropout": lambda: nn.Dropout(rest[0]),
        "embedding": lambda: nn.Embedding(*rest),
        **{name: (lambda: _own(link)) for name in ("flatten", "highest")},
        **{name: (lambda: _recurrent(link)) for name in ("lstm", "gru", "bidirectional")},
    }  # fmt: skip
    module = drawn(table, link.kind, "the peer")()
    _start(module, link, [np.ascontiguousarray(v) for v in weights])
    return module


def _series() -> Any:
    """A convolution of series that come with channels last."""
    from torch import nn

    class Series(nn.Conv1d):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return super().forward(x.movedim(-1, 1))

    return Series


def _own(link: Link) -> Any:
    """Flattening in Keras' order of a row, and the highest of all steps."""
    from torch import nn

    class Flat(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x.movedim(1, -1).flatten(1)

    class Highest(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x.amax(-1)

    return Flat() if link.kind == "flatten" else Highest()


def _recurrent(link: Link) -> Any:
    from torch import nn

    kind = nn.GRU if link.kind == "gru" else nn.LSTM
    both, units = link.kind == "bidirectional", link.part[1]

    class Last(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = kind(link.given[-1], units, batch_first=True, bidirectional=both)
            if link.kind != "gru":  # Keras has one bias: the other stays zero
                for name, p in self.net.named_parameters():
                    p.requires_grad_(not name.startswith("bias_hh"))

        def forward(self, x: Any) -> Any:
            state = self.net(x)[1]
            h = state if link.kind == "gru" else state[0]
            return h.movedim(0, 1).flatten(1)

    return Last()


def _start(module: Any, link: Link, weights: Sequence[np.ndarray]) -> None:
    """Keras' start weights in PyTorch's order of dims and gates."""
    import torch

    if not weights:
        return
    found = list(weights)
    if link.kind == "dense":
        found = [weights[0].T, weights[1]]
    elif link.kind == "conv":
        found = [np.moveaxis(weights[0], (-1, -2), (0, 1)), weights[1]]
    elif link.kind == "norm":
        found = list(weights[:2])
    elif link.kind != "embedding":
        found = [v for i in range(0, len(weights), 3) for v in _gates(link, weights[i : i + 3])]
    with torch.no_grad():
        for p, value in zip(module.parameters(), found, strict=True):
            p.copy_(torch.as_tensor(value.copy()))


def _gates(link: Link, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Kernels and biases of one direction; of a GRU reset and update change places."""
    kernel, recurrent, bias = weights
    biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    parts = [kernel.T, recurrent.T, *biases]
    if link.kind != "gru":
        return parts
    return [np.concatenate([np.split(v, 3)[i] for i in (1, 0, 2)]) for v in parts]
