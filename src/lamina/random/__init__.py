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
from lamina.random.shaped import beta, binomial, gamma

__all__ = [
    "SeedGenerator", "bernoulli", "beta", "binomial", "categorical", "draw_seed", "dropout",
    "gamma", "normal", "randint", "set_random_seed", "shuffle", "truncated_normal", "uniform",
]  # fmt: skip
