"""lamina.ops.image: what Keras has in keras.ops.image, for one image or a batch of them.

Images are (H, W, C) or (B, H, W, C); with `data_format="channels_first"` (C, H, W) or
(B, C, H, W).
"""

from __future__ import annotations

from typing import Any

from lamina.errors import MissingNameError
from lamina.ops.image import borders, colors, filters, patches, resizing, warping

_FAMILIES = (borders, colors, filters, patches, resizing, warping)
OPS: dict[str, Any] = {
    name: getattr(family, name) for family in _FAMILIES for name in family.__all__
}
globals().update(OPS)

# What keras.ops.image has and lamina does not.
NOT_OFFERED = frozenset(["elastic_transform"])


def __getattr__(name: str) -> Any:
    if name in NOT_OFFERED:
        raise MissingNameError(
            "lamina.ops.image", f"does not offer Keras' {name!r}", f"ops.image.{name}",
            "build it from map_coordinates and lamina.random",
        )  # fmt: skip
    raise MissingNameError(
        "lamina.ops.image", f"has no op {name!r}", f"ops.image.{name}", "see dir(lamina.ops.image)"
    )


def __dir__() -> list[str]:
    return sorted(OPS)
