"""What is measured: rows of a table. Each peer builds its network from the row alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Workload:
    """A dense network and its training.

    Attributes:
        sizes: features, units of each layer; hidden: activation of all layers but the last.
        batch, rows: of the training data; rows are a multiple of batch.
        loss: "sparse" (softmax, class labels) or "mse" (linear).
        optimizer: "adam", "rmsprop" or "sgd"; rate: its learning rate.
        own: layers, activation and loss are a user's, written in each peer's own operations.
        checked: epochs after which the peers' losses are compared.
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    rows: int
    hidden: str = "relu"
    loss: str = "sparse"
    optimizer: str = "adam"
    rate: float = 1e-4
    own: bool = False
    checked: int = 3

    @property
    def steps(self) -> int:
        """Training steps an epoch."""
        return self.rows // self.batch

    @property
    def flops(self) -> int:
        """Floating-point operations of a step's products: y = x w, dw = x' g and, where x has a
        gradient, dx = g w'; an addition and a multiplication count as two.
        """
        pairs = list(zip(self.sizes, self.sizes[1:], strict=False))
        products = [3 * inputs * units for inputs, units in pairs]
        return 2 * self.batch * (sum(products) - pairs[0][0] * pairs[0][1])

    @property
    def weight_count(self) -> int:
        """Numbers to learn."""
        return sum((i + 1) * u for i, u in zip(self.sizes, self.sizes[1:], strict=False))

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs float32 and targets; the notes' network gets the notes' data."""
        if self.name == "notes":
            from lamina.datasets import clinical_trial

            return clinical_trial.load_data(self.rows)[0]
        random = np.random.default_rng(0)
        x = random.standard_normal((self.rows, self.sizes[0]), "float32")
        if self.loss == "mse":
            return x, random.standard_normal((self.rows, self.sizes[-1]), "float32")
        return x, random.integers(0, self.sizes[-1], self.rows)

    def weights(self) -> list[np.ndarray]:
        """Start weights in Keras' order: kernel and bias of each layer, Glorot uniform and zero."""
        random = np.random.default_rng(1)
        found = []
        for inputs, units in zip(self.sizes, self.sizes[1:], strict=False):
            limit = np.float32((6 / (inputs + units)) ** 0.5)
            kernel = random.random((inputs, units), "float32")  # in place: memory is measured too
            kernel *= 2 * limit
            kernel -= limit
            found.append(kernel)
            found.append(np.zeros(units, "float32"))
        return found

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return asdict(self)

    def title(self) -> str:
        """The row in words, for a table."""
        shape = "-".join(map(str, self.sizes))
        if len(self.sizes) > 8:
            shape = f"{self.sizes[0]}, {len(self.sizes) - 2} layers of {self.sizes[1]}, "
            shape += str(self.sizes[-1])
        own = ", a user's own layer, activation and loss" if self.own else ""
        return (
            f"**{self.name}**: {shape}, {self.hidden}, batch {self.batch}, {self.optimizer}, "
            f"{self.rows} rows{own}"
        )


def from_json(row: dict[str, Any]) -> Workload:
    """The workload that `to_json` wrote."""
    return Workload(**{**row, "sizes": tuple(row["sizes"])})


WORKLOADS = {
    w.name: w
    for w in (
        Workload("notes", (1, 16, 32, 2), 10, 2100),
        Workload("tabular", (30, 64, 64, 2), 32, 3200),
        Workload("wide", (100, 256, 256, 10), 64, 3200, optimizer="sgd"),
        Workload("mnist", (784, 512, 512, 10), 128, 2560),
        Workload("large", (1024, 2048, 2048, 100), 256, 1024),
        Workload("odd", (17, 33, 65, 3), 7, 2100, optimizer="rmsprop"),
        Workload("deep", (64,) * 21 + (10,), 32, 1600),
        Workload("custom", (30, 64, 64, 2), 32, 3200, "silu", own=True),
        Workload("digits", (64, 128, 64, 10), 32, 3200),
        Workload("regression", (8, 32, 32, 1), 16, 3200, "tanh", "mse"),
    )
}
