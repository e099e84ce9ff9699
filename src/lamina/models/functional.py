"""Functional models: a graph of calls between symbolic inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph import symbolic
from lamina.graph.structure import flatten, pack
from lamina.graph.tensor import KerasTensor, Traced
from lamina.layers.base import Layer
from lamina.layers.input_layer import Input, input_layer_of
from lamina.layers.masks import kept
from lamina.layers.tracking import unique
from lamina.models.host_stage import HostStage


class CallGraph:
    """The recorded calls between `inputs` and `outputs`, and how to run them on other values.

    Args:
        any_size: whether data may have other sizes than the inputs, where the layers take them.
    """

    def __init__(self, inputs: Any, outputs: Any, any_size: bool = False) -> None:
        self.any_size = any_size
        self.inputs = inputs
        self.outputs = outputs
        self.flat_inputs: list[KerasTensor] = flatten(inputs)
        self.flat_outputs: list[KerasTensor] = flatten(outputs)
        for x in (*self.flat_inputs, *self.flat_outputs):
            if not isinstance(x, KerasTensor):
                raise ArgumentError(
                    "Model", "needs symbolic tensors as inputs and outputs", repr(x)[:80],
                    "start from keras.Input(shape) and call layers on it",
                )  # fmt: skip
        if any(x.history is not None for x in self.flat_inputs):
            self._begin_anew()
        known = {id(x): x for x in self.flat_inputs}
        self.calls = symbolic.calls_before(self.flat_outputs, known)
        self.input_layers = [input_layer_of(x) for x in self.flat_inputs]
        self.input_names = [layer.name for layer in self.input_layers]

    def _begin_anew(self) -> None:
        """Puts inputs of its own in the place of tensors that were computed from others."""
        fresh = [
            x if x.history is None else Input(batch_shape=x.shape, dtype=x.dtype, name=x.name)
            for x in self.flat_inputs
        ]
        known = {id(x): own for x, own in zip(self.flat_inputs, fresh, strict=True)}
        self.flat_outputs = symbolic.replay(self.flat_outputs, known, _apply)
        self.flat_inputs = fresh
        self.inputs = pack(self.inputs, fresh)
        self.outputs = pack(self.outputs, self.flat_outputs)

    @cached_property
    def stage(self) -> HostStage | None:
        """What of it runs on the host, before the rest; None if nothing does."""
        return HostStage.of(self)

    @property
    def entries(self) -> list[KerasTensor]:
        """The tensors that data enter the compiled graph by: the inputs, or those behind the host's
        part.
        """
        return self.flat_inputs if self.stage is None else list(self.stage.boundary.values())

    def entered(self, x: Any) -> list[Any]:
        """The data of each of `entries`."""
        if self.stage is None or not self.stage.is_staged(x):
            return self.matched(x)
        return [x[key] for key in self.stage.boundary]

    def layers(self) -> list[Layer]:
        """Input layers and every layer called, by distance from the outputs, as Keras lists
        them.
        """
        depth: dict[int, int] = {}
        for call in reversed(self.calls):
            below = depth.setdefault(id(call), 0)
            for x in call.needs:
                if x.history is not None and id(x) not in {id(i) for i in self.flat_inputs}:
                    key = id(x.history[0])
                    depth[key] = max(depth.get(key, 0), below + 1)
        deepest: dict[int, tuple[int, int, Any]] = {}
        for order, call in enumerate(self.calls):
            found = deepest.get(id(call.function))
            if isinstance(call.function, Layer) and (found is None or found[0] < depth[id(call)]):
                place = order if found is None else found[1]
                deepest[id(call.function)] = (depth[id(call)], place, call.function)
        inputs = self._input_depths(depth)
        entries = [*inputs, *((d, len(inputs) + o, layer) for d, o, layer in deepest.values())]
        return unique(layer for _, _, layer in sorted(entries, key=lambda e: (-e[0], e[1])))

    def _input_depths(self, depth: Mapping[int, int]) -> list[tuple[int, int, Layer]]:
        found: list[tuple[int, int, Layer]] = []
        for order, (tensor, layer) in enumerate(
            zip(self.flat_inputs, self.input_layers, strict=True)
        ):
            uses = [depth[id(c)] + 1 for c in self.calls if any(x is tensor for x in c.needs)]
            found.append((max(uses, default=0), order, layer))
        return found

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that make the outputs, numbered where one makes several."""
        names: list[str] = []
        for x in self.flat_outputs:
            if x.history is None:
                base = self.input_names[[id(i) for i in self.flat_inputs].index(id(x))]
            else:
                function = x.history[0].function
                base = getattr(function, "name", None) or function.__name__
            name, count = base, 0
            while name in names:
                count += 1
                name = f"{base}_{count}"
            names.append(name)
        return names

    def run(self, inputs: Any, mask: Any = None) -> Any:
        """The outputs for these inputs, each layer called once for each recorded call.

        `mask` has a mask, or None, for each input.
        """
        if self.stage is not None and not symbolic.is_symbolic(inputs):
            return self._run_staged(inputs)
        values = self.matched(inputs)
        masks = [None] * len(values) if mask is None else self.matched(mask)
        for value, own in zip(values, masks, strict=True):
            if own is not None:
                value._keras_mask = own
        known = {
            id(tensor): _fitted(tensor, value, name, self.any_size)
            for tensor, value, name in zip(self.flat_inputs, values, self.input_names, strict=True)
        }
        results = symbolic.replay(self.flat_outputs, known, _apply)
        return pack(self.outputs, results)

    def _run_staged(self, inputs: Any) -> Any:
        """The outputs, what the host does being done, or done now."""
        stage = self.stage
        assert stage is not None
        staged = inputs if stage.is_staged(inputs) else stage.run(inputs)

        def apply(call: symbolic.Call, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
            inner = stage.arguments(staged, call)
            return call.function(*(args if inner is None else [inner, *args[1:]]), **kwargs)

        results = symbolic.replay(self.flat_outputs, stage.values(staged), apply)
        return pack(self.outputs, results)

    def check_arrays(self, inputs: Any, exact: bool = False) -> None:
        """Raises: ShapeError for whole arrays whose rows do not fit the inputs; with `exact` also
        where they may have other sizes.
        """
        if self.stage is not None:
            return
        values = self.matched(inputs)
        for tensor, value, name in zip(self.flat_inputs, values, self.input_names, strict=True):
            _check_shape(tensor.shape[1:], value.shape, name, self.any_size and not exact)

    def matched(self, inputs: Any) -> list[Any]:
        """The inputs in the graph's order; dicts are matched by name."""
        if isinstance(inputs, Mapping) and not isinstance(self.inputs, Mapping):
            missing = [name for name in self.input_names if name not in inputs]
            if missing:
                raise ArgumentError(
                    "Model", f"needs an entry for each input {self.input_names}",
                    f"a dict with {sorted(inputs)}", f"add {missing}",
                )  # fmt: skip
            return [inputs[name] for name in self.input_names]
        values = flatten(inputs)
        if len(values) != len(self.flat_inputs):
            raise ArgumentError(
                "Model", f"needs {len(self.flat_inputs)} inputs {self.input_names}",
                f"{len(values)} inputs", "pass a list with one array for each input",
            )  # fmt: skip
        return values


def _apply(call: symbolic.Call, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    return call.function(*args, **kwargs)


def _fitted(tensor: KerasTensor, value: Any, name: str, any_size: bool) -> Any:
    """The value in the input's rank and dtype; a missing or extra last axis of size 1 is mended."""
    given, have, wanted = value, tuple(value.shape), tensor.shape
    # While a step is traced the number of rows is not that of the data.
    shown = (None, *have[1:]) if isinstance(value, Traced) and have else have
    _check_shape(wanted[1:], have, name, any_size, shown)
    if len(have) < len(wanted):
        value = ops.expand_dims(value, -1)
    elif len(have) > len(wanted):
        value = ops.squeeze(value, -1)
    if value.dtype != tensor.dtype and not isinstance(value, KerasTensor):
        value = ops.cast(value, tensor.dtype)
    return kept(given, value)


def _check_shape(
    sizes: Sequence[int | None],
    have: Sequence[int | None],
    name: str,
    any_size: bool,
    shown: Sequence[int | None] = (),
) -> None:
    """Raises: ShapeError unless data of shape `have` can go into an input with rows of these sizes;
    with `any_size` only the number of axes counts.
    """
    # As in Keras a fixed size of the batch binds only the layers that depend on it.
    wanted, fitted = (None, *sizes), tuple(have)
    if len(have) == len(wanted) - 1 and wanted[-1] == 1:
        fitted = (*have, 1)
    elif len(have) == len(wanted) + 1 and have[-1] == 1:
        fitted = tuple(have[:-1])
    if len(fitted) != len(wanted) or not (any_size or _fits(fitted, wanted)):
        raise ShapeError(
            f"the input '{name}'", f"takes data of shape {wanted}",
            f"data of shape {tuple(shown or have)}",
            "reshape the data, or build the model for this shape",
        )  # fmt: skip


def _fits(have: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    return all(n is None or m is None or n == m for n, m in zip(have, wanted, strict=True))
