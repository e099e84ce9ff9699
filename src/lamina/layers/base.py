"""Layer: weights, a `build` that makes them once shapes are known, and a `call` written with
ops.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from lamina import ops, regularizers
from lamina.errors import (
    ArgumentError,
    ArgumentTypeError,
    LaminaError,
    NotBuiltError,
    UnsupportedError,
)
from lamina.graph import budget, dtypes, stateless, symbolic, trace
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import KerasTensor, Tensor
from lamina.layers import context, masks
from lamina.layers.arguments import dtype_config, dtype_of, shape_argument, what_it_takes
from lamina.layers.given import made_from, noting, own_arguments
from lamina.layers.input_spec import InputSpec, check_inputs
from lamina.layers.stateless_calls import stateless_call
from lamina.layers.tracking import unique
from lamina.layers.weighted import Weighted
from lamina.naming import path_of, scope, snake_case, unique_name

Shape = tuple[int | None, ...]


class Layer(Weighted):
    """Base of all layers and models.

    Args:
        activity_regularizer: adds a loss of the layer's outputs.
        trainable: whether `fit` changes its weights.
        dtype: of weights and computation, default floatx.
        name: default the class name in snake case, numbered.
        input_shape, input_dim, batch_input_shape, batch_size: the shape of the input without (or
            with) the batch, on the first layer of a `Sequential`.
    """

    _untracked: ClassVar[frozenset[str]] = frozenset(
        {"_losses", "_calls", "_weights_trainable", "_weights_fixed", "_built_for", "input_spec"}
    )

    # Attributes whose change cannot change what the layer computes.
    _uncounted: ClassVar[frozenset[str]] = frozenset({"built", "name", "path"})
    # How many attributes were set since the layer was built: compiled programs are older or not.
    _changes = 0

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_" and name not in self._uncounted and self.__dict__.get("built"):
            self.__dict__["_changes"] = self._changes + 1
        super().__setattr__(name, value)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """What a class of the user's is made with is kept for `get_config`; a `build` that is
        called by hand does all that building is.
        """
        super().__init_subclass__(**kwargs)
        if not cls.__module__.startswith("lamina.") and "__init__" in cls.__dict__:
            cls.__init__ = noting(cls.__dict__["__init__"])  # type: ignore[method-assign]
        if not cls.__module__.startswith("lamina.models.") and "build" in cls.__dict__:
            cls.build = _by_hand(cls.__dict__["build"])  # type: ignore[method-assign]

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ArgumentError(
                type(self).__name__, "needs a name without '/'", repr(name), "choose another name"
            )
        budget.count_layer()
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._begin_weights(bool(trainable), dtype_of(dtype))
        self.built = False
        self.autocast = autocast
        self.supports_masking = type(self).compute_mask is not Layer.compute_mask
        self.input_spec: Any = None
        self._losses: list[Any] = []
        self._calls: list[symbolic.Call] = []
        self._built_for: list[Any] = []
        self.path = path_of(self.name)
        self._input_shape_arg = shape_argument(type(self).__name__, kwargs)
        if kwargs:
            raise ArgumentTypeError(
                f"{type(self).__name__} '{self.name}'",
                f"does not know {'this argument' if len(kwargs) == 1 else 'these arguments'}",
                ", ".join(sorted(kwargs)),
                what_it_takes(type(self), min(kwargs)),
            )

    # ── what is inside ──

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Layer]:
        found = [self] if include_self else []
        for layer in self._layers:
            found += layer._flatten_layers() if recursive else [layer]
        return unique(found)

    @property
    def metrics(self) -> list[Any]:
        """The metrics of this layer and of those inside it."""
        return unique(m for layer in self._flatten_layers() for m in layer._own_metrics())

    @property
    def metrics_variables(self) -> list[Any]:
        """The variables of `metrics`."""
        return [v for metric in self.metrics for v in metric.variables]

    # ── losses ──

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar, or several, to what `fit` minimises; call it inside `call`."""
        added = [x for x in flatten([loss]) if x is not None]
        self._losses.extend(added)
        scope = stateless.current()
        if scope is not None and scope.collect_losses:
            scope.losses.extend(added)

    @property
    def losses(self) -> list[Any]:
        """What was added in the last call, and the regularisation of trainable weights."""
        added = [x for layer in self._flatten_layers() for x in layer._losses]
        penalties = []
        for weight in self.trainable_weights:
            if weight.regularizer is not None:
                with trace.scoped(weight.path):
                    penalties.append(weight.regularizer(weight.value))
        return [*added, *penalties]

    def _clear_losses(self) -> None:
        for layer in self._flatten_layers():
            layer._losses.clear()

    # ── building and calling ──

    def build(self, *shapes: Any, **named: Any) -> None:
        """Makes the weights for inputs of this shape (the batch included). Override it."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The layer's function, written with lamina.ops. Override it."""
        raise UnsupportedError(
            f"{type(self).__name__}", "does not say what it computes", "a class without `call`",
            "define call(self, inputs)",
        )  # fmt: skip

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = map_structure(self._converted, [list(args), kwargs])
        self._ensure_built(args, kwargs)
        check_inputs(self, args[0] if args else None)
        training = kwargs.get("training")
        if self._takes("training") and len(args) > (place := self._place("training")):
            training = args[place]
        with context.entered(self, training) as now:
            if now.entry is self:
                self._clear_losses()
            if symbolic.is_symbolic(args, kwargs):
                traced = symbolic.values_here(args, kwargs)
                if traced is None:
                    return self._symbolic_call(args, kwargs)
                args, kwargs = traced
            return self._run(args, kwargs, now.training)

    def stateless_call(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """What a call gives with these values in the place of the variables, which stay as they
        are: (outputs, the other variables after it), and the losses as a third with
        `return_losses`.

        Raises: NotBuiltError before the first call; ArgumentError for lists of other lengths.
        """
        return stateless_call(
            self, trainable_variables, non_trainable_variables, args, kwargs, return_losses
        )

    def _run(self, args: Sequence[Any], kwargs: dict[str, Any], training: bool | None) -> Any:
        if self._takes("training"):
            if len(args) <= self._place("training") and kwargs.get("training") is None:
                kwargs = {**kwargs, "training": training}
        else:
            kwargs = {k: v for k, v in kwargs.items() if k != "training"}
        kwargs = masks.filled(_parameters(type(self).call), args, kwargs)
        with trace.scoped(self.name):
            try:
                outputs = self.call(*args, **kwargs)
            except LaminaError as error:
                error.name_layer(f"{type(self).__name__} '{self.name}'")
                raise
            self._regularize_activity(outputs)
        self._hand_on_masks(args, kwargs, outputs)
        return outputs

    def _regularize_activity(self, outputs: Any) -> None:
        if self.activity_regularizer is not None:
            for output in flatten(outputs):
                if isinstance(output, Tensor):
                    penalty = self.activity_regularizer(output)
                    rows = ops.cast(output.shape[0] if output.ndim else 1, penalty.dtype)
                    self.add_loss(ops.divide_no_nan(penalty, rows))

    def _hand_on_masks(self, args: Sequence[Any], kwargs: Mapping[str, Any], outputs: Any) -> None:
        mask = masks.arriving(args, kwargs)
        # Most layers hand on the mask that comes, and make none.
        if type(self).compute_mask is Layer.compute_mask and all(m is None for m in flatten(mask)):
            return
        masks.hand_on(self, args[0] if args else None, outputs, mask)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask that goes on with the outputs; by default that of the inputs."""
        return previous_mask

    def _symbolic_call(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        def infer(*a: Any, **k: Any) -> Any:
            with context.entered(self, None) as now:
                return self._run(a, k, now.training)

        outputs = symbolic.record(self, args, kwargs, infer, self._spec(args))
        self._losses.clear()
        self._calls.append(_call_of(outputs))
        self._hand_on_masks(args, masks.filled(_parameters(type(self).call), args, kwargs), outputs)
        return outputs

    def _states_spec(self) -> bool:
        return type(self).compute_output_shape is not Layer.compute_output_shape

    def _spec(self, args: Sequence[Any]) -> Any:
        """The results' shapes where the class states them itself, else None."""
        if not self._states_spec():
            return None
        try:
            shape = self.compute_output_shape(map_structure(lambda x: tuple(x.shape), args[0]))
        except AttributeError:
            return None  # What it needs is made by the call.
        if _is_shape(shape):
            return KerasTensor(tuple(shape), self.compute_dtype)
        return map_structure_of_shapes(lambda s: KerasTensor(s, self.compute_dtype), shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for an input of this shape (None where open)."""
        if _is_shape(input_shape):
            given: Any = KerasTensor(tuple(input_shape), self.compute_dtype)
        else:
            given = map_structure_of_shapes(
                lambda s: KerasTensor(s, self.compute_dtype), input_shape
            )
        if not self._states_spec():
            spec = self.compute_output_spec(given)
        else:
            # A class of the user's asks what the layer that it derives from would give.
            call = next(c.__dict__["call"] for c in type(self).__mro__
                        if "call" in c.__dict__ and c.__module__.startswith("lamina."))  # fmt: skip
            self._ensure_built((given,), {})
            spec = symbolic.output_spec(functools.partial(call, self), (given,), {})
        return map_structure(lambda x: x.shape, spec)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic tensors of the output's shape and dtype, for symbolic inputs."""
        self._ensure_built(args, kwargs)

        def infer(*a: Any, **k: Any) -> Any:
            with context.entered(self, None) as now:
                return self._run(a, k, now.training)

        spec = symbolic.output_spec(infer, args, kwargs)
        self._losses.clear()
        return spec

    def _converted(self, leaf: Any) -> Any:
        """Arrays and variables become tensors, floats the layer's dtype."""
        if not isinstance(leaf, Tensor) and not hasattr(leaf, "__array__"):
            return leaf
        if isinstance(leaf, np.ndarray) and leaf.dtype == np.float16:
            leaf = leaf.astype(self.compute_dtype)
        tensor = leaf if isinstance(leaf, Tensor) else ops.convert_to_tensor(leaf)
        if not self.autocast or not dtypes.is_float(tensor.dtype):
            return tensor
        if tensor.dtype == self.compute_dtype:
            return tensor
        if isinstance(tensor, KerasTensor):
            return tensor
        return masks.kept(leaf, ops.cast(tensor, self.compute_dtype))

    def _ensure_built(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        if self.built:
            return
        shapes = map_structure(
            lambda x: tuple(int(n) if n is not None else None for n in x.shape), _tensors(args)
        )
        self._build_once(list(shapes), kwargs)

    def _build_early(self) -> None:
        parameters = list(inspect.signature(self.build).parameters.values())
        alone = len(parameters) == 1 and parameters[0].default is None
        if not self.built and alone and not self._layers:
            self._build_once([], {})

    def build_inside(self, shape: Any) -> None:
        """Builds the layer for inputs of this shape, as part of the layer that is being built."""
        if not self.built:
            self._build_once([tuple(shape)], {})

    def _build_once(self, shapes: list[Any], kwargs: dict[str, Any]) -> None:
        # Weights are made eagerly even while something else is being traced.
        self.__dict__["_building"] = True
        try:
            with scope(self.name), trace.suspended():
                self.path = path_of("")[:-1]
                self._build_with(shapes, kwargs)
        finally:
            self.__dict__["_building"] = False
        self.built = True
        self._built_for = list(shapes)

    def get_build_config(self) -> dict[str, Any] | None:
        """The shape of the inputs for which the layer was built, or several, by the names of
        `build`; None before that.
        """
        if not self._built_for:
            return None
        names = _parameters(type(self).build)
        if len(self._built_for) == 1 or len(names) < len(self._built_for):
            return {"input_shape": self._built_for[0]}
        return {"shapes_dict": dict(zip(names, self._built_for, strict=False))}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Builds the layer for the shapes that `get_build_config` gave."""
        shapes = config.get("shapes_dict") or {"input_shape": config.get("input_shape")}
        known = [shape for shape in map(tuples, shapes.values()) if shape is not None]
        if known and not self.built:
            self._build_once(known, {})

    def _build_with(self, shapes: list[Any], kwargs: dict[str, Any]) -> None:
        parameters = list(inspect.signature(self.build).parameters.values())
        takes_all = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        if takes_all or len(parameters) <= 1:
            self.build(*shapes[:1])
            return
        named = {
            f"{key}_shape": tuple(x.shape) for key, x in kwargs.items() if isinstance(x, Tensor)
        }
        names = [p.name for p in parameters]
        positional = dict(zip(names, shapes, strict=False))
        self.build(**positional, **{k: v for k, v in named.items() if k in names})

    # ── signature of `call` ──

    def _takes(self, name: str) -> bool:
        return name in _parameters(type(self).call)

    def _place(self, name: str) -> int:
        return _parameters(type(self).call).index(name)

    # ── symbolic history ──

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's only symbolic call."""
        call = self._only_call()
        return call.inputs[0] if len(call.inputs) == 1 else call.inputs

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's only symbolic call."""
        return self._only_call().outputs

    def _only_call(self) -> symbolic.Call:
        if not self._calls:
            raise MissingHistoryError(self)
        return self._calls[0]

    # ── configuration ──

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer.

        Those of a class of the user's that does not say them itself are what it was made with.
        Raises: UnsupportedError if these are more than numbers, texts and lists of them.
        """
        config: dict[str, Any] = {
            **own_arguments(self), "name": self.name, "trainable": self._trainable,
            "dtype": dtype_config(self._dtype),
        }  # fmt: skip
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` describes."""
        return made_from(cls, config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _by_hand(build: Callable[..., None]) -> Callable[..., None]:
    """A `build` that, unless the layer is being built, builds it with its name, once."""

    @functools.wraps(build)
    def built(self: Any, *args: Any, **kwargs: Any) -> None:
        if self.__dict__.get("_building"):
            build(self, *args, **kwargs)
        elif not self.built:
            shapes = inspect.signature(build).bind(self, *args, **kwargs).arguments
            self._build_once(
                [tuples(s) if s is not None else s for s in [*shapes.values()][1:]], {}
            )

    return built


class MissingHistoryError(NotBuiltError, AttributeError):
    """A layer that was never called on a symbolic tensor has no `input` or `output`."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(
            f"{type(layer).__name__} '{layer.name}'", "has no symbolic input or output yet",
            "a layer that was never called on a symbolic tensor", "call it on keras.Input(shape)",
        )  # fmt: skip

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        return NotBuiltError, (self.where, self.what, self.received, self.mend)


@functools.cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The parameters of a `call` after self."""
    names = list(inspect.signature(function).parameters)
    return tuple(names[1:])


def _tensors(args: Sequence[Any]) -> list[Any]:
    """The arguments that are tensors or structures of them."""
    return [
        arg
        for arg in args
        if flatten(arg) and all(isinstance(leaf, Tensor) for leaf in flatten(arg))
    ]


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(n is None or isinstance(n, int) for n in value)


def tuples(shape: Any) -> Any:
    """A shape, or a structure of shapes, that was read from a text, with tuples for its lists."""
    if isinstance(shape, dict):
        return {key: tuples(value) for key, value in shape.items()}
    if _is_shape(shape):
        return tuple(shape)
    return [tuples(entry) for entry in shape] if isinstance(shape, list | tuple) else None


def map_structure_of_shapes(function: Callable[[Shape], Any], shapes: Any) -> Any:
    """Applies `function` to each shape of a structure whose leaves are shapes."""
    if _is_shape(shapes):
        return function(tuple(shapes))
    if isinstance(shapes, dict):
        return {key: map_structure_of_shapes(function, value) for key, value in shapes.items()}
    return type(shapes)(map_structure_of_shapes(function, value) for value in shapes)


def _call_of(outputs: Any) -> symbolic.Call:
    first = flatten(outputs)[0]
    assert first.history is not None
    call: symbolic.Call = first.history[0]
    return call


__all__ = ["InputSpec", "Layer"]
