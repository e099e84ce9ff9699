"""The table of older spellings: arguments, positions, defaults, methods and attributes of Keras 1
and 2.

An old spelling is a row. Rows belong to a family: a callable of lamina ("module:Class.method" for
every class derived from it, or "module:function"). A row applies where the callable takes the new
name and not the old one, so that a new layer with `kernel_initializer` understands `init=` without
a row of its own. Those of layers stand in `layer_spellings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.compat import layer_spellings
from lamina.compat.decay import DECAY
from lamina.compat.period import PERIOD
from lamina.compat.spelling import DIM_ORDERING, Arguments, Spelling, Taken, hint


def _samples(old: str, source: str, new: str) -> Spelling:
    """A number of rows that becomes a number of batches of a generator, whose first batch tells
    their size.
    """

    def rewrite(arguments: Arguments, _: Mapping[str, Any]) -> None:
        from lamina.compat.methods import peek

        rows, arguments[source] = peek(arguments[source])
        arguments[new] = max(1, -(-int(arguments.pop(old)) // rows))

    return Spelling(old, rewrite=rewrite, says=f"{new}= of the batches that hold so many rows")


def _grayscale(arguments: Arguments, _: Mapping[str, Any]) -> None:
    if arguments.pop("grayscale"):
        arguments["color_mode"] = "grayscale"


OPTIMIZER = (
    Spelling("lr", ("learning_rate",), generation=2),
    Spelling("decay", generation=2, kept=DECAY, says="a rate of learning_rate / (1 + decay steps)"),
)
FIT = (
    Spelling("nb_epoch", ("epochs",)),
    _samples("nb_val_samples", "validation_data", "validation_steps"),
    *(hint(name) for name in ("max_q_size", "nb_worker", "pickle_safe")),
)
WORDS = (Spelling("nb_words", ("num_words",)),)
ORDERING = (DIM_ORDERING,)
AXES = tuple(Spelling(f"{axis}_index", (f"{axis}_axis",)) for axis in ("row", "col", "channel"))
ROWS: Mapping[str, tuple[Spelling, ...]] = {
    "lamina.activations.functions:relu": (Spelling("alpha", ("negative_slope",), generation=2),),
    "lamina.datasets.imdb:load_data": WORDS,
    "lamina.datasets.reuters:load_data": WORDS,
    "lamina.preprocessing.image:ImageDataGenerator.__init__": ORDERING,
    "lamina.preprocessing.image:ImageDataGenerator.fit": (Spelling("X", ("x",)),),
    "lamina.preprocessing.image:ImageDataGenerator.flow": (Spelling("X", ("x",)),),
    "lamina.preprocessing.image:array_to_img": ORDERING,
    "lamina.preprocessing.image:img_to_array": ORDERING,
    "lamina.preprocessing.image:load_img": (
        Spelling("grayscale", generation=2, rewrite=_grayscale, says="color_mode="),
    ),
    "lamina.preprocessing.image:random_channel_shift": AXES[2:],
    "lamina.preprocessing.image:random_rotation": AXES,
    "lamina.preprocessing.image:random_shear": AXES,
    "lamina.preprocessing.image:random_shift": AXES,
    "lamina.preprocessing.image:random_zoom": AXES,
    "lamina.preprocessing.text:Tokenizer.__init__": WORDS,
    **layer_spellings.ROWS,
    "lamina.optimizers:Optimizer.__init__": OPTIMIZER,
    "lamina.models:Model.fit": FIT,
    "lamina.compat.methods:fit_generator": (
        *FIT,
        _samples("samples_per_epoch", "generator", "steps_per_epoch"),
    ),
    **{
        f"lamina.compat.methods:{name}": (_samples("val_samples", "generator", "steps"),)
        for name in ("evaluate_generator", "predict_generator")
    },
    "lamina.regularizers:Regularizer.__init__": (Spelling("l", ("l1", "l2"), generation=2),),
    "lamina.callbacks:ReduceLROnPlateau.__init__": (
        Spelling("epsilon", ("min_delta",), generation=2),
    ),
    "lamina.callbacks:TensorBoard.__init__": tuple(
        hint(name, generation=2)
        for name in ("batch_size", "write_grads", "embeddings_layer_names", "embeddings_data")
    ),
    "lamina.callbacks:ModelCheckpoint.__init__": (
        hint("options", generation=2),
        Spelling("period", generation=2, kept=PERIOD, says="a file every so many epochs"),
    ),
    "lamina.utils:to_categorical": (
        Spelling("y", ("x",), generation=2),
        Spelling("nb_classes", ("num_classes",)),
    ),
}

# Where the order of the first arguments was another one: (callable, generation) -> names.
POSITIONS: Mapping[tuple[str, int], tuple[str, ...]] = {
    **layer_spellings.POSITIONS,
    ("lamina.compat.methods:fit_generator", 1): (
        "generator",
        "samples_per_epoch",
        "nb_epoch",
        "verbose",
        "callbacks",
        "validation_data",
        "nb_val_samples",
        "class_weight",
    ),
    ("lamina.models:Model.compile", 1): ("optimizer", "loss", "metrics"),
    ("lamina.models:Model.compile", 2): ("optimizer", "loss", "metrics", "loss_weights"),
}


def _third_is_metrics(args: tuple[Any, ...], _: Taken) -> bool:
    third = args[2] if len(args) > 2 else None
    return isinstance(third, list | tuple) and any(isinstance(item, str) for item in third)


# Positional arguments that only older Keras accepts: callable -> (whether, its generation).
TELLTALE: Mapping[str, tuple[Callable[[tuple[Any, ...], Taken], bool], int]] = {
    **layer_spellings.TELLTALE,
    "lamina.models:Model.compile": (_third_is_metrics, 2),
}

# Defaults that were others: (callable, generation) -> values.
DEFAULTS: Mapping[tuple[str, int], Mapping[str, Any]] = {
    **layer_spellings.DEFAULTS,
    ("lamina.models:Model.fit", 1): {"epochs": 10},
    ("lamina.preprocessing.image:ImageDataGenerator.flow", 1): {"save_format": "jpeg"},
    ("lamina.preprocessing.image:ImageDataGenerator.flow_from_directory", 1): {
        "save_format": "jpeg"
    },
    ("lamina.optimizers:Adam.__init__", 1): {"epsilon": 1e-8},
    ("lamina.optimizers:RMSprop.__init__", 1): {"epsilon": 1e-8},
}

# What older Keras called losses and metrics, where names are given.
LOSSES: Mapping[str, str] = {
    "cosine": "cosine_similarity", "cosine_proximity": "cosine_similarity",
    "kullback_leibler_divergence": "kl_divergence", "logcosh": "log_cosh",
}  # fmt: skip

# Names of one quantity in logs, histories and `monitor=`, with and without `val_`.
ALIASES: Mapping[str, tuple[str, ...]] = {"acc": ("accuracy",), "accuracy": ("acc",)}
