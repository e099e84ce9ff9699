"""The table of what classes had in Keras 1 and 2 and have no more: methods, properties, aliases."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

MODEL, SEQUENTIAL = "lamina.models:Model", "lamina.models:Sequential"
LAYER, OPTIMIZER = "lamina.layers:Layer", "lamina.optimizers:Optimizer"
CALLBACK, VARIABLE = "lamina.callbacks:Callback", "lamina.graph.variable:Variable"
METRIC, _OF_METRICS = "lamina.metrics:Metric", "lamina.compat.metric_methods"
TENSOR = "lamina.graph.tensor:KerasTensor"
_OF_LAYERS, _OF_MODELS = "lamina.compat.layer_attributes", "lamina.compat.methods"
_OF_OPTIMIZERS, _OF_CALLBACKS = "lamina.compat.optimizer_methods", "lamina.compat.callback_facts"


@dataclass(frozen=True)
class Addition:
    """`owner` gets `name`.

    Attributes:
        kind: "method", "property" and "setter" (of a property that is there) are `function`,
            "around" is what `function` makes of the method that is there; an "alias" stands for
            the attribute `of`, a "constant" has the value `of`.
        meaning: for the documents.
    """

    owner: str
    name: str
    kind: str
    function: str = ""
    of: Any = None
    meaning: str = ""

    @property
    def replaces(self) -> bool:
        """Whether the class has something of the name."""
        return self.kind in ("setter", "around")

    def made(self, owner: type) -> Any:
        """What the class gets."""
        if self.kind == "constant":
            return self.of
        if self.kind == "alias":
            return LayerAlias(self.name, self.of) if self.owner == LAYER else _alias(self.of)
        module, _, name = self.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        if self.kind == "property":
            return Readable(self.name, function)
        if self.kind == "setter":
            return property(getattr(owner, self.name).fget, function)
        return function(getattr(owner, self.name)) if self.kind == "around" else function


class Readable:
    """An attribute that is computed, unless a program has set one of its own by this name."""

    def __init__(self, name: str, function: Any) -> None:
        self.name, self.function = name, function

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self.function(instance)


class LayerAlias:
    """An older name of an attribute of our layers; in classes of the user's it is their own."""

    def __init__(self, name: str, of: str) -> None:
        self.name, self.of = name, of

    def __get__(self, layer: Any, owner: type | None = None) -> Any:
        if layer is None:
            return self
        own = vars(layer)
        return own[self.name] if self.name in own else getattr(layer, self.of)

    def __set__(self, layer: Any, value: Any) -> None:
        if type(layer).__module__.startswith("lamina."):
            setattr(layer, self.of, value)
        else:
            vars(layer)[self.name] = value


def _alias(name: str) -> property:
    return property(
        lambda self: getattr(self, name), lambda self, value: setattr(self, name, value)
    )


def _methods(owner: str, module: str, **meanings: str) -> list[Addition]:
    return [Addition(owner, name, "method", f"{module}:{name}", meaning=meaning)
            for name, meaning in meanings.items()]  # fmt: skip


def _properties(owner: str, module: str, **meanings: str) -> list[Addition]:
    return [Addition(owner, name, "property", f"{module}:{name}", meaning=meaning)
            for name, meaning in meanings.items()]  # fmt: skip


def _aliases(owner: str, **names: str) -> list[Addition]:
    return [Addition(owner, old, "alias", of=new, meaning=f"`{new}`")
            for old, new in names.items()]  # fmt: skip


