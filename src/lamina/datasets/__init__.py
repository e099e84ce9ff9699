"""lamina.datasets: small real data sets that come with the package, and those of Keras.

Of the former each `load_data()` gives (x_train, y_train), (x_val, y_val), (x_test, y_test); sources
and licences stand in SOURCES.md beside this file. Of the latter, (x_train, y_train), (x_test,
y_test); their files lie in Keras' cache folder, and are downloaded if they are not there.
"""

from __future__ import annotations

import importlib
from typing import Any

from lamina.datasets.splitting import split

SHIPPED = ("breast_cancer", "clinical_trial", "digits", "iris", "wine")
OF_KERAS = (
    "boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist",
    "reuters",
)  # fmt: skip
DATASETS = (*SHIPPED, *OF_KERAS)
__all__ = [*SHIPPED, *OF_KERAS, "split"]


def __getattr__(name: str) -> Any:
    if name in DATASETS:
        return importlib.import_module(f"lamina.datasets.{name}")
    from lamina.errors import MissingNameError

    raise MissingNameError(
        "lamina.datasets", f"has no data set {name!r}", f"datasets.{name}",
        f"there are: {', '.join(DATASETS)}",
    )  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)
