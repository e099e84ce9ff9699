"""`weights=[...]` of older Keras: what a layer's weights are once it is built."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina.compat.spelling import Kept


def _then_set(build: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(build)
    def built(self: Any, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        given = self.__dict__.pop(GIVEN.attribute, None)
        if given is not None:
            self.set_weights(given)

    return built


GIVEN = Kept("_given_weights", "lamina.layers:Layer._build_once", _then_set)
