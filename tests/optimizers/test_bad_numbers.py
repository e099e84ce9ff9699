"""Numbers that no optimizer works with are refused before anything is built."""

from __future__ import annotations

import math

import pytest

import lamina as keras
from lamina.errors import ArgumentError

O = keras.optimizers  # noqa: E741
BAD = {
    "rate nan": lambda: O.Adam(math.nan),
    "rate infinite": lambda: O.SGD(math.inf),
    "rate text": lambda: O.SGD("0.1"),
    "beta": lambda: O.Adam(beta_1=1.5),
    "beta negative": lambda: O.Nadam(beta_2=-0.1),
    "rho": lambda: O.RMSprop(rho=math.nan),
    "momentum": lambda: O.SGD(momentum=-1.0),
    "epsilon": lambda: O.Adam(epsilon=-1e-7),
    "clipnorm": lambda: O.SGD(clipnorm=-1.0),
    "clipvalue": lambda: O.SGD(clipvalue=math.nan),
    "global_clipnorm": lambda: O.SGD(global_clipnorm="1"),
    "weight_decay": lambda: O.AdamW(weight_decay=-0.1),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_number_is_refused(name):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ArgumentError) as caught:
        model.compile(BAD[name](), "mse")
    argument = "learning_rate" if name.startswith("rate") else name.split()[0].split("_")[0]
    assert argument in str(caught.value)
    assert len(str(caught.value).splitlines()) == 3


def test_what_works_is_taken():
    for optimizer in (O.SGD(0.0), O.SGD(-0.1), O.Adam(beta_1=0.0), O.SGD(momentum=1.0, clipnorm=0)):
        keras.Sequential([keras.layers.Dense(1)]).compile(optimizer, "mse")
