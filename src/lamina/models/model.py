"""Model: a layer that can be compiled, trained, evaluated and asked for predictions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lamina.custom_objects import CustomObjectScope
from lamina.data.arrays import read
from lamina.errors import ArgumentError, MissingNameError, TraceError, UnsupportedError
from lamina.graph import symbolic, trace
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import KerasTensor, Tensor
from lamina.layers.base import Layer
from lamina.layers.given import made_from
from lamina.models import direct
from lamina.models.checks import check_count
from lamina.models.functional import CallGraph
from lamina.models.host_stage import stage_of
from lamina.models.hosting import staged_call
from lamina.models.serving import CompiledPredict, rows_like_inputs
from lamina.models.state_methods import OfState
from lamina.models.trainer import Trainer

if TYPE_CHECKING:
    from lamina.inspect.explain import Explanation


class Model(Trainer, OfState, Layer):
    """A network: `Model(inputs, outputs)` from symbolic tensors, or a subclass with its own `call`.

    Args:
        inputs, outputs: symbolic tensors, or lists or dicts of them.
        name: default "functional", or the class name in snake case, numbered.
    """

    _untracked = Layer._untracked | {
        "_graph", "_programs", "_logs", "history", "optimizer", "_loss_tracker", "_objective",
        "_metrics_set", "_compiled", "_trained_weights",
    }  # fmt: skip

    _symbolic_losses: tuple[KerasTensor, ...] = ()

    _uncounted = Layer._uncounted | {
        "compiled", "history", "loss", "optimizer", "run_eagerly", "stop_training",
    }  # fmt: skip

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """`Model(inputs, outputs)` makes a Functional."""
        if cls is Model and (len(args) >= 2 or "outputs" in kwargs):
            return super().__new__(Functional)
        return super().__new__(cls)

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any
    ) -> None:
        Layer.__init__(self, name=name, **kwargs)
        Trainer.__init__(self)
        self._graph: CallGraph | None = None
        if (inputs is None) != (outputs is None):
            raise ArgumentError(
                "Model", "needs both inputs and outputs", "only one of them",
                "pass Model(inputs=..., outputs=...)",
            )  # fmt: skip
        if inputs is not None:
            self._set_graph(inputs, outputs)

    def _set_graph(self, inputs: Any, outputs: Any) -> None:
        self._graph = CallGraph(inputs, outputs)
        self._graph_layers = self._graph.layers()
        self.built = True

    def build(self, input_shape: Any) -> None:
        """Builds a subclassed model by calling it on a symbolic tensor of this shape."""
        if self._graph is None and type(self).call is not Layer.call:
            from lamina.layers.base import map_structure_of_shapes

            self.built = True
            self(map_structure_of_shapes(lambda s: KerasTensor(s, self.compute_dtype), input_shape))
        self.built = True

    def _build_with(self, shapes: list[Any], kwargs: dict[str, Any]) -> None:
        arguments = self.__dict__.get("_built_by")
        if arguments is None or type(self).build is not Model.build or self._graph is not None:
            super()._build_with(shapes, kwargs)
            return
        self.built = True
        args, kwargs = map_structure(_symbol, list(arguments))
        self(*args, **kwargs)

    def _ensure_built(self, args: Any, kwargs: dict[str, Any]) -> None:
        if self.built:
            return
        self.__dict__["_built_by"] = list(args), kwargs
        try:
            super()._ensure_built(args, kwargs)
        except TraceError:
            if trace.current() is not None or symbolic.is_symbolic(args, kwargs):
                raise
            # An eager call has values to look at, and builds the layers that it comes to.
            self.built = True
        finally:
            del self.__dict__["_built_by"]

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The outputs: the graph's, unless a subclass says otherwise."""
        if self._graph is None:
            raise UnsupportedError(
                f"{type(self).__name__}", "does not say what it computes",
                "a model without layers and without `call`",
                "define call(self, inputs), or pass inputs and outputs",
            )  # fmt: skip
        return self._graph.run(inputs, mask)

    def _spec(self, args: Any) -> Any:
        """What a model returns that cannot be traced whole, as its graph says."""
        if stage_of(self) is None:
            return super()._spec(args)
        assert self._graph is not None
        return map_structure(lambda x: KerasTensor(x.shape, x.dtype), self._graph.outputs)

    def _begins_on_host(self) -> bool:
        """Whether it waits for data, and its first layer works on the host."""
        return False

    def _only_runs_graph(self) -> bool:
        """Whether a call does what the recorded graph says, and nothing else."""
        plain = type(self).__call__ is Model.__call__
        return plain and self._graph is not None and self._runs_graph()

    def _runs_graph(self) -> bool:
        return type(self).call is Model.call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs, as of any layer; a call on arrays alone may run compiled (`direct`)."""
        args = staged_call(self, args, kwargs)
        key = direct.key_of(self, args, kwargs)
        if key is None:
            return super().__call__(*args, **kwargs)
        outputs = direct.call(self, key, args[0])
        if outputs is None:
            outputs = super().__call__(*args, **kwargs)
            direct.note(self, key, outputs)
        return outputs

    def compile_predict(self, batch: int = 1, like: Any = None) -> CompiledPredict:
        """The model as a plain function of a batch, to serve it: fast, for any number of threads.

        It keeps the weights as they are now; train on, and make another.

        Args:
            batch: rows a call; fewer may come where every op has a masked form.
            like: data like those to come, needed if the model was not built from an Input of fixed
                shape.

        Raises: ArgumentError where `like` is needed; UnsupportedError for a model whose state
            changes when it predicts.
        """
        check_count("compile_predict", "batch", batch)
        if stage_of(self) is not None:
            raise UnsupportedError(
                f"{self.name}.compile_predict", "serves models that begin with numbers",
                "a layer that works on the host", "serve the model behind it, or use predict",
            )  # fmt: skip
        data = rows_like_inputs(self) if like is None else read("compile_predict", like)
        return CompiledPredict(self, batch, data)

    # ── losses ──

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar, or several, to what `fit` minimises: inside `call` what was computed
        there; outside it symbolic tensors of the model, which are computed in every step.
        """
        for value in flatten([loss]):
            if isinstance(value, KerasTensor):
                self._symbolic_losses = (*self._symbolic_losses, value)
                self._forget_programs()
            else:
                super().add_loss(value)

    @property
    def losses(self) -> list[Any]:
        """What was added, and the regularisation of trainable weights."""
        found = super().losses
        for tensor in self._symbolic_losses:
            values = symbolic.values_here((tensor,), {})
            if values is not None:
                found.append(values[0][0])
        return found

    # ── what is inside ──

    @property
    def layers(self) -> list[Layer]:
        """The layers, inputs first."""
        return self._shown_layers()

    @layers.setter
    def layers(self, _: Any) -> None:
        raise ArgumentError(
            f"Model '{self.name}'", "finds its layers by itself", "an assignment to `layers`",
            "use another attribute name",
        )  # fmt: skip

    def _shown_layers(self) -> list[Layer]:
        return list(self._flatten_layers(include_self=False, recursive=False))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of this name or at this place.

        Raises: ArgumentError, listing the names, if there is none.
        """
        layers = self.layers
        if index is not None and name is None and -len(layers) <= index < len(layers):
            return layers[index]
        for layer in layers:
            if name is not None and index is None and layer.name == name:
                return layer
        raise ArgumentError(
            f"{self.name}.get_layer", "found no such layer",
            f"name={name!r}, index={index!r}", f"layers: {[layer.name for layer in layers]}",
        )  # fmt: skip

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs."""
        return list(self._known_graph("inputs").flat_inputs)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs."""
        return list(self._known_graph("outputs").flat_outputs)

    @property
    def input(self) -> Any:
        """The symbolic input, or inputs as they were given."""
        return self._known_graph("input").inputs

    @property
    def output(self) -> Any:
        """The symbolic output, or outputs as they were given."""
        return self._known_graph("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the input, or a list of shapes."""
        shapes = [x.shape for x in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The shape of the output, or a list of shapes."""
        shapes = [x.shape for x in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return list(self._known_graph("input_names").input_names)

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs, by the layers that make them."""
        return self._known_graph("output_names").output_names

    def _known_graph(self, what: str) -> CallGraph:
        if self._graph is None:
            raise MissingNameError(
                f"{type(self).__name__} '{self.name}'", f"has no {what} yet",
                "a model that was not built from symbolic tensors",
                "call it on data first, or give its first layer an input shape",
            )  # fmt: skip
        return self._graph

    # ── looking at it ──

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Prints a table of the layers: output shapes, parameters, connections."""
        from lamina.models.outline import print_summary

        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    def explain(self) -> Explanation:
        """What the calls so far made of the model: for each program and step its kernels, with
        their layers, ops, shapes, flops, bytes and vectors, and how long each stage took.

        `print(model.explain())` shows it. Raises: StateError before the first call on data.
        """
        from lamina.inspect.explain import explain

        return explain(self)

    # ── as a configuration ──

    def get_config(self) -> dict[str, Any]:
        """What makes an equal model, weights apart: its layers and calls, or for a class of the
        user's the arguments that it was made with.
        """
        if self._graph is None or not _made_of_tensors(type(self)):
            return super().get_config()
        from lamina.models.graph_config import graph_config

        return {
            "name": self.name, "trainable": self.trainable,
            **graph_config(self._graph, self.name),
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The model that `get_config` describes.

        Raises: ArgumentError for a configuration that is none.
        """
        if not {"layers", "input_layers", "output_layers"} <= set(config):
            with CustomObjectScope(custom_objects or {}):
                return made_from(cls, config)
        from lamina.models.graph_config import read_graph

        with CustomObjectScope(custom_objects or {}):
            inputs, outputs = read_graph(config, f"{cls.__name__}.from_config")
            return cls(inputs=inputs, outputs=outputs, name=config.get("name"),
                       trainable=config.get("trainable", True))  # fmt: skip

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile` as configurations; empty before it."""
        from lamina.models.compile_config import compile_config

        return compile_config(self)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` says, and makes the optimizer's variables."""
        from lamina.models.compile_config import compile_from

        compile_from(self, config)

    def to_json(self, **kwargs: Any) -> str:
        """The model without its weights as a text, for `model_from_json`.

        `kwargs` go to `json.dumps`, `indent=2` for instance.
        """
        import json

        from lamina.configurations import serialize_keras_object

        return json.dumps(serialize_keras_object(self), **kwargs)

    # ── in files ──

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Writes the whole model into a file: layers, weights, `compile` and the optimizer's state.

        Args:
            filepath: a path, or an open binary file; ".keras" is Keras' own ending.
            overwrite: False asks first if there is a file already.
        """
        from lamina.saving import save_model

        save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Writes the weights into a file; ".weights.h5" is Keras' own ending."""
        from lamina.saving import save_weights

        save_weights(self, filepath, overwrite=overwrite, **kwargs)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Reads the weights from a file; nothing changes unless all fit.

        Args:
            skip_mismatch: leaves out, with a warning, layers whose weights do not fit.
            by_name, limits: see `lamina.saving.load_weights`.

        Raises: FileError, ShapeError, FileNotFoundError.
        """
        from lamina.saving import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def __reduce__(self) -> Any:
        """Models are pickled, and copied, as files are written."""
        from lamina.models.cloning import packed

        return packed(self)

    def __deepcopy__(self, memo: Any) -> Any:
        make, arguments = self.__reduce__()
        return make(*arguments)

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Writes what the model predicts into a file that other programs run without lamina.

        Args:
            filepath: a path.
            format: "onnx" (needs the package onnx: `pip install 'lamina[onnx]'`). Keras' others
                are not offered.
            verbose: whether to print where the file is; None does.
            input_signature: `InputSpec`s, symbolic tensors or arrays in the place of the inputs;
                default those of the model, with the number of rows open. Axes of sequences and
                pictures need their sizes.
            opset_version: version of ONNX' operators, from 13 up; default 18.

        Raises: UnsupportedError for other formats, and for a layer that ONNX has no op for, which
            it names; DependencyError without onnx; NotBuiltError, ArgumentError, OSError.
        """
        from lamina.saving.onnx.formats import export

        export(self, filepath, format, verbose, input_signature, **kwargs)


class Functional(Model):
    """A model made of symbolic inputs and outputs."""


def _made_of_tensors(cls: type) -> bool:
    """Whether the class is made as `Model(inputs, outputs)` is."""
    names = list(inspect.signature(cls).parameters)[:2]
    return cls in (Model, Functional) or names == ["inputs", "outputs"]


def _symbol(x: Any) -> Any:
    """A symbolic tensor in the place of a value."""
    return KerasTensor(x.shape, x.dtype) if isinstance(x, Tensor) else x
