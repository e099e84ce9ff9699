"""What is measured: rows of a table. Each peer builds its network from the row alone."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from bench.parts import GATES, Link, Part, Shape, links


@dataclass(frozen=True)
class Workload:
    """A network and its training.

    Attributes:
        sizes: of a dense network: features, units of each layer.
        batch, rows: of the training data; rows are a multiple of batch.
        hidden: activation of all layers of a dense network but the last.
        loss: "sparse" (softmax, class labels), "binary" (sigmoid, 0 or 1) or "mse" (linear).
        optimizer: "adam", "rmsprop" or "sgd"; rate: its learning rate; epsilon: what it
            adds to a root.
        own: layers, activation and loss are a user's, written in each peer's own operations.
        checked: epochs after which the peers' losses are compared.
        shape, parts: of another network: of a row of its data, and what it is made of.
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    rows: int
    hidden: str = "relu"
    loss: str = "sparse"
    optimizer: str = "adam"
    rate: float = 1e-4
    epsilon: float = 1e-7
    own: bool = False
    checked: int = 3
    shape: Shape = ()
    parts: tuple[Part, ...] = ()

    @property
    def steps(self) -> int:
        """Training steps an epoch."""
        return self.rows // self.batch

    @property
    def row_shape(self) -> Shape:
        """The shape of a row of the data."""
        return self.shape or self.sizes[:1]

    @property
    def whole(self) -> tuple[Part, ...]:
        """The parts; those of a dense network follow from its sizes."""
        dense = [part for units in self.sizes[1:] for part in (("dense", units), (self.hidden,))]
        return self.parts or tuple(dense[:-1])

    @property
    def links(self) -> list[Link]:
        """The parts with their shapes."""
        return links(self.row_shape, self.whole)

    @property
    def outputs(self) -> int:
        """Numbers that come out for a row."""
        return self.links[-1].made[-1]

    def calm(self) -> Workload:
        """Without dropout, which draws other numbers in each peer."""
        return replace(self, parts=tuple(p for p in self.parts if p[0] != "dropout"))

    @property
    def flops(self) -> int:
        """Floating-point operations of a step's products: y = x w, dw = x' g and, where x has a
        gradient, dx = g w'; an addition and a multiplication count as two.
        """
        total, learnt = 0, False
        for link in self.links:
            total += link.products * (3 if learnt else 2)
            if not learnt and link.kind in GATES:  # the state has a gradient, the input has none
                total += link.products * self._units(link) // (self._units(link) + link.given[-1])
            learnt = learnt or bool(link.weights)
        return 2 * self.batch * total

    def _units(self, link: Link) -> int:
        return int(link.part[1])

    @property
    def weight_count(self) -> int:
        """Numbers to learn, and means and variances to keep."""
        return sum(math.prod(shape) for link in self.links for shape in link.weights)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs float32, or int32 words, and targets; the notes' network gets the notes' data.

        Images, series and texts of a class have something in common, so that training changes
        what activations look like.
        """
        if self.name == "notes":
            from lamina.datasets import clinical_trial

            return clinical_trial.load_data(self.rows)[0]
        random = np.random.default_rng(0)
        if not self.parts:
            x = random.standard_normal((self.rows, self.sizes[0]), "float32")
            if self.loss == "mse":
                return x, random.standard_normal((self.rows, self.sizes[-1]), "float32")
            return x, random.integers(0, self.sizes[-1], self.rows)
        return self._learnable(random)

    def _learnable(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        shape, first = (self.rows, *self.shape), self.parts[0]
        y = random.integers(0, max(2, self.outputs), self.rows)
        if first[0] == "embedding":
            x = random.integers(0, first[1], shape).astype("int32")
            x[:, ::7] = x[:, ::7] % 50 + 50 * y[:, None]
        else:
            pattern = random.random((max(2, self.outputs), *self.shape), "float32")
            x = (random.random(shape, "float32") + pattern[y]) / 2
        if self.loss == "mse":
            return x, x.mean(axis=1)
        return x, y if self.loss == "sparse" else y[:, None].astype("float32")

    def sample(self, count: int) -> np.ndarray:
        """So many rows to predict."""
        random, shape = np.random.default_rng(2), (count, *self.row_shape)
        if self.whole[0][0] == "embedding":
            return random.integers(0, self.whole[0][1], shape).astype("int32")
        return random.standard_normal(shape, "float32")

    def weights(self) -> list[np.ndarray]:
        """Start weights in Keras' order: Glorot uniform where there are two dims or more, else
        zero; of a normalisation, scale and variance are one.
        """
        random = np.random.default_rng(1)
        found = []
        for link in self.links:
            if link.kind == "norm":
                found += [np.full(link.made[-1:], i in (0, 3), "float32") for i in range(4)]
                continue
            for i, shape in enumerate(link.weights):
                if len(shape) == 1 or i % 3 == 2:
                    found.append(np.zeros(shape, "float32"))
                    continue
                field = math.prod(shape[:-2])
                limit = np.float32((6 / (field * (shape[-2] + shape[-1]))) ** 0.5)
                kernel = random.random(shape, "float32")  # in place: memory is measured too
                kernel *= 2 * limit
                kernel -= limit
                found.append(kernel)
        return found

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return asdict(self)

    def title(self) -> str:
        """The row in words, for a table."""
        shape, hidden = "-".join(map(str, self.sizes)), f", {self.hidden}"
        if len(self.sizes) > 8:
            shape = f"{self.sizes[0]}, {len(self.sizes) - 2} layers of {self.sizes[1]}, "
            shape += str(self.sizes[-1])
        if self.parts:
            words = [" ".join(map(str, part)) for part in self.parts]
            shape, hidden = f"{'x'.join(map(str, self.shape))}: {', '.join(words)}", ""
        own = ", a user's own layer, activation and loss" if self.own else ""
        return (
            f"**{self.name}**: {shape}{hidden}, batch {self.batch}, {self.optimizer}, "
            f"{self.rows} rows{own}"
        )


def from_json(row: dict[str, Any]) -> Workload:
    """The workload that `to_json` wrote."""
    parts = tuple(tuple(part) for part in row.get("parts", ()))
    shape = tuple(row.get("shape", ()))
    return Workload(**{**row, "sizes": tuple(row["sizes"]), "shape": shape, "parts": parts})


def _net(
    name: str, shape: Shape, parts: tuple[Part, ...], batch: int, steps: int, loss: str = "sparse"
) -> Workload:
    # So small an epsilon that it does not matter whether it is added before or after the moments'
    # bias is corrected, where gradients are small too.
    return Workload(
        name, (), batch, batch * steps, "", loss, rate=1e-3, epsilon=1e-9, shape=shape,
        parts=parts, checked=1,
    )  # fmt: skip


def _pair(filters: int) -> tuple[Part, ...]:
    """Two convolutions, each normalised, and a pool."""
    one = (("conv", filters, 3, "same"), ("norm",), ("relu",))
    return (*one, *one, ("pool", 2))


CONVNET = (
    ("conv", 32, 3, "valid"), ("relu",), ("pool", 2), ("conv", 64, 3, "valid"), ("relu",),
    ("pool", 2), ("flatten",), ("dropout", 0.5), ("dense", 10),
)  # fmt: skip
LENET = (
    ("conv", 6, 5, "same"), ("tanh",), ("pool", 2), ("conv", 16, 5, "valid"), ("tanh",),
    ("pool", 2), ("flatten",), ("dense", 120), ("tanh",), ("dense", 84), ("tanh",), ("dense", 10),
)  # fmt: skip
CIFAR = (*_pair(32), *_pair(64), *_pair(128), ("flatten",), ("dense", 10))
TEXT = (
    ("embedding", 5000, 50), ("conv", 250, 3, "valid"), ("relu",), ("highest",), ("dense", 250),
    ("relu",), ("dense", 1),
)  # fmt: skip


def _words(kind: str) -> tuple[Part, ...]:
    return (("embedding", 20_000, 128), (kind, 128), ("dense", 1))


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
        _net("convnet", (28, 28, 1), CONVNET, 128, 8),
        _net("lenet", (28, 28, 1), LENET, 32, 40),
        _net("cifar", (32, 32, 3), CIFAR, 64, 3),
        _net("lstm-small", (50, 1), (("lstm", 50), ("dense", 1)), 32, 20, "mse"),
        _net("lstm", (100,), _words("lstm"), 32, 6, "binary"),
        _net("gru", (100,), _words("gru"), 32, 6, "binary"),
        _net("bidirectional", (100,), _words("bidirectional"), 32, 4, "binary"),
        _net("conv1d", (400,), TEXT, 32, 6, "binary"),
    )
}
