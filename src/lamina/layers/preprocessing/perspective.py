"""RandomPerspective: pictures as seen from the side."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops, random
from lamina.errors import ArgumentError
from lamina.layers.preprocessing.corners import around, corners_of
from lamina.layers.preprocessing.pictures import Size
from lamina.layers.preprocessing.random_pictures import MovingLayer
from lamina.ops.image.warping import move_points


class RandomPerspective(MovingLayer):
    """Pictures, some of them seen from the side.

    Args:
        factor: the probability, or two between which it is drawn, 0 to 1.
        scale: how far corners move, 0 to 1.
        interpolation: "bilinear" or "nearest". fill_value: of what comes from outside.

    Raises: ArgumentError.
    Keras: boxes come out as "xyxy"; here in the `bounding_box_format` that they came in.
    """

    def __init__(
        self, factor: Any = 1.0, scale: float = 1.0, interpolation: str = "bilinear",
        fill_value: float = 0.0, seed: Any = None, data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **kwargs)
        self.factor = self._limits("factor", factor, 0.0, 1.0)
        self._limits("scale", (0, scale), 0.0, 1.0)
        if interpolation not in ("nearest", "bilinear"):
            raise ArgumentError(
                "RandomPerspective(interpolation=...)", "is 'nearest' or 'bilinear'",
                repr(interpolation), "leave it out",
            )  # fmt: skip
        self.scale, self.interpolation, self.fill_value = scale, interpolation, fill_value

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        rows, columns = self._size(x)
        likely = self._uniform(x, self.factor, seed)
        chosen = ops.less(self._uniform(x, (0.0, 1.0), seed), likely)
        half, shape = 0.5 * self.scale, (x.shape[0], 4, 2)
        moved = random.uniform(shape, -half, half, self.compute_dtype, seed)
        right, down = columns - 1, rows - 1
        corners = np.array([[0, 0], [right, 0], [0, down], [right, down]], self.compute_dtype)
        start = ops.zeros_like(moved) + corners
        return {"apply_perspective": chosen, "start_points": start,
                "end_points": start + start * moved}  # fmt: skip

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._seen(x, drawn, self.interpolation)

    def _changed_mask(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._seen(x, drawn, "nearest")

    def _seen(self, x: Any, drawn: dict[str, Any], interpolation: str) -> Any:
        seen = ops.image.perspective_transform(
            x, drawn["start_points"], drawn["end_points"], interpolation, self.fill_value,
            self.data_format,
        )  # fmt: skip
        return ops.where(ops.reshape(drawn["apply_perspective"], (-1, 1, 1, 1)), seen, x)

    def _moved(self, boxes: Any, drawn: dict[str, Any], size: Size) -> Any:
        seen = around(*move_points(
            *corners_of(boxes), drawn["start_points"], drawn["end_points"]
        ))  # fmt: skip
        return ops.where(ops.reshape(drawn["apply_perspective"], (-1, 1, 1)), seen, boxes)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "factor": self.factor, "scale": self.scale,
            "interpolation": self.interpolation, "fill_value": self.fill_value,
        }  # fmt: skip
