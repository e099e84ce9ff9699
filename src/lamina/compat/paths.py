"""The table of import paths: where what stood under `keras` and `tensorflow` stands in lamina.

An old path is a row. `below` a root a path names the lamina modules that are looked through for a
name, in their order; a single name that moved or was renamed is a row of NAMES.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# Each root has all of MODULES below it; the longest that fits a path counts.
ROOTS = ("keras", "keras.api", "tf_keras", "tensorflow.keras", "tensorflow.python.keras")
TOP = frozenset((*(root.partition(".")[0] for root in ROOTS), "keras_preprocessing"))

MODULES: Mapping[str, tuple[str, ...]] = {
    "": ("lamina",),
    "activations": ("lamina.activations",),
    "backend": ("lamina.compat.backend",),
    "callbacks": ("lamina.callbacks",),
    "config": (),
    "constraints": ("lamina.constraints",),
    "datasets": (),
    "datasets.boston_housing": ("lamina.datasets.boston_housing",),
    "datasets.california_housing": ("lamina.datasets.california_housing",),
    "datasets.cifar10": ("lamina.datasets.cifar10",),
    "datasets.cifar100": ("lamina.datasets.cifar100",),
    "datasets.fashion_mnist": ("lamina.datasets.fashion_mnist",),
    "datasets.imdb": ("lamina.datasets.imdb",),
    "datasets.mnist": ("lamina.datasets.mnist",),
    "datasets.reuters": ("lamina.datasets.reuters",),
    "initializers": ("lamina.initializers",),
    "layers": ("lamina.layers",),
    "losses": ("lamina.losses",),
    "metrics": ("lamina.metrics",),
    "models": ("lamina.models",),
    "ops": ("lamina.ops",),
    "optimizers": ("lamina.optimizers",),
    "optimizers.schedules": ("lamina.optimizers.schedules",),
    "preprocessing": ("lamina.preprocessing",),
    "preprocessing.image": ("lamina.preprocessing.image",),
    "preprocessing.sequence": ("lamina.preprocessing.sequence",),
    "preprocessing.text": ("lamina.preprocessing.text",),
    "random": ("lamina.random",),
    "regularizers": ("lamina.regularizers",),
    "utils": ("lamina.utils",),
}

_LAYERS, _MODELS = ("lamina.layers",), ("lamina.models",)
# Paths that only Keras 1 and 2 had.
OLD_MODULES: Mapping[str, tuple[str, ...]] = {
    "engine": (*_MODELS, *_LAYERS),
    "engine.base_layer": _LAYERS,
    "engine.functional": _MODELS,
    "engine.input_layer": _LAYERS,
    "engine.input_spec": _LAYERS,
    "engine.sequential": _MODELS,
    "engine.topology": _LAYERS,
    "engine.training": _MODELS,
    "initializations": ("lamina.initializers",),
    "layers.activation": _LAYERS,
    "layers.activation.leaky_relu": _LAYERS,
    "layers.activation.prelu": _LAYERS,
    "layers.advanced_activations": _LAYERS,
    "layers.attention": _LAYERS,
    "layers.convolutional": _LAYERS,
    "layers.convolutional.conv1d": _LAYERS,
    "layers.convolutional.conv2d": _LAYERS,
    "layers.convolutional_recurrent": _LAYERS,
    "layers.core": _LAYERS,
    "layers.core.activation": _LAYERS,
    "layers.core.dense": _LAYERS,
    "layers.core.embedding": _LAYERS,
    "layers.core.masking": _LAYERS,
    "layers.cudnn_recurrent": _LAYERS,
    "layers.embeddings": _LAYERS,
    "layers.merge": _LAYERS,
    "layers.noise": _LAYERS,
    "layers.normalization": _LAYERS,
    "layers.normalization.batch_normalization": _LAYERS,
    "layers.normalization.layer_normalization": _LAYERS,
    "layers.pooling": _LAYERS,
    "layers.pooling.max_pooling2d": _LAYERS,
    "layers.recurrent": _LAYERS,
    "layers.regularization": _LAYERS,
    "layers.regularization.dropout": _LAYERS,
    "layers.reshaping": _LAYERS,
    "layers.rnn": _LAYERS,
    "layers.rnn.bidirectional": _LAYERS,
    "layers.rnn.gru": _LAYERS,
    "layers.rnn.lstm": _LAYERS,
    "layers.rnn.simple_rnn": _LAYERS,
    "layers.rnn.time_distributed": _LAYERS,
    "layers.wrappers": _LAYERS,
    "objectives": ("lamina.losses",),
    "optimizers.legacy": ("lamina.optimizers",),
    "preprocessing.image_dataset": ("lamina.preprocessing",),
    "preprocessing.text_dataset": ("lamina.preprocessing",),
    "preprocessing.timeseries": ("lamina.preprocessing",),
    "utils.all_utils": ("lamina.utils",),
    "utils.data_utils": ("lamina.utils",),
    "utils.generic_utils": ("lamina.utils",),
    "utils.image_utils": ("lamina.utils",),
    "utils.np_utils": ("lamina.utils",),
}

# Modules that stand outside every root, and the lamina modules behind them.
OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "keras_preprocessing": ("lamina.preprocessing",),
    "keras_preprocessing.image": ("lamina.preprocessing.image",),
    "keras_preprocessing.sequence": ("lamina.preprocessing.sequence",),
    "keras_preprocessing.text": ("lamina.preprocessing.text",),
    "tensorflow": (),
    "tensorflow.python": (),
    "tensorflow.random": (),
}

# (path below a root, or whole path under tensorflow; name) -> module:name
NAMES: Mapping[tuple[str, str], str] = {
    ("config", "epsilon"): "lamina.config:epsilon",
    ("config", "floatx"): "lamina.config:floatx",
    ("config", "image_data_format"): "lamina.config:image_data_format",
    ("config", "set_floatx"): "lamina.config:set_floatx",
    ("config", "set_image_data_format"): "lamina.config:set_image_data_format",
    ("tensorflow.random", "set_seed"): "lamina.compat.tensorflow:set_seed",
}
_CONVOLUTIONAL = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconv2D": "Conv2DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconv3D": "Conv3DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
}
_RECURRENT = {"CuDNNGRU": "GRU", "CuDNNLSTM": "LSTM"}
# Names that only Keras 1 and 2 had.
OLD_NAMES: Mapping[tuple[str, str], str] = {
    **{
        (path, old): f"lamina.layers:{new}"
        for path in ("layers", "layers.convolutional")
        for old, new in _CONVOLUTIONAL.items()
    },
    **{
        (path, "ThresholdedReLU"): "lamina.compat.layers:ThresholdedReLU"
        for path in ("layers", "layers.activation", "layers.advanced_activations")
    },
    **{
        (path, old): f"lamina.layers:{new}"
        for path in ("layers", "layers.cudnn_recurrent")
        for old, new in _RECURRENT.items()
    },
    ("layers", "TimeDistributedDense"): "lamina.layers:Dense",
    ("layers.core", "TimeDistributedDense"): "lamina.layers:Dense",
    ("constraints", "maxnorm"): "lamina.constraints:MaxNorm",
    ("constraints", "nonneg"): "lamina.constraints:NonNeg",
    ("constraints", "unitnorm"): "lamina.constraints:UnitNorm",
    ("initializers", "normal"): "lamina.initializers:RandomNormal",
    ("initializers", "one"): "lamina.initializers:Ones",
    ("initializers", "uniform"): "lamina.initializers:RandomUniform",
    ("initializers", "zero"): "lamina.initializers:Zeros",
    ("optimizers", "adam"): "lamina.optimizers:Adam",
    ("optimizers", "rmsprop"): "lamina.optimizers:RMSprop",
    ("optimizers", "sgd"): "lamina.optimizers:SGD",
    ("regularizers", "l1l2"): "lamina.regularizers:L1L2",
}

# What `__version__` says: of the Keras whose meaning the program gets, and its TensorFlow.
VERSIONS = {3: ("3.15.0", "2.21.0"), 2: ("2.15.0", "2.15.0"), 1: ("1.2.2", "1.0.0")}


def below_root(path: str) -> str | None:
    """What a path is below its root ("" for the root itself), or None outside every root."""
    fitting = [root for root in ROOTS if path == root or path.startswith(f"{root}.")]
    return path[len(max(fitting, key=len)) + 1 :] if fitting else None


def is_old(path: str) -> bool:
    """Whether only Keras 1 and 2 had this path."""
    return below_root(path) in OLD_MODULES


def targets(path: str) -> tuple[str, ...] | None:
    """The lamina modules behind a path, or None if there is no such path."""
    below = below_root(path)
    if below is None:
        return OUTSIDE.get(path)
    return MODULES.get(below, OLD_MODULES.get(below))


def moved(path: str, name: str, old_too: bool) -> str | None:
    """Where a single name of a path stands, as "module:name"."""
    below = below_root(path)
    key = (path if below is None else below, name)
    return NAMES.get(key) or (OLD_NAMES.get(key) if old_too else None)


def moved_names(path: str, old_too: bool) -> Iterator[str]:
    """The names of a path that `moved` knows."""
    for _, name in (*NAMES, *(OLD_NAMES if old_too else ())):
        if moved(path, name, old_too) is not None:
            yield name


def children(path: str) -> Iterator[str]:
    """The names of the modules directly below a path."""
    for other in all_paths():
        parent, _, name = other.rpartition(".")
        if parent == path:
            yield name


def all_paths() -> Iterator[str]:
    """Every path there is."""
    yield from OUTSIDE
    for root in ROOTS:
        for below in (*MODULES, *OLD_MODULES):
            yield f"{root}.{below}".rstrip(".")
