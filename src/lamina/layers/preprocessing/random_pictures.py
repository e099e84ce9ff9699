"""Pictures that are turned, moved and coloured at random while a network learns from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina import ops, random
from lamina.errors import ArgumentError
from lamina.layers.preprocessing.corners import around, corners_of
from lamina.layers.preprocessing.pictures import PictureLayer, Size, Window, _SizedLayer

Range = tuple[float, float]


class RandomPictureLayer(PictureLayer):
    """Base of the layers below: `get_random_transformation` draws, `transform_images` acts on what
    was drawn. They act while training, and where `training` is not said; else pictures stay.
    """

    def __init__(self, seed: Any = None, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """What is drawn for a batch of pictures; None if not training."""
        if not training:
            return None
        return self._draw(data, self.seed_generator if seed is None else seed)

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        """A batch of pictures, changed as was drawn."""
        x = self._numbers(images)
        return self._changed(x, transformation) if self._acts(transformation, training) else x

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        raise NotImplementedError

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _uniform(self, x: Any, limits: Range, seed: Any) -> Any:
        """A number for each picture."""
        return random.uniform((x.shape[0],), limits[0], limits[1], self.compute_dtype, seed)

    def _limits(self, name: str, value: Any, least: float, most: float) -> Range:
        """A factor as (lower, upper); of one number -number to number, within the bounds.

        Raises: ArgumentError for something else, or limits out of bounds.
        """
        given = value
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = (max(-abs(value), least), abs(value))
        if isinstance(value, Sequence) and all(isinstance(v, int | float) for v in value):
            value = sorted(value)
        if (
            not isinstance(value, Sequence) or len(value) != 2
            or not all(isinstance(v, int | float) for v in value)
            or not least <= value[0] <= value[1] <= most
        ):  # fmt: skip
            raise ArgumentError(
                f"{type(self).__name__}({name}=...)",
                f"needs a number, or two (lower, upper) from {least:g} to {most:g}", repr(given),
                f"pass {name}=0.2, for instance",
            )  # fmt: skip
        return float(value[0]), float(value[1])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "seed": self.seed}


class MovingLayer(RandomPictureLayer):
    """Base of layers that move what is in a picture, boxes and masks with it."""

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """What is drawn for a batch of pictures, and its shape; None if not training."""
        drawn = super().get_random_transformation(data, training, seed)
        return None if drawn is None else {**drawn, "input_shape": tuple(data.shape)}

    def _changed_mask(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._changed(x, drawn)


class RandomFlip(MovingLayer):
    """Pictures, half of them mirrored.

    Args:
        mode: "horizontal" (left and right), "vertical" or "horizontal_and_vertical".

    Raises: ArgumentError for another mode.
    """

    def __init__(
        self, mode: str = "horizontal_and_vertical", seed: Any = None, data_format: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **kwargs)
        if mode not in ("horizontal", "vertical", "horizontal_and_vertical"):
            raise ArgumentError(
                "RandomFlip(mode=...)", "is 'horizontal', 'vertical' or 'horizontal_and_vertical'",
                repr(mode), "leave it out for both",
            )  # fmt: skip
        self.mode = mode

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        drawn = random.uniform((x.shape[0], 1, 1, 1), dtype="float32", seed=seed)
        return {"flips": ops.less_equal(drawn, 0.5)}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        for word, axis in (("horizontal", self._places[1]), ("vertical", self._places[0])):
            if word in self.mode:
                x = ops.where(drawn["flips"], ops.flip(x, axis), x)
        return x

    def _moved(self, boxes: Any, drawn: dict[str, Any], size: Size) -> Any:
        left, top, right, bottom = (boxes[..., i] for i in range(4))
        flips = ops.reshape(drawn["flips"], (-1, 1))
        if "horizontal" in self.mode:
            left, right = (ops.where(flips, size[1] - b, a)
                           for a, b in ((left, right), (right, left)))  # fmt: skip
        if "vertical" in self.mode:
            top, bottom = (ops.where(flips, size[0] - b, a)
                           for a, b in ((top, bottom), (bottom, top)))  # fmt: skip
        return ops.stack([left, top, right, bottom], axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "mode": self.mode}


class _Warping(MovingLayer):
    """Base of layers that move each entry: `_matrix` says from where it is taken."""

    def __init__(
        self, fill_mode: str, interpolation: str, seed: Any, fill_value: float, data_format: Any,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **kwargs)
        for name, value, legal in (
            ("fill_mode", fill_mode, ("constant", "nearest", "wrap", "mirror", "reflect")),
            ("interpolation", interpolation, ("nearest", "bilinear")),
        ):
            if value not in legal:
                raise ArgumentError(
                    f"{type(self).__name__}({name}=...)", f"is one of {', '.join(legal)}",
                    repr(value), "leave it out",
                )  # fmt: skip
        self.fill_mode, self.fill_value = fill_mode, fill_value
        self.interpolation = interpolation

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._warped(x, drawn, self.interpolation)

    def _changed_mask(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._warped(x, drawn, "nearest")

    def _entries(self, size: Size, drawn: dict[str, Any]) -> list[Any]:
        """The six numbers of `_matrix`, each (B,)."""
        entries = self._matrix(*size, drawn)
        zero = ops.zeros_like(next(entry for entry in entries if not isinstance(entry, float)))
        return [ops.add(zero, entry) for entry in entries]

    def _warped(self, x: Any, drawn: dict[str, Any], interpolation: str) -> Any:
        entries = self._entries(self._size(x), drawn)
        zero = ops.zeros_like(entries[0])
        transform = ops.stack([*entries, zero, zero], axis=1)
        return ops.image.affine_transform(
            x, transform, interpolation, self.fill_mode, self.fill_value, self.data_format
        )

    def _moved(self, boxes: Any, drawn: dict[str, Any], size: Size) -> Any:
        """Around where corners come: p shows what is at q = A p + t, so q comes to A^-1 (q - t)."""
        a, b, x, c, d, y = (ops.reshape(e, (-1, 1, 1)) for e in self._entries(size, drawn))
        right, down = corners_of(boxes)
        right, down, area = right - x, down - y, a * d - b * c
        return around((d * right - b * down) / area, (a * down - c * right) / area)

    def _matrix(self, rows: Any, columns: Any, drawn: dict[str, Any]) -> Sequence[Any]:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "fill_mode": self.fill_mode, "fill_value": self.fill_value,
            "interpolation": self.interpolation,
        }  # fmt: skip


class RandomRotation(_Warping):
    """Pictures turned about their middles.

    Args:
        factor: of a whole turn: (lower, upper), or a number for both directions; positive is
            against the clock.
        fill_mode: what comes into the corners: "reflect", "wrap", "mirror", "nearest", or
            "constant" with `fill_value`.
        interpolation: "bilinear" or "nearest".

    Raises: ArgumentError.
    """

    def __init__(
        self, factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: Any = None, fill_value: float = 0.0, data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = self._limits("factor", factor, -1.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        turn = (2 * math.pi * self.factor[0], 2 * math.pi * self.factor[1])
        return {"angle": self._uniform(x, turn, seed)}

    def _matrix(self, rows: Any, columns: Any, drawn: dict[str, Any]) -> Sequence[Any]:
        cos, sin = ops.cos(drawn["angle"]), ops.sin(drawn["angle"])
        right, down = float(columns - 1), float(rows - 1)
        x = (right - (cos * right - sin * down)) / 2.0
        y = (down - (sin * right + cos * down)) / 2.0
        return cos, -sin, x, sin, cos, y

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}


class RandomTranslation(_Warping):
    """Pictures moved up or down, left or right.

    Args:
        height_factor, width_factor: of the height and the width: (lower, upper), or a number for
            both directions; positive is down and right.
        fill_mode, fill_value, interpolation: as in RandomRotation.

    Raises: ArgumentError.
    """

    def __init__(
        self, height_factor: Any, width_factor: Any, fill_mode: str = "reflect",
        interpolation: str = "bilinear", seed: Any = None, fill_value: float = 0.0,
        data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._high = self._limits("height_factor", height_factor, -1.0, 1.0)
        self._wide = self._limits("width_factor", width_factor, -1.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        return {"down": self._uniform(x, self._high, seed),
                "right": self._uniform(x, self._wide, seed)}  # fmt: skip

    def _matrix(self, rows: Any, columns: Any, drawn: dict[str, Any]) -> Sequence[Any]:
        return 1.0, 0.0, -drawn["right"] * float(columns), 0.0, 1.0, -drawn["down"] * float(rows)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "height_factor": self.height_factor,
            "width_factor": self.width_factor,
        }  # fmt: skip


class RandomShear(_Warping):
    """Pictures sheared along the width and the height.

    Args:
        x_factor, y_factor: (lower, upper), or a number for both directions, at most 1; each picture
            also goes either way.
        fill_mode, fill_value, interpolation: as in RandomRotation.

    Raises: ArgumentError.
    Keras: it refuses the configuration that it writes of a number; here it is read. It shears boxes
        in shares of the picture, and along y what it has sheared along x: not as the picture.
    """

    def __init__(
        self, x_factor: Any = 0.0, y_factor: Any = 0.0, interpolation: str = "bilinear",
        fill_mode: str = "reflect", fill_value: float = 0.0, data_format: Any = None,
        seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.x_factor = self._limits("x_factor", x_factor, -1.0, 1.0)
        self.y_factor = self._limits("y_factor", y_factor, -1.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        way = ops.where(ops.greater(self._uniform(x, (0.0, 1.0), seed), 0.5), -1.0, 1.0)
        high, wide = (self._uniform(x, f, seed) for f in (self.y_factor, self.x_factor))
        return {"shear_factor": ops.stack([wide * way, high * way], axis=1)}

    def _matrix(self, rows: Any, columns: Any, drawn: dict[str, Any]) -> Sequence[Any]:
        wide, high = (drawn["shear_factor"][:, i] for i in range(2))
        return 1.0, wide, 0.0, high, 1.0, 0.0

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "x_factor": self.x_factor, "y_factor": self.y_factor}


class RandomZoom(_Warping):
    """Pictures from nearer or farther.

    Args:
        height_factor: (lower, upper), or a number for both directions; 0.2 is a fifth farther.
        width_factor: likewise; None zooms width as height.
        fill_mode, fill_value, interpolation: as in RandomRotation.

    Raises: ArgumentError.
    """

    def __init__(
        self, height_factor: Any, width_factor: Any = None, fill_mode: str = "reflect",
        interpolation: str = "bilinear", seed: Any = None, fill_value: float = 0.0,
        data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._high = self._limits("height_factor", height_factor, -1.0, 1.0)
        self._wide = (
            None if width_factor is None
            else self._limits("width_factor", width_factor, -1.0, 1.0)
        )  # fmt: skip

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        high = self._uniform(x, (1 + self._high[0], 1 + self._high[1]), seed)
        wide = self._wide
        return {
            "height_zoom": high,
            "width_zoom": high if wide is None
            else self._uniform(x, (1 + wide[0], 1 + wide[1]), seed),
        }  # fmt: skip

    def _matrix(self, rows: Any, columns: Any, drawn: dict[str, Any]) -> Sequence[Any]:
        wide, high = drawn["width_zoom"], drawn["height_zoom"]
        x = (1.0 - wide) * (float(columns - 1) / 2.0)
        y = (1.0 - high) * (float(rows - 1) / 2.0)
        return wide, 0.0, x, 0.0, high, y

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "height_factor": self.height_factor,
            "width_factor": self.width_factor,
        }  # fmt: skip


class RandomCrop(RandomPictureLayer, _SizedLayer):
    """A part of each picture, the same for all of a batch; while not training its middle.

    Pictures that are smaller are made large enough first. Keras on JAX leaves pictures as they are
    while not training, and says another shape; it takes rows from the columns of boxes.
    """

    def __init__(
        self, height: int, width: int, seed: Any = None, data_format: Any = None,
        name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        _SizedLayer.__init__(self, height, width, data_format, name=name, **kwargs)
        self.seed = seed if seed is not None else random.seeds.draw_seed() & 0x7FFFFFFF
        self.seed_generator = random.SeedGenerator(seed)

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """The first row and column, drawn while training, and the shape of the pictures."""
        top, left, _, _ = self._middle(self._size(data))
        drawn = super().get_random_transformation(data, training, seed)
        return {"row": top, "column": left, **(drawn or {}), "input_shape": tuple(data.shape)}

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        rows, columns = self._size(x)
        if not self._is_large((rows, columns)):
            return {}
        most = {"row": rows - self.height, "column": columns - self.width}
        return {key: random.randint((), 0, n + 1, "int32", seed) for key, n in most.items()}

    def _window(self, size: Size, drawn: dict[str, Any]) -> Window:
        return drawn["row"], drawn["column"], *self._middle(size)[2:]

    transform_images = _SizedLayer.transform_images
    _acts = _SizedLayer._acts
    compute_output_shape = _SizedLayer.compute_output_shape
