"""lamina.ops: the vocabulary, with the names, arguments and dtypes of keras.ops.

An op works on eager tensors, arrays and numbers; on values of a trace; on a tape; and on symbolic
tensors, where the call is recorded. Each is built of the primitives in `ops/primitives/`.
"""

from __future__ import annotations

import difflib
from typing import Any

from lamina.ops import arithmetic as _arithmetic
from lamina.ops import comparison as _comparison
from lamina.ops import control as _control
from lamina.ops import creation as _creation
from lamina.ops import entropy as _entropy
from lamina.ops import indexing as _indexing
from lamina.ops import linear as _linear
from lamina.ops import nn as _nn
from lamina.ops import ordering as _ordering
from lamina.ops import reductions as _reductions
from lamina.ops import shaping as _shaping

_FAMILIES = (
    _arithmetic, _comparison, _control, _creation, _entropy, _indexing, _linear, _nn, _ordering,
    _reductions, _shaping,
)  # fmt: skip


def _exported(module: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and name[0].islower()
        and getattr(value, "__module__", "") == module.__name__
    }


OPS: dict[str, Any] = {}
for _family in _FAMILIES:
    OPS.update(_exported(_family))
for _private in ("index", "count"):
    OPS.pop(_private, None)
globals().update(OPS)


def __getattr__(name: str) -> Any:
    from lamina.errors import MissingNameError

    near = difflib.get_close_matches(name, OPS, 3)
    raise MissingNameError(
        "lamina.ops", f"has no op {name!r}", f"ops.{name}",
        f"near names: {', '.join(near)}" if near else "see dir(lamina.ops)",
    )  # fmt: skip


def __dir__() -> list[str]:
    return sorted(OPS)
