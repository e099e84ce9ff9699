"""Keras' `Graph`: a model of named nodes, of Keras 0.3, which Keras 1 kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamina.compat.merge import merge
from lamina.errors import ArgumentError, StateError
from lamina.layers import Activation, Input
from lamina.models import Model


class Graph:
    """Inputs, nodes and outputs by their names; data are dicts by the names of both.

    `compile` makes a `Model` of it, whose methods and attributes it then has, too.
    """

    def __init__(self) -> None:
        self.inputs: dict[str, Any] = {}
        self.nodes: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self._tensors: dict[str, Any] = {}
        self._model: Any = None

    def add_input(
        self,
        name: str,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        dtype: Any = "float",
    ) -> None:
        """A place where data come in; `input_shape` is that of a row."""
        kind = {"float": "float32", "int": "int32", float: "float32", int: "int32"}.get(
            dtype, dtype
        )
        if batch_input_shape:
            tensor = Input(batch_shape=tuple(batch_input_shape), name=name, dtype=kind)
        else:
            tensor = Input(tuple(input_shape or ()), name=name, dtype=kind)
        self.inputs[name] = self._named(name, tensor)

    def add_node(
        self,
        layer: Any,
        name: str,
        input: str | None = None,
        inputs: Sequence[str] = (),
        merge_mode: str = "concat",
        concat_axis: int = -1,
        dot_axes: Any = -1,
        create_output: bool = False,
    ) -> None:
        """A layer on a node, or on several that are merged."""
        tensor = self._of(input, inputs, merge_mode, concat_axis, dot_axes)
        self.nodes[name] = layer
        self._named(name, layer(tensor))
        if create_output:
            self.add_output(name, input=name)

    def add_shared_node(
        self,
        layer: Any,
        name: str,
        inputs: Sequence[str] = (),
        merge_mode: str | None = None,
        concat_axis: int = -1,
        dot_axes: Any = -1,
        outputs: Sequence[str] = (),
        create_output: bool = False,
    ) -> None:
        """A layer on each of several nodes: results by the names `outputs`, or merged as `name`.

        Raises: ArgumentError if neither, or both, are asked for.
        """
        if bool(outputs) == bool(merge_mode) or (outputs and len(outputs) != len(inputs)):
            raise ArgumentError(
                f"Graph.add_shared_node('{name}')",
                "gives one result for each of its inputs, or all merged",
                f"outputs={list(outputs)}, merge_mode={merge_mode!r} for {len(inputs)} inputs",
                "pass a name for each input in outputs=, or merge_mode=",
            )
        results = [layer(self._of(one, (), "concat", -1, -1)) for one in inputs]
        self.nodes[name] = layer
        for output, tensor in zip(outputs, results, strict=False):
            self._named(output, tensor)
        if merge_mode:
            merged = merge(results, mode=merge_mode, concat_axis=concat_axis, dot_axes=dot_axes)
            self._named(name, merged)
        if create_output:
            for output in outputs or (name,):
                self.add_output(output, input=output)

    def add_output(
        self,
        name: str,
        input: str | None = None,
        inputs: Sequence[str] = (),
        merge_mode: str = "concat",
        concat_axis: int = -1,
        dot_axes: Any = -1,
    ) -> None:
        """A place where predictions come out: a node, or several that are merged."""
        tensor = self._of(input, inputs, merge_mode, concat_axis, dot_axes)
        # An output is named by its layer, so it has one of its own.
        self.outputs[name] = Activation("linear", name=f"output_{name}")(tensor)
        self._model = None

    def compile(
        self, optimizer: Any, loss: Mapping[str, Any], metrics: Any = (), loss_weights: Any = None,
        sample_weight_modes: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        """Makes the model; `loss` and `loss_weights` are dicts by the outputs' names."""
        del sample_weight_modes  # Weights may have an axis for the steps of a series.
        weights = None if loss_weights is None else self._by_layer(loss_weights)
        self._made().compile(
            optimizer=optimizer, loss=self._by_layer(loss), metrics=list(metrics) or None,
            loss_weights=weights, **kwargs,
        )  # fmt: skip

    def fit(self, data: Mapping[str, Any], validation_data: Any = None, **kwargs: Any) -> Any:
        """`Model.fit` on a dict of inputs and targets."""
        if validation_data is not None:
            validation_data = self._split(validation_data)
        return self._made().fit(*self._split(data), validation_data=validation_data, **kwargs)

    def evaluate(self, data: Mapping[str, Any], **kwargs: Any) -> Any:
        """`Model.evaluate` on a dict of inputs and targets."""
        return self._made().evaluate(*self._split(data), **kwargs)

    def train_on_batch(self, data: Mapping[str, Any], **kwargs: Any) -> Any:
        """`Model.train_on_batch` on a dict of inputs and targets."""
        return self._made().train_on_batch(*self._split(data), **kwargs)

    def test_on_batch(self, data: Mapping[str, Any], **kwargs: Any) -> Any:
        """`Model.test_on_batch` on a dict of inputs and targets."""
        return self._made().test_on_batch(*self._split(data), **kwargs)

    def predict(self, data: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Predictions by the outputs' names."""
        return self._by_name(self._made().predict(self._inputs_of(data), **kwargs))

    def predict_on_batch(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Predictions of one batch by the outputs' names."""
        return self._by_name(self._made().predict_on_batch(self._inputs_of(data)))

    def fit_generator(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """`Model.fit_generator` on a generator of dicts, or of pairs of a dict and weights."""
        given = kwargs.get("validation_data")
        if isinstance(given, Mapping):
            kwargs["validation_data"] = self._split(given)
        elif given is not None:
            kwargs["validation_data"] = map(self._split, given)
        return self._made().fit_generator(map(self._split, generator), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._made(), name)

    def _named(self, name: str, tensor: Any) -> Any:
        if name in self._tensors:
            raise ArgumentError(
                "Graph", "has a node of each name once", repr(name), "give it another name"
            )
        self._tensors[name] = tensor
        return tensor

    def _of(
        self, one: str | None, several: Sequence[str], mode: str, concat_axis: int, dot_axes: Any
    ) -> Any:
        names = [one] if one else list(several)
        for name in names:
            if name not in self._tensors:
                raise ArgumentError(
                    "Graph", f"has no node {name!r}", ", ".join(self._tensors), "add it before"
                )
        tensors = [self._tensors[name] for name in names]
        if len(tensors) == 1:
            return tensors[0]
        return merge(tensors, mode=mode, concat_axis=concat_axis, dot_axes=dot_axes)

    def _made(self) -> Any:
        if self._model is None:
            if not self.inputs or not self.outputs:
                raise StateError(
                    "Graph", "needs an input and an output",
                    f"{len(self.inputs)} inputs, {len(self.outputs)} outputs",
                    "call add_input and add_output",
                )  # fmt: skip
            self._model = Model(list(self.inputs.values()), list(self.outputs.values()))
        return self._model

    def _by_layer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {f"output_{name}": value for name, value in given.items()}

    def _by_name(self, predicted: Any) -> dict[str, Any]:
        several = predicted if isinstance(predicted, list) else [predicted]
        return dict(zip(self.outputs, several, strict=True))

    def _inputs_of(self, data: Mapping[str, Any]) -> list[Any]:
        return [data[name] for name in self.inputs]

    def _split(self, data: Any) -> tuple[Any, ...]:
        """Inputs and targets of a dict; sample weights by the outputs' names, if they stand by."""
        if isinstance(data, tuple):
            data, weights = data
            per_output = [weights.get(name) for name in self.outputs]
            return (*self._split(data), per_output)
        return self._inputs_of(data), [data[name] for name in self.outputs]
