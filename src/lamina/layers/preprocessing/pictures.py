"""Pictures in another size: Resizing and CenterCrop, and what layers of pictures share."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer


class PictureLayer(Layer):
    """Base of layers of pictures (rows, columns, channels), or batches of them; with
    "channels_first" channels come before rows.

    Numbers of any dtype become the layer's own.
    """

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standard_data_format(type(self).__name__, data_format)
        self.autocast = False

    @property
    def _places(self) -> tuple[int, int]:
        """The axes of rows and columns, counted from the end."""
        return (-3, -2) if self.data_format == "channels_last" else (-2, -1)

    def _size(self, x: Any) -> tuple[int, int]:
        """Rows and columns.

        Raises: ShapeError for something that is no picture and no batch of them.
        """
        if len(x.shape) not in (3, 4):
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'", "takes a picture of three axes or a batch "
                "of them", f"shape {tuple(x.shape)}", "add an axis of channels",
            )  # fmt: skip
        rows, columns = self._places
        return x.shape[rows], x.shape[columns]

    def _numbers(self, x: Any) -> Any:
        return ops.cast(ops.convert_to_tensor(x), self.compute_dtype)

    def _cut(self, x: Any, row: Any, column: Any, height: int, width: int) -> Any:
        """A part of each picture from a row and a column on, which may be drawn."""
        rows = ops.add(ops.arange(height, dtype="int32"), row)
        columns = ops.add(ops.arange(width, dtype="int32"), column)
        return ops.take(ops.take(x, rows, self._places[0]), columns, self._places[1])

    def _resized(self, x: Any, height: int, width: int, **options: Any) -> Any:
        return ops.image.resize(x, (height, width), data_format=self.data_format, **options)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs."""
        return tuple(input_shape)


class _SizedLayer(PictureLayer):
    """Base of layers whose outputs have a given size."""

    def __init__(self, height: int, width: int, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        for name, value in (("height", height), ("width", width)):
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise ArgumentError(
                    f"{type(self).__name__}({name}=...)", "needs a positive whole number",
                    repr(value), f"pass {name}=224, for instance",
                )  # fmt: skip
        self.height, self.width = height, width

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs, with this height and width."""
        shape = list(input_shape)
        shape[self._places[0]], shape[self._places[1]] = self.height, self.width
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "height": self.height, "width": self.width,
            "data_format": self.data_format,
        }  # fmt: skip


class Resizing(_SizedLayer):
    """Pictures in another size.

    Shapes: (..., rows, columns, channels) -> (..., height, width, channels).
    Args:
        height, width: of the results.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: the largest part of the shape of the result is taken first.
        pad_to_aspect_ratio: borders are added first, by `fill_mode` and `fill_value`.
        antialias: smooths pictures that become smaller.

    Raises: ArgumentError.
    """

    def __init__(
        self, height: int, width: int, interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False, pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant", fill_value: float = 0.0, antialias: bool = False,
        data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(height, width, data_format, **kwargs)
        self.interpolation = interpolation
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode, self.fill_value = fill_mode, fill_value
        self.antialias = antialias

    def call(self, inputs: Any) -> Any:
        """The pictures in the size of the layer; whole numbers stay such."""
        x = ops.convert_to_tensor(inputs)
        self._size(x)
        return self._resized(
            x, self.height, self.width, interpolation=self.interpolation,
            antialias=self.antialias, crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio, fill_mode=self.fill_mode,
            fill_value=self.fill_value,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "interpolation": self.interpolation,
            "crop_to_aspect_ratio": self.crop_to_aspect_ratio,
            "pad_to_aspect_ratio": self.pad_to_aspect_ratio, "fill_mode": self.fill_mode,
            "fill_value": self.fill_value, "antialias": self.antialias,
        }  # fmt: skip


class CenterCrop(_SizedLayer):
    """The middle of each picture; of smaller ones the middle of the picture made large enough.

    Shapes: (..., rows, columns, channels) -> (..., height, width, channels).
    """

    def call(self, inputs: Any) -> Any:
        """The middle of the pictures."""
        x = self._numbers(inputs)
        rows, columns = self._size(x)
        if rows >= self.height and columns >= self.width:
            row, column = (rows - self.height) // 2, (columns - self.width) // 2
            return self._cut(x, row, column, self.height, self.width)
        return self._resized(x, self.height, self.width, crop_to_aspect_ratio=True)
