"""What is measured: rows of a table. Each peer builds its network from the row alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Workload:
    """A dense network and its training.

    Attributes:
        sizes: features, units of each layer; hidden: activation of all layers but the last.
        loss: "sparse" (softmax, class labels) or "mse" (linear).
        optimizer: "adam", "rmsprop" or "sgd"; rate: its learning rate.
        rows, batch: of the training data; a multiple.
        epochs: of one timed run of a fast peer; slow ones are given fewer.
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    rows: int
    epochs: int
    hidden: str = "relu"
    loss: str = "sparse"
    optimizer: str = "adam"
    rate: float = 1e-4

    @property
    def steps(self) -> int:
        """Training steps an epoch."""
        return self.rows // self.batch

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs float32 and targets; the notes' network gets the notes' data."""
        if self.name == "notes":
            from lamina.datasets import clinical_trial

            return clinical_trial.load_data(self.rows)[0]
        random = np.random.default_rng(0)
        x = random.normal(size=(self.rows, self.sizes[0])).astype("float32")
        if self.loss == "mse":
            return x, random.normal(size=(self.rows, self.sizes[-1])).astype("float32")
        return x, random.integers(0, self.sizes[-1], self.rows)

    def weights(self) -> list[np.ndarray]:
        """Start weights in Keras' order: kernel and bias of each layer, Glorot uniform and zero."""
        random = np.random.default_rng(1)
        found = []
        for inputs, units in zip(self.sizes, self.sizes[1:], strict=False):
            limit = (6 / (inputs + units)) ** 0.5
            found.append(random.uniform(-limit, limit, (inputs, units)).astype("float32"))
            found.append(np.zeros(units, "float32"))
        return found


WORKLOADS = {
    w.name: w
    for w in (
        Workload("notes", (1, 16, 32, 2), 10, 2100, 200),
        Workload("tabular", (30, 64, 64, 2), 32, 3200, 40),
        Workload("digits", (64, 128, 64, 10), 32, 3200, 20),
        Workload("regression", (8, 32, 32, 1), 16, 3200, 100, "tanh", "mse"),
        Workload("odd", (17, 33, 65, 3), 7, 2100, 60, optimizer="rmsprop"),
        Workload("wide", (784, 512, 512, 10), 128, 2560, 2),
    )
}
