"""What code is made for: the host, or a level that LAMINA_TARGET names and the host has."""

from __future__ import annotations

import pytest

from lamina.engines.native import target
from lamina.errors import ConfigError

ALL = dict.fromkeys(("sse4.2", "popcnt", "avx2", "fma", "bmi2"), True)
PC = "x86_64-unknown-linux-gnu"


@pytest.mark.parametrize("level", ["x86-64", "x86-64-v2", "x86-64-v3"])
def test_a_level_that_the_machine_has(level: str) -> None:
    target._check_level(level, PC, ALL)


@pytest.mark.parametrize(
    ("level", "triple", "features", "received"),
    [
        ("x86-64-v4", PC, ALL, "without avx512f, avx512bw, avx512dq, avx512vl"),
        ("x86-64-v3", PC, {**ALL, "fma": False}, "without fma"),
        ("x86-64", "aarch64-apple-darwin", {}, "on aarch64-apple-darwin, without x86-64"),
    ],
)
def test_a_level_beyond_the_machine_is_an_error(
    level: str, triple: str, features: dict[str, bool], received: str
) -> None:
    with pytest.raises(ConfigError, match="asks for more than this processor has") as caught:
        target._check_level(level, triple, features)
    assert caught.value.received.endswith(received)
