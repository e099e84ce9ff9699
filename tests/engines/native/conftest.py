"""What the tests of the native engine share: vectors of another width than the host's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lamina.engines.native import driver, gather, target

FORGET = (driver.function.cache_clear, gather.forget)


@pytest.fixture(params=[16, 32, 64])
def vector_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Everything in the test is emitted for vectors of this width; LLVM splits or joins them."""
    found = replace(target.host(), vector_bytes=request.param)
    for forget in FORGET:
        forget()
    monkeypatch.setattr(target, "host", lambda: found)
    yield request.param
    for forget in FORGET:
        forget()
