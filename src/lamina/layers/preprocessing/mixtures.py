"""Pictures of a batch mixed with each other: MixUp and CutMix."""

from __future__ import annotations

from typing import Any

from lamina import ops, random
from lamina.layers.preprocessing.random_pictures import RandomPictureLayer
from lamina.layers.preprocessing.random_spots import span_of_axis


class _Mixing(RandomPictureLayer):
    """Base of layers that mix each picture with another one, and their labels in proportion.

    A transformation holds "permutation_order", which picture each is mixed with, and "mix_weight",
    how much of itself stays.
    """

    def __init__(self, seed: Any, data_format: Any, **kwargs: Any) -> None:
        super().__init__(seed, data_format, **kwargs)

    def _order(self, x: Any, seed: Any) -> Any:
        return random.shuffle(ops.arange(x.shape[0], dtype="int32"), seed=seed)

    def _others(self, x: Any, drawn: dict[str, Any]) -> Any:
        return ops.take(x, drawn["permutation_order"], axis=0)

    def _mixed(self, x: Any, drawn: dict[str, Any]) -> Any:
        kept = ops.reshape(drawn["mix_weight"], (-1, *(1 for _ in x.shape[1:])))
        kept = ops.cast(kept, x.dtype)
        return kept * x + (1.0 - kept) * self._others(x, drawn)

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        """Labels (B, classes), mixed as the pictures are."""
        if not training or transformation is None:
            return labels
        return self._mixed(self._numbers(labels), transformation)


class MixUp(_Mixing):
    """Each picture w times itself, and 1 - w times another one of the batch; labels likewise.

    Zhang et al. 2018.

    Args:
        alpha: w is drawn from Beta(alpha, alpha).
    """

    def __init__(
        self, alpha: float = 0.2, data_format: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self._limits("alpha", (0, alpha), 0.0, float("inf"))
        self.alpha = alpha

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        order = self._order(x, seed)
        weight = random.beta((x.shape[0],), self.alpha, self.alpha, self.compute_dtype, seed)
        return {"permutation_order": order, "mix_weight": weight}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._mixed(x, drawn)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: bool = True
    ) -> Any:
        """Boxes (B, N, 4) and labels (B, N) of both pictures, of any format: (B, 2 N, 4), (B, 2 N).

        Zhang et al. 2019, "Bag of freebies for training object detection".
        Keras: joins the labels along the batch.
        """
        if not self._acts(transformation, training):
            return bounding_boxes
        return {
            key: ops.concatenate([value, self._others(value, transformation)], axis=1)
            for key, value in bounding_boxes.items()
        }

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any, training: bool = True
    ) -> Any:
        """Masks, mixed as the pictures are."""
        return self.transform_images(segmentation_masks, transformation, training)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "alpha": self.alpha}


class CutMix(_Mixing):
    """Each picture with a rectangle of another one of the batch; labels by the areas.

    Yun et al. 2019.

    Args:
        factor: (lower, upper), or a number for the upper one, 0 to 1: of a number a between them
            the share that stays is drawn from Beta(a, a).
    """

    def __init__(
        self, factor: Any = 1.0, seed: Any = None, data_format: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = self._limits("factor", factor, 0.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        kind, rows = self.compute_dtype, (x.shape[0],)
        alpha = random.uniform((), *self.factor, kind, seed) + 1e-6
        share = ops.sqrt(1.0 - random.beta(rows, alpha, alpha, kind, seed))
        inside = [
            span_of_axis(length, share, axis, random.uniform(rows, 0.0, 1.0, kind, seed))
            for length, axis in zip(self._size(x)[::-1], self._places[::-1], strict=True)
        ]
        masks = ops.broadcast_to(ops.logical_and(*inside), ops.shape(x))
        return {"permutation_order": self._order(x, seed), "batch_masks": masks,
                "mix_weight": ops.reshape(1.0 - ops.square(share), (-1, 1, 1, 1))}  # fmt: skip

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        return ops.where(drawn["batch_masks"], self._others(x, drawn), x)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any, training: bool = True
    ) -> Any:
        """Masks of as many channels as the pictures, with the same rectangles."""
        return self.transform_images(segmentation_masks, transformation, training)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}
