"""Pictures in another size: Resizing and CenterCrop, and what layers of pictures share."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError, UnsupportedError
from lamina.graph.data_format import standard_data_format
from lamina.graph.structure import map_structure
from lamina.layers.base import Layer
from lamina.utils.bounding_boxes import clip_to_image_size, convert_format

# Rows and columns of a picture; of a part of one: top, left, rows, columns.
Size = tuple[int, int]
Window = tuple[Any, Any, int, int]


class PictureLayer(Layer):
    """Base of layers of pictures (rows, columns, channels), or batches of them; with
    "channels_first" channels come before rows.

    Numbers of any dtype become the layer's own. In a dict of "images", "labels",
    "bounding_boxes" and "segmentation_masks" each is changed by its own method.

    Args:
        bounding_box_format: one of those of lamina.utils.bounding_boxes, as "xyxy"; needed for
            boxes that move.
    """

    def __init__(
        self, data_format: Any = None, bounding_box_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bounding_box_format = bounding_box_format
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

    def call(self, inputs: Any, training: Any = True) -> Any:
        """The pictures, changed; of a dict all that it holds, by what the pictures drew."""
        data = inputs if isinstance(inputs, dict) else {"images": inputs}
        x = self._numbers(data["images"])
        self._size(x)
        alone = len(x.shape) == 3
        batch = map_structure(lambda v: ops.expand_dims(v, 0), data) if alone else dict(data)
        batch["images"] = ops.expand_dims(x, 0) if alone else x
        acts = training is None or bool(training)
        drawn = self.get_random_transformation(batch["images"], training=acts)
        found = {key: self._part(key, value, drawn, acts) for key, value in batch.items()}
        if alone:
            found = map_structure(lambda v: ops.squeeze(v, 0), found)
        return found if isinstance(inputs, dict) else found["images"]

    def _part(self, key: str, value: Any, drawn: Any, acts: bool) -> Any:
        transform = getattr(self, f"transform_{key}", None)
        if transform is None:
            raise UnsupportedError(
                f"{type(self).__name__} '{self.name}'", f"does not change {key}", f"{key!r}",
                "pass the images alone, or another layer",
            )  # fmt: skip
        return transform(value, drawn, training=acts)

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """What is drawn for a batch of pictures; None if not training."""
        raise NotImplementedError

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        """The labels as they are."""
        return labels

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: bool = True
    ) -> Any:
        """Boxes {"boxes": (B, N, 4), "labels": (B, N)} as they lie in the changed pictures, cut to
        them; the label of a box of which nothing is left becomes -1.

        Raises: ArgumentError without a `bounding_box_format`.
        """
        if not self._acts(transformation, training):
            return bounding_boxes
        if self.bounding_box_format is None:
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'", "moves boxes only of a known format",
                "bounding_box_format=None", "pass bounding_box_format='xyxy', for instance",
            )  # fmt: skip
        shape = transformation["input_shape"]
        before, after = (
            tuple(s[place] for place in self._places)
            for s in (shape, self.compute_output_shape(shape))
        )
        found = convert_format({**bounding_boxes}, self.bounding_box_format, "xyxy", *before)
        found["boxes"] = self._moved(found["boxes"], transformation, before)
        found = clip_to_image_size(found, *after)
        return convert_format(found, "xyxy", self.bounding_box_format, *after)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any, training: bool = True
    ) -> Any:
        """Masks (B, rows, columns, channels), moved as the pictures are and taken from the nearest
        entries: their dtype stays, and no class comes between two others.
        """
        x = ops.convert_to_tensor(segmentation_masks)
        if not self._acts(transformation, training):
            return x
        numbers = ops.cast(x, self.compute_dtype)
        return ops.cast(self._changed_mask(numbers, transformation), x.dtype)

    def _acts(self, transformation: Any, training: bool) -> bool:
        return training and transformation is not None

    def _moved(self, boxes: Any, drawn: dict[str, Any], size: Size) -> Any:
        """Boxes (B, N, 4) as left, top, right, bottom, as they lie in the changed pictures."""
        raise UnsupportedError(
            f"{type(self).__name__} '{self.name}'", "does not change boxes", "bounding boxes",
            "pass the images alone, or another layer",
        )  # fmt: skip

    def _changed_mask(self, x: Any, drawn: dict[str, Any]) -> Any:
        raise UnsupportedError(
            f"{type(self).__name__} '{self.name}'", "does not change masks", "segmentation masks",
            "pass the images alone, or another layer",
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        known = self.bounding_box_format
        more = {} if known is None else {"bounding_box_format": known}
        return {**super().get_config(), "data_format": self.data_format, **more}

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
    """Base of layers whose outputs have a given size, while training and after: each shows the
    `_window` of a picture.
    """

    def __init__(self, height: int, width: int, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        for name, value in (("height", height), ("width", width)):
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise ArgumentError(
                    f"{type(self).__name__}({name}=...)", "needs a positive whole number",
                    repr(value), f"pass {name}=224, for instance",
                )  # fmt: skip
        self.height, self.width = height, width

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """The shape of the pictures; nothing is drawn."""
        return {"input_shape": tuple(data.shape)}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """A batch of pictures in the size of the layer."""
        return self._shown(self._numbers(images), transformation)

    def _changed_mask(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._shown(x, drawn, "nearest")

    def _acts(self, transformation: Any, training: bool) -> bool:
        return True

    def _is_large(self, size: Size) -> bool:
        return size[0] >= self.height and size[1] >= self.width

    def _middle(self, size: Size) -> Window:
        """The middle of a picture; of a smaller one the largest part of this aspect ratio."""
        rows, columns = size
        high, wide = self.height, self.width
        if not self._is_large(size):
            high = max(min(rows, int(float(columns * self.height) / self.width)), 1)
            wide = max(min(columns, int(float(rows * self.width) / self.height)), 1)
        return (rows - high) // 2, (columns - wide) // 2, high, wide

    def _window(self, size: Size, drawn: dict[str, Any]) -> Window:
        """What is seen of a picture of this size; its top may lie above it, if borders are seen."""
        return self._middle(size)

    def _shown(self, x: Any, drawn: Any, interpolation: str = "bilinear") -> Any:
        size = self._size(x)
        if self._is_large(size):
            return self._cut(x, *self._window(size, drawn))
        return self._resized(
            x, self.height, self.width, interpolation=interpolation, crop_to_aspect_ratio=True
        )

    def _moved(self, boxes: Any, drawn: dict[str, Any], size: Size) -> Any:
        top, left, rows, columns = self._window(size, drawn)
        start = ops.cast(ops.stack([left, top, left, top]), boxes.dtype)
        wide, high = self.width / columns, self.height / rows
        return (boxes - start) * ops.convert_to_tensor([wide, high, wide, high], boxes.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs, with this height and width."""
        shape = list(input_shape)
        shape[self._places[0]], shape[self._places[1]] = self.height, self.width
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "height": self.height, "width": self.width}


