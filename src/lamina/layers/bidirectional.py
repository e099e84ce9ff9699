"""Bidirectional: a recurrent layer run in both directions."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, StateError
from lamina.graph.structure import flatten
from lamina.layers import serialization
from lamina.layers.base import Layer
from lamina.layers.wrapper import check_layer

MODES = ("concat", "sum", "mul", "ave", None)


class Bidirectional(Layer):
    """Copies of a recurrent layer run forwards and backwards, their outputs merged.

    Shapes: x (B, T, ...) -> y (B, 2 units) or (B, T, 2 units) for "concat", (B, units) or (B, T,
        units) for the other modes, two of them for None; with return_state the states of the
        forward, then of the backward layer follow.
    Args:
        layer: the recurrent layer to copy; its weights are not taken over.
        merge_mode: "concat", "sum", "mul", "ave", or None for both outputs by themselves.
        weights: first values for the weights, those of the forward layer first.
        backward_layer: used as it is for the other direction, by default a copy of `layer`.
    Raises: ArgumentError for layers that do not go together; NotALayerError for what is no layer.
    Source: Schuster & Paliwal 1997.
    Keras:  a sequence that is returned has zeros in its masked steps.
    """

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        check_layer("Bidirectional", layer)
        if merge_mode not in MODES:
            raise ArgumentError(
                "Bidirectional", "does not know this merge_mode", repr(merge_mode),
                f"use one of {', '.join(map(repr, MODES))}",
            )  # fmt: skip
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer, "forward_")
        if backward_layer is None:
            self.backward_layer = _copy(layer, "backward_", go_backwards=True)
        else:
            check_layer("Bidirectional(backward_layer=...)", backward_layer)
            self.backward_layer = backward_layer
        self._check()
        for each in (self.forward_layer, self.backward_layer):
            if hasattr(each, "zero_output_for_mask"):
                each.zero_output_for_mask = each.return_sequences
        self.merge_mode = merge_mode
        self._first_weights = weights
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def _check(self) -> None:
        pair = (self.forward_layer, self.backward_layer)
        forward, backward = (layer.go_backwards for layer in pair)
        if forward == backward:
            raise ArgumentError(
                "Bidirectional", "needs layers that go in different directions",
                f"go_backwards={forward} of both", "set go_backwards in one of them only",
            )  # fmt: skip
        for name in ("stateful", "return_sequences", "return_state"):
            forward, backward = (getattr(layer, name) for layer in pair)
            if forward != backward:
                raise ArgumentError(
                    "Bidirectional", f"needs layers with the same {name}",
                    f"{forward} for the forward, {backward} for the backward layer",
                    "give both the same",
                )  # fmt: skip

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Builds both layers."""
        self.forward_layer.build_inside(sequences_shape)
        self.backward_layer.build_inside(sequences_shape)
        if self._first_weights:
            half = len(self._first_weights) // 2
            self.forward_layer.set_weights(self._first_weights[:half])
            self.backward_layer.set_weights(self._first_weights[half:])
            self._first_weights = None

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = None,
    ) -> Any:
        """The merged outputs; the first half of `initial_state` is the forward layer's."""
        count = 0 if initial_state is None else len(initial_state)
        half = count // 2
        given = (initial_state[:half], initial_state[half:]) if count else (None, None)
        y, back = (
            layer(sequences, initial_state=states, **self._options(layer, mask, training))
            for layer, states in zip((self.forward_layer, self.backward_layer), given, strict=True)
        )
        states: tuple[Any, ...] = ()
        if self.return_state:
            states, y, back = (*y[1:], *back[1:]), y[0], back[0]
        if self.return_sequences:
            back = ops.flip(back, axis=1)
        merged = self._merged(y, back)
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    @staticmethod
    def _options(layer: Any, mask: Any, training: bool | None) -> dict[str, Any]:
        given = {"training": training, "mask": mask}
        return {name: value for name, value in given.items() if layer._takes(name)}

    def _merged(self, y: Any, back: Any) -> Any:
        y, back = (ops.cast(x, self.compute_dtype) for x in (y, back))
        if self.merge_mode == "concat":
            return ops.concatenate([y, back], axis=-1)
        if self.merge_mode == "mul":
            return ops.multiply(y, back)
        if self.merge_mode is None:
            return y, back
        total = ops.add(y, back)
        return total if self.merge_mode == "sum" else ops.divide(total, 2)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """That of the sequences if the outputs are sequences."""
        own = flatten(previous_mask)[0] if self.return_sequences else None
        return own if self.merge_mode else (own, own)

    # ── states that are kept ──

    def reset_state(self) -> None:
        """Sets the states that were kept to zero.

        Raises: StateError if none are kept.
        """
        if not self.stateful:
            raise StateError(
                f"Bidirectional '{self.name}'", "keeps no states", "reset_state()",
                "make the layer with stateful=True",
            )  # fmt: skip
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    @property
    def states(self) -> Any:
        """The states that are kept, the forward layer's first, or None."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    # ── configuration ──

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialization.serialize(self.forward_layer),
            "backward_layer": serialization.serialize(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` describes."""
        inner = {
            key: serialization.deserialize(config[key], custom_objects)
            for key in ("layer", "backward_layer")
            if config.get(key) is not None
        }
        return cls(**{**config, **inner})


def _copy(layer: Any, prefix: str, **changes: Any) -> Any:
    """A new layer of the same arguments, named with this prefix."""
    name = f"{prefix}{layer.name.removeprefix(prefix)}"
    config = {**layer.get_config(), "name": name, **changes}
    copy = type(layer).from_config(config)
    if hasattr(layer, "use_cudnn"):
        copy.use_cudnn = layer.use_cudnn
    return copy
