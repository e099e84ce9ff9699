"""Older spellings of layers: arguments, and the order of the first ones.

Most rows are for all layers: each applies to those that take the new name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.compat import recurrent_spellings as recurrent
from lamina.compat import weights
from lamina.compat.normalization_modes import MODE
from lamina.compat.spelling import DIM_ORDERING, Arguments, Spelling, Taken, hint, only

_SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))


def _sizes(arguments: Arguments, _: Mapping[str, Any]) -> None:
    for names in _SIZES:
        found = [arguments.pop(name) for name in names if name in arguments]
        if found:
            arguments["kernel_size"] = tuple(found)


def _init_of_both(arguments: Arguments, _: Mapping[str, Any]) -> None:
    init = arguments.pop("init")
    arguments["depthwise_initializer"] = arguments["pointwise_initializer"] = init


LAYER = (
    Spelling("output_dim", ("units",)),
    Spelling("p", ("rate",)),
    Spelling("init", ("kernel_initializer", "embeddings_initializer", "alpha_initializer")),
    Spelling("bias", ("use_bias",)),
    Spelling("W_regularizer", ("kernel_regularizer", "embeddings_regularizer")),
    Spelling("b_regularizer", ("bias_regularizer",)),
    Spelling("W_constraint", ("kernel_constraint", "embeddings_constraint")),
    Spelling("b_constraint", ("bias_constraint",)),
    Spelling("input", ("inputs",)),
    Spelling("output", ("outputs",)),
    Spelling("nb_filter", ("filters",)),
    Spelling("filter_length", ("kernel_size",)),
    *(
        Spelling(name, ("kernel_size",), rewrite=_sizes, says="a size in kernel_size=")
        for names in _SIZES
        for name in names
    ),
    Spelling("border_mode", ("padding",)),
    Spelling("subsample", ("strides",)),
    Spelling("subsample_length", ("strides",)),
    Spelling("stride", ("strides",)),
    Spelling("atrous_rate", ("dilation_rate",)),
    Spelling("pool_length", ("pool_size",)),
    Spelling("length", ("size",)),
    Spelling("sigma", ("stddev",)),
    Spelling("beta_init", ("beta_initializer",)),
    Spelling("gamma_init", ("gamma_initializer",)),
    DIM_ORDERING,
    Spelling("weights", generation=2, kept=weights.GIVEN, says="weights set once it is built"),
    hint("input_dtype"),
    only("dynamic", False, "compiles a layer's call"),
)
# Keras 1 names the shape first and Keras 2 the name.
ADDED_WEIGHT = {
    1: ("shape", "initializer", "name", "trainable", "regularizer", "constraint"),
    2: ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint"),
}
ROWS: Mapping[str, tuple[Spelling, ...]] = {
    **recurrent.ROWS,
    "lamina.layers:Layer.__init__": LAYER,
    "lamina.layers:Layer.add_loss": (
        Spelling("losses", ("loss",)),
        hint("inputs", generation=2, says="nothing: a loss is added where it is computed"),
    ),
    "lamina.layers:Layer.add_weight": tuple(
        hint(name, generation=2) for name in ("partitioner", "synchronization", "use_resource")
    ),
    "lamina.layers:Layer.compute_mask": (
        Spelling("mask", ("previous_mask",), generation=2),
        Spelling("input", ("inputs",)),
        Spelling("input_mask", ("previous_mask",)),
        Spelling("x", ("inputs",)),
    ),
    "lamina.layers:Conv1D.__init__": recurrent.SEQUENCE,
    "lamina.layers:SeparableConv2D.__init__": (
        Spelling("init", rewrite=_init_of_both, says="both initializers"),
    ),
    "lamina.layers:Conv2DTranspose.__init__": (
        hint(
            "output_shape",
            says="nothing: sizes follow from strides and padding; output_padding= adds to them",
        ),
    ),
    "lamina.compat.local:LocallyConnected.__init__": (hint("implementation", generation=2),),
    "lamina.layers:BatchNormalization.__init__": (
        Spelling("mode", kept=MODE, says="0: over the batch; 1: of each row; 2: as 0, always"),
        hint("fused", generation=2),
    ),
}

_IMAGE = ("nb_filter", "nb_row", "nb_col", "init", "activation")
POSITIONS: Mapping[tuple[str, int], tuple[str, ...]] = {
    **recurrent.POSITIONS,
    ("lamina.layers:Dense.__init__", 1): ("output_dim", "init", "activation"),
    ("lamina.layers:Conv1D.__init__", 1): ("nb_filter", "filter_length", "init", "activation"),
    ("lamina.layers:Conv2D.__init__", 1): _IMAGE,
    ("lamina.layers:SeparableConv2D.__init__", 1): _IMAGE,
    ("lamina.layers:Conv2DTranspose.__init__", 1): (*_IMAGE[:3], "output_shape", *_IMAGE[3:]),
    ("lamina.layers:Conv3D.__init__", 1): ("nb_filter", *_SIZES[1], "init", "activation"),
    ("lamina.layers:BatchNormalization.__init__", 1): ("epsilon", "mode", "axis", "momentum"),
    **{("lamina.layers:Layer.add_weight", n): order for n, order in ADDED_WEIGHT.items()},
    ("lamina.layers:Layer.add_loss", 2): ("loss", "inputs"),
}
DEFAULTS = recurrent.DEFAULTS


def _at(place: int, *kinds: type) -> tuple[Callable[[tuple[Any, ...], Taken], bool], int]:
    """Keras 1, if that argument is of these types and no padding."""

    def tells(args: tuple[Any, ...], _: Taken) -> bool:
        given = args[place] if len(args) > place else None
        return isinstance(given, kinds) and given not in ("valid", "same", "causal")

    return tells, 1


def _is_convolution_of_keras_1(args: tuple[Any, ...], taken: Taken) -> bool:
    """Three whole numbers are filters, rows and columns (later: the strides), in a program that
    knows the layer by its first name or its first path; or an initializer comes fourth.
    """
    if _at(3, str)[0](args, taken):
        return True
    named = {("layers.convolutional", "Conv2D")} & set(taken)
    named |= {(path, name) for path, name in taken if name == "Convolution2D"}
    return len(args) == 3 and all(isinstance(n, int) for n in args) and bool(named)


def _has_second(args: tuple[Any, ...], _: Taken) -> bool:
    return len(args) > 1


def adds_named_weight(args: tuple[Any, ...], _: Taken) -> bool:
    return bool(args) and isinstance(args[0], str)


# Keras 1 has an initializer, a size, an output shape or epsilon where Keras 3 has something else.
TELLTALE = {
    **recurrent.TELLTALE,
    "lamina.layers:Conv1D.__init__": _at(2, str),
    "lamina.layers:Conv2D.__init__": (_is_convolution_of_keras_1, 1),
    "lamina.layers:Layer.add_loss": (_has_second, 2),
    "lamina.layers:Layer.add_weight": (adds_named_weight, 2),
    "lamina.layers:SeparableConv2D.__init__": _at(3, str),
    "lamina.layers:Conv2DTranspose.__init__": _at(3, tuple, list),
    "lamina.layers:Conv3D.__init__": _at(3, int),
    "lamina.layers:BatchNormalization.__init__": _at(0, float),
}


def _sizes_are_one(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether the second argument of a convolution is its whole kernel_size."""
    second = args[1] if len(args) > 1 else None
    names = {name for names in _SIZES for name in names}
    return isinstance(second, tuple | list) or (len(args) == 2 and not names & set(kwargs))


TODAY = {
    f"lamina.layers:{name}.__init__": _sizes_are_one
    for name in ("Conv2D", "Conv2DTranspose", "Conv3D", "SeparableConv2D")
}