_NOTHING = "nothing: programs are made when they are needed"
ROWS: tuple[Addition, ...] = (
    *_methods(MODEL, "lamina.compat.small_utils", to_yaml="the model as YAML, weights apart"),
    *_methods(
        MODEL, _OF_MODELS,
        fit_generator="`fit` on a generator",
        evaluate_generator="`evaluate` on a generator",
        predict_generator="`predict` on a generator",
        reset_states="zeros as the states that recurrent layers keep",
    ),
    *_properties(
        MODEL, "lamina.compat.own_steps",
        compiled_loss="the compiled loss, which adds to the reported one",
        compiled_metrics="the compiled metrics as one",
    ),
    Addition(MODEL, "load_weights", "around", "lamina.compat.own_steps:with_status",
             meaning="it returns a status, as for TensorFlow's checkpoints"),
    *_methods(
        SEQUENTIAL, _OF_MODELS,
        predict_classes="the likeliest class of each row, or whether it is above 0.5",
        predict_proba="`predict`",
    ),
    *_methods(METRIC, _OF_METRICS, reset_states="`reset_state`"),
    Addition(METRIC, "__init_subclass__", "around", f"{_OF_METRICS}:reading_reset_states",
             meaning="a metric of one's own with `reset_states` is reset by it"),
    *_methods(LAYER, _OF_METRICS, add_metric="the mean of a value, among the metrics"),
    *[
        Addition(MODEL, name, "around", f"{_OF_MODELS}:with_reset_metrics",
                 meaning="`reset_metrics=True` forgets earlier batches")
        for name in ("train_on_batch", "test_on_batch")
    ],
    *_aliases(SEQUENTIAL, flattened_layers="layers"),
    *_methods("lamina.callbacks:CallbackList", _OF_CALLBACKS, append="one more callback"),
    *(Addition(f"lamina.layers:{name}", "reset_states", "around", f"{_OF_LAYERS}:taking_states",
               meaning="`reset_state`, or the given values as the states")
      for name in ("RNN", "Bidirectional")),
    *[
        Addition(MODEL, name, "method", f"{_OF_MODELS}:make_nothing", meaning=_NOTHING)
        for name in ("_make_predict_function", "_make_test_function", "_make_train_function")
    ],
    Addition(MODEL, "__init__", "around", f"{_OF_MODELS}:not_of_itself",
             meaning="`super().__init__(self)` gives nothing"),
    Addition(MODEL, "model", "property", f"{_OF_MODELS}:itself", meaning="the model itself"),
    *_methods(
        LAYER, _OF_LAYERS,
        apply="a call",
        add_update="updates are made in training; one of `K.update` is made where it stands",
        get_input_at="the symbolic input of a call",
        get_input_mask_at="its mask, or None",
        get_input_shape_at="its shape",
        get_output_at="the symbolic output of a call",
        get_output_mask_at="its mask, or None",
        get_output_shape_at="its shape",
        assert_input_compatibility="an error for inputs that the layer does not take",
        get_output_shape_for="`compute_output_shape`",
    ),
    Addition(LAYER, "add_variable", "around", f"{_OF_LAYERS}:like_add_weight",
             meaning="`add_weight`, the name or the shape first"),
    *_properties(
        LAYER, _OF_LAYERS,
        inbound_nodes="the symbolic calls, each with its tensors and the layers before it",
        input_mask="the mask of the first symbolic input, or None",
        output_mask="the mask of the first symbolic output, or None",
        input_shape="the shape of the first symbolic input",
        output_shape="the shape of the first symbolic output",
        uses_learning_phase="whether training and prediction differ",
    ),
    Addition(LAYER, "_inbound_nodes", "property", f"{_OF_LAYERS}:inbound_nodes",
             meaning="`inbound_nodes`"),
    *[
        Addition(LAYER, name, "method", f"{_OF_LAYERS}:no_updates", meaning="an empty list")
        for name in ("get_losses_for", "get_updates_for")
    ],
    *[
        Addition(LAYER, name, "property", f"{_OF_LAYERS}:no_updates", meaning="an empty list")
        for name in ("state_updates", "updates")
    ],
    Addition(LAYER, "stateful", "constant", of=False, meaning="False where a layer says nothing"),
    Addition(LAYER, "trainable_weights", "setter", f"{_OF_LAYERS}:set_trainable_weights",
             meaning="an assignment says which of the layer's variables are trained"),
    Addition(LAYER, "non_trainable_weights", "setter", f"{_OF_LAYERS}:set_non_trainable_weights",
             meaning="an assignment says which of the layer's variables are not trained"),
    Addition(LAYER, "__init__", "around", f"{_OF_LAYERS}:keeping_activity_regularizer",
             meaning="an `activity_regularizer` that was set before it stays"),
    Addition(LAYER, "_build_once", "around", f"{_OF_LAYERS}:reading_constraints",
             meaning="`self.constraints` of one's own layer, {weight: constraint}, hold"),
    *_methods("lamina.regularizers:Regularizer", _OF_LAYERS,
              set_layer="the layer whose outputs are regularised",
              set_param="the weight that is regularised"),
    Addition("lamina.layers:BatchNormalization", "get_config", "around",
             "lamina.compat.normalization_modes:with_mode", meaning="with `mode`, if it is not 0"),
    *_aliases(LAYER, W="kernel", U="recurrent_kernel", b="bias"),
    *(alias for name in ("Dense", "SimpleRNN", "LSTM", "GRU")
      for alias in _aliases(f"lamina.layers:{name}", output_dim="units")),
    *(alias for name in ("Conv1D", "Conv2D", "Conv3D")
      for alias in _aliases(f"lamina.layers:{name}", nb_filter="filters")),
    *(Addition(f"lamina.layers:{name}", "__call__", "around",
               "lamina.compat.tensorflow.ragged:row_by_row", meaning="also of ragged rows")
      for name in ("StringLookup", "IntegerLookup")),
    *_aliases(OPTIMIZER, lr="learning_rate"),
    *_methods(
        OPTIMIZER, _OF_OPTIMIZERS,
        compute_gradients="pairs of a symbolic gradient and its variable",
        get_gradients="`K.gradients`",
        get_updates="a step on a symbolic loss, for `K.function(updates=...)`",
        get_weights="the values of `weights`",
        minimize="one step on what a function computes, or a tape recorded",
        _decayed_lr="`learning_rate` in a dtype",
    ),
    Addition(OPTIMIZER, "apply_gradients", "around", f"{_OF_OPTIMIZERS}:taking_symbols",
             meaning="with symbolic gradients, an operation to be run"),
    Addition(OPTIMIZER, "__init_subclass__", "around",
             "lamina.compat.older_optimizer:reading_rules",
             meaning="an optimizer of one's own with `get_updates` or `_resource_apply_dense`"),
    *_methods(
        "lamina.optimizers:LossScaleOptimizer", _OF_OPTIMIZERS,
        get_scaled_loss="the loss times the scale",
        get_unscaled_gradients="the gradients divided by it",
    ),
    Addition("lamina.optimizers:LossScaleOptimizer", "apply", "around",
             f"{_OF_OPTIMIZERS}:taking_unscaled",
             meaning="gradients of `get_unscaled_gradients` are as they are"),
    Addition("lamina.losses:Loss", "__init__", "around", f"{_OF_METRICS}:with_auto_reduction",
             meaning='`reduction="auto"` is the default'),
    *_properties(OPTIMIZER, _OF_OPTIMIZERS, weights="the variables but the learning rate"),
    Addition(OPTIMIZER, "decay", "constant", of=0.0, meaning="0 where no `decay=` was given"),
    Addition(CALLBACK, "validation_data", "constant",
             meaning="the validation arrays [*x, *y, *weights] during `fit`, else None"),
    Addition(MODEL, "compile", "around", f"{_OF_MODELS}:noting_trainable",
             meaning="`trainable` counts as it is when the model is compiled"),
    Addition(MODEL, "_weights_to_train", "around", f"{_OF_MODELS}:as_compiled",
             meaning="those that were trainable then"),
    Addition(MODEL, "fit", "around", f"{_OF_CALLBACKS}:with_validation_data",
             meaning="callbacks find `validation_data`"),
    Addition(MODEL, "_may_run_in_python", "around", f"{_OF_MODELS}:always_in_python",
             meaning="what needs values while it is traced runs in Python, with a warning"),
    Addition(MODEL, "_weigh_classes", "around", "lamina.compat.class_weights:as_older",
             meaning="`class_weight` for each output, beside `sample_weight`, as an array, or "
             '"balanced"'),
    *(alias for name, names in (("Iterator", {"N": "n"}),
                                ("DirectoryIterator", {"nb_sample": "samples",
                                                       "nb_class": "num_classes"}))
      for alias in _aliases(f"lamina.preprocessing.image:{name}", **names)),
    Addition(CALLBACK, "set_params", "around", f"{_OF_CALLBACKS}:with_params",
             meaning="`params` knows samples, nb_sample, nb_epoch, batch_size, do_validation, "
             "metrics"),
    *_properties(TENSOR, _OF_LAYERS, _keras_shape="`shape`",
                 _keras_history="(layer, number of the call, number of the output)"),
    Addition(TENSOR, "eval", "method", "lamina.compat.backend.functions:evaluated",
             meaning="the value as NumPy's, where placeholders have those of `feed_dict`"),
    *_methods(
        VARIABLE, "lamina.compat.backend.state",
        eval="the value as NumPy's", get_value="the value as NumPy's",
        set_value="a new value",
    ),
)  # fmt: skip