class Resizing(_SizedLayer):
    """Pictures in another size.

    Shapes: (..., rows, columns, channels) -> (..., height, width, channels).
    Args:
        height, width: of the results.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: the largest part of the shape of the result is taken first.
        pad_to_aspect_ratio: borders are added first, by `fill_mode` and `fill_value`.
        antialias: smooths pictures that become smaller.

    Whole numbers stay such. Boxes of four times 0 or -1, which stand for none, become 0.

    Raises: ArgumentError.
    Keras: boxes lie up to a pixel beside what they hold where pictures are cut or padded.
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

    def _numbers(self, x: Any) -> Any:
        return ops.convert_to_tensor(x)

    def _shown(self, x: Any, drawn: Any, interpolation: str | None = None) -> Any:
        return self._resized(
            x, self.height, self.width, interpolation=interpolation or self.interpolation,
            antialias=self.antialias, crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio, fill_mode=self.fill_mode,
            fill_value=self.fill_value,
        )  # fmt: skip

    def _window(self, size: Size, drawn: dict[str, Any]) -> Window:
        rows, columns = size
        if not (self.crop_to_aspect_ratio or self.pad_to_aspect_ratio):
            return 0, 0, rows, columns
        high = int(float(columns * self.height) / self.width)
        wide = int(float(rows * self.width) / self.height)
        if self.crop_to_aspect_ratio:
            high, wide = max(min(rows, high), 1), max(min(columns, wide), 1)
            return (rows - high) // 2, (columns - wide) // 2, high, wide
        # Borders come above and below, or else to the left and the right, equally.
        top, left = (max(rows, high) - rows) // 2, (max(columns, wide) - columns) // 2
        left = 0 if top else left
        return -top, -left, rows + 2 * top, columns + 2 * left

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: bool = True
    ) -> Any:
        """Boxes {"boxes": (B, N, 4), "labels": (B, N)} as they lie in the results; those that stand
        for none become 0.
        """
        given = ops.convert_to_tensor(bounding_boxes["boxes"])
        none = ops.logical_or(
            *(ops.all(ops.equal(given, n), axis=-1, keepdims=True) for n in (0, -1))
        )
        found = super().transform_bounding_boxes(bounding_boxes, transformation, training)
        return {**found, "boxes": ops.where(none, 0.0, found["boxes"])}

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
    Keras: mixes the classes of masks of smaller pictures; here each is one that was there.
    """
