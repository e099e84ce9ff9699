"""Every primitive has its row in the native engine, and no row is for nothing."""

from __future__ import annotations

import lamina.ops.primitives  # noqa: F401  (defines the primitives)
from lamina.engines.native.identities import IDENTITIES
from lamina.engines.native.lower import ALIASES, REGIONS
from lamina.engines.native.plain import BUILDERS
from lamina.engines.native.rules import RULES
from lamina.ops.primitive import PRIMITIVES

# A line of indices is a constant that is seen in another shape.
CONSTANTS = {"iota"}


def test_no_primitive_lacks_a_row() -> None:
    rows = {*RULES, *BUILDERS, *ALIASES, *REGIONS, *CONSTANTS, *IDENTITIES}
    assert set(PRIMITIVES) - rows == set(), "add a rule, a builder or a view"


def test_no_row_lacks_a_primitive() -> None:
    rows = {*RULES, *BUILDERS, *ALIASES, *REGIONS, *CONSTANTS, *IDENTITIES}
    assert rows - set(PRIMITIVES) == set()


def test_every_elementwise_primitive_has_a_rule_that_tiles_can_use() -> None:
    elementwise = {name for name, p in PRIMITIVES.items() if p.kind == "elementwise"}
    assert elementwise - set(RULES) == {"cast", "threefry"}
