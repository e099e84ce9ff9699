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

from lamina.compat import backend_spellings, layer_spellings
from lamina.compat.decay import DECAY
from lamina.compat.period import PERIOD
from lamina.compat.spelling import DIM_ORDERING, Arguments, Spelling, Taken, hint, only


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
    hint("jit_compile", generation=2, says="nothing: all is compiled"),
    Spelling("lr", ("learning_rate",), generation=2),
    Spelling("decay", generation=2, kept=DECAY, says="a rate of learning_rate / (1 + decay steps)"),
)
QUEUE = tuple(hint(name) for name in ("max_q_size", "nb_worker", "pickle_safe"))
ACCURACY = hint("show_accuracy", says='nothing: metrics=["accuracy"] in compile shows it')
FIT = (
    ACCURACY,
    Spelling("nb_epoch", ("epochs",)),
    _samples("nb_val_samples", "validation_data", "validation_steps"),
    *QUEUE,
)
WORDS = (Spelling("nb_words", ("num_words",)),)
ORDERING = (DIM_ORDERING,)
AXES = tuple(Spelling(f"{axis}_index", (f"{axis}_axis",)) for axis in ("row", "col", "channel"))
TEXT = (Spelling("text", ("input_text",), generation=2),)
PREPARING = ("imagenet_utils", "inception_v3", "resnet", "vgg16", "vgg19", "xception")
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
    "lamina.preprocessing.image:DirectoryIterator.__init__": ORDERING,
    "lamina.preprocessing.image:NumpyArrayIterator.__init__": ORDERING,
    "lamina.preprocessing.image:random_channel_shift": (
        Spelling("intensity", ("intensity_range",)),
        *AXES[2:],
    ),
    "lamina.preprocessing.image:random_rotation": AXES,
    "lamina.preprocessing.image:random_shear": AXES,
    "lamina.preprocessing.image:random_shift": AXES,
    "lamina.preprocessing.image:random_zoom": AXES,
    "lamina.preprocessing.text:Tokenizer.__init__": WORDS,
    "lamina.preprocessing.text:one_hot": TEXT,
    "lamina.preprocessing.text:text_to_word_sequence": TEXT,
    **{f"lamina.applications.{name}:preprocess_input": ORDERING for name in PREPARING},
    **layer_spellings.ROWS,
    "lamina.optimizers:Optimizer.__init__": OPTIMIZER,
    "lamina.optimizers:Optimizer.apply_gradients": tuple(
        hint(name, generation=2)
        for name in ("name", "experimental_aggregate_gradients", "skip_gradients_aggregation")
    ),
    "lamina.optimizers:Nadam.__init__": (
        only("schedule_decay", 0.004, "lets its momentum grow as of schedule_decay=0.004"),
    ),
    "lamina.models:Model.fit": (*FIT, Spelling("X", ("x",))),
    "lamina.models:Model.evaluate": (ACCURACY, Spelling("X", ("x",))),
    "lamina.models:Model.predict": (Spelling("X", ("x",)),),
    **{
        f"lamina.models:Model.{name}": (ACCURACY, Spelling("X", ("x",)))
        for name in ("train_on_batch", "test_on_batch")
    },
    "lamina.compat.methods:fit_generator": (
        *FIT,
        _samples("samples_per_epoch", "generator", "steps_per_epoch"),
    ),
    **{
        f"lamina.compat.methods:{name}": (_samples("val_samples", "generator", "steps"), *QUEUE)
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
    "lamina.compat.older_utils:to_categorical": (
        Spelling("y", ("x",), generation=2),
        Spelling("nb_classes", ("num_classes",)),
    ),
    **{
        f"lamina.compat.sizes_of_windows:{name}": (Spelling("border_mode", ("padding",)),)
        for name in ("conv_input_length", "conv_output_length")
    },
    "lamina.compat.older_utils:ctc_decode": (
        hint("merge_repeated", generation=2, says="nothing: repeated labels are one"),
    ),
    "lamina.utils:normalize": (Spelling("a", ("x",)),),
    "lamina.utils:Progbar.update": (hint("force"),),
    "lamina.configurations:serialize_keras_object": (Spelling("instance", ("obj",), generation=2),),
    "lamina.callbacks:ProgbarLogger.__init__": (
        hint("count_mode", generation=2, says="nothing: the bar counts batches"),
        hint("stateful_metrics", generation=2, says="nothing: metrics know what they are"),
    ),
    "lamina.constraints:MaxNorm.__init__": (Spelling("m", ("max_value",)),),
    "lamina.constraints:MinMaxNorm.__init__": (
        Spelling("low", ("min_value",)),
        Spelling("high", ("max_value",)),
    ),
    "lamina.metrics:Metric.add_weight": tuple(
        hint(name, generation=2) for name in ("aggregation", "synchronization")
    ),
    "lamina.models:Model.compile": (
        hint(
            "sample_weight_mode",
            generation=2,
            says="nothing: sample weights may have an axis for the steps of a series",
        ),
        hint("experimental_run_tf_function", generation=2),
    ),
    **backend_spellings.ROWS,
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
    ("lamina.metrics:Metric.add_weight", 2): (
        "name",
        "shape",
        "aggregation",
        "synchronization",
        "initializer",
        "dtype",
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
    "lamina.metrics:Metric.add_weight": (layer_spellings.adds_named_weight, 2),
    "lamina.models:Model.compile": (_third_is_metrics, 2),
}

# Positional arguments in the order of Keras 2 and 3, whatever else the call is written like.
TODAY = layer_spellings.TODAY

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
