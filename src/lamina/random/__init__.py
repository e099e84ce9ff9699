"""lamina.random: counter-based random numbers; the distributions are Keras', the bits our own."""

from lamina.random.distributions import (
    bernoulli,
    categorical,
    dropout,
    normal,
    randint,
    shuffle,
    truncated_normal,
    uniform,
)
from lamina.random.seeds import SeedGenerator, draw_seed, set_random_seed

__all__ = [
    "SeedGenerator", "bernoulli", "categorical", "draw_seed", "dropout", "normal", "randint",
    "set_random_seed", "shuffle", "truncated_normal", "uniform",
]  # fmt: skip
