"""The table of import paths: where what stood under `keras` and `tensorflow` stands in lamina.

An old path is a row. `below` a root a path names the lamina modules that are looked through for a
name, in their order; a single name that moved or was renamed is a row of NAMES.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from functools import cache

from lamina.compat.old_paths import FILES, OLD_MODULES, OLD_NAMES
from lamina.compat.tensorflow import table as tensorflow

# Each root has all of MODULES below it; the longest that fits a path counts.
ROOTS = (
    "keras", "keras.api", "keras.api._v1.keras", "keras.api._v2.keras", "keras.src",
    "keras._tf_keras.keras", "keras_core", "tf_keras", "tf_keras.api._v2.keras", "tf_keras.src",
    "tensorflow.keras", "tensorflow.python.keras", "tensorflow.contrib.keras",
    "tensorflow.contrib.keras.api.keras", "tensorflow.contrib.keras.python.keras",
    "tensorflow.compat.v1.keras", "tensorflow.compat.v2.keras",
    "tensorflow._api.v2.keras", "tensorflow_core.keras",
    "tensorflow_core.python.keras",
)  # fmt: skip
# Packages of their own that were parts of Keras: what each is below a root.
PARTS = {"keras_applications": "applications", "keras_preprocessing": "preprocessing"}
TOP = frozenset((*(root.partition(".")[0] for root in ROOTS), *PARTS))

APPLICATIONS = (
    "convnext", "densenet", "efficientnet", "efficientnet_v2", "imagenet_utils",
    "inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2", "mobilenet_v3", "nasnet",
    "resnet", "resnet50", "resnet_v2", "vgg16", "vgg19", "xception",
)  # fmt: skip
MODULES: Mapping[str, tuple[str, ...]] = {
    "": ("lamina",),
    "activations": ("lamina.activations",),
    "applications": ("lamina.applications",),
    **{f"applications.{name}": (f"lamina.applications.{name}",) for name in APPLICATIONS},
    "backend": ("lamina.compat.backend", "lamina.backend"),
    "callbacks": ("lamina.callbacks",),
    "config": (),
    "constraints": ("lamina.constraints",),
    "dtype_policies": ("lamina.dtype_policies",),
    "mixed_precision": ("lamina.mixed_precision",),
    "ops.image": ("lamina.ops.image",),
    "ops.linalg": ("lamina.ops.linalg",),
    "ops.nn": ("lamina.ops.nn",),
    "ops.numpy": ("lamina.ops.numpy",),
    "tree": ("lamina.tree",),
    "utils.bounding_boxes": ("lamina.utils.bounding_boxes",),
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
    "saving": ("lamina.saving",),
    "utils": ("lamina.utils",),
}

# Of lamina.config only Keras' own settings stand there.
_SETTINGS = (
    "backend", "disable_flash_attention", "disable_interactive_logging",
    "disable_traceback_filtering", "dtype_policy", "enable_flash_attention",
    "enable_interactive_logging", "enable_traceback_filtering", "epsilon", "floatx",
    "image_data_format", "is_flash_attention_enabled", "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled", "set_backend", "set_dtype_policy", "set_epsilon",
    "set_floatx", "set_image_data_format",
)  # fmt: skip

# (path below a root, name) -> module:name
NAMES: Mapping[tuple[str, str], str] = {
    **{("config", name): f"lamina.config:{name}" for name in _SETTINGS},
}
# What `__version__` says: of the Keras whose meaning the program gets, and its TensorFlow.
VERSIONS = {3: ("3.15.0", "2.21.0"), 2: ("2.15.0", "2.15.0"), 1: ("1.2.2", "1.0.0")}


def below_root(path: str) -> str | None:
    """What a path is below its root ("" for the root itself), or None outside every root."""
    first, dot, rest = path.partition(".")
    if first in PARTS:
        return f"{PARTS[first]}{dot}{rest}"
    fitting = [root for root in ROOTS if path == root or path.startswith(f"{root}.")]
    return path[len(max(fitting, key=len)) + 1 :] if fitting else None


def is_old(path: str) -> bool:
    """Whether only Keras 1 and 2 had this path."""
    return below_root(path) in OLD_MODULES


def targets(path: str) -> tuple[str, ...] | None:
    """The lamina modules behind a path, or None if there is no such path."""
    below = below_root(path)
    if below is None:
        return tensorflow.PATHS.get(path)
    found = MODULES.get(below, OLD_MODULES.get(below))
    if found is None:
        found = _of_a_file(below)
    return found if found is None or all(map(is_there, found)) else None


def _of_a_file(below: str) -> tuple[str, ...] | None:
    """Keras has a file for each of most things: `layers.pooling.max_pooling2d` stands for what
    `layers.pooling` does, if that has a MaxPooling2D.
    """
    package, _, file = below.rpartition(".")
    found = MODULES.get(package, OLD_MODULES.get(package)) if package in FILES else None
    if not found or not all(map(is_there, found)):
        return None
    names = (n for module in found for n in dir(importlib.import_module(module)))
    return found if file.replace("_", "") in {name.lower() for name in names} else None


@cache
def is_there(module: str) -> bool:
    """Whether lamina has this module."""
    try:
        return module in sys.modules or importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def moved(path: str, name: str, old_too: bool) -> str | None:
    """Where a single name of a path stands, as "module:name"."""
    below = below_root(path)
    if below is None:
        return tensorflow.name_row(path, name)
    rows = (NAMES, OLD_NAMES) if old_too else (NAMES,)
    places = [(place, name) for place in (below, *_owners(below))]
    return next((of[place] for place in places for of in rows if place in of), None)


@cache
def _owners(below: str) -> tuple[str, ...]:
    """The paths of the current Keras for modules that a path of older Keras stands for."""
    modules = targets(f"keras.{below}") if below in OLD_MODULES else None
    return tuple(path for path, of in MODULES.items() if modules and of and set(of) <= set(modules))


def moved_names(path: str, old_too: bool) -> Iterator[str]:
    """The names of a path that `moved` knows."""
    if below_root(path) is None:
        yield from tensorflow.names_of(path)
        return
    for name in {name: None for _, name in (*NAMES, *(OLD_NAMES if old_too else ()))}:
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
    yield from tensorflow.PATHS
    there = [
        below
        for below, modules in (*MODULES.items(), *OLD_MODULES.items())
        if all(map(is_there, modules))
    ]
    for root in ROOTS:
        yield from (f"{root}.{below}".rstrip(".") for below in there)
    for root, part in PARTS.items():
        yield from (root + b[len(part) :] for b in there if b == part or b.startswith(f"{part}."))
