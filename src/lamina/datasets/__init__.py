"""lamina.datasets: small real data sets, and the course problem of the notes as a generator.

Each `load_data()` gives (x_train, y_train), (x_val, y_val), (x_test, y_test). Sources and licences
stand in SOURCES.md beside this file.
"""

from __future__ import annotations

import importlib
from typing import Any

from lamina.datasets.splitting import split

DATASETS = ("breast_cancer", "clinical_trial", "digits", "iris", "wine")
__all__ = [*DATASETS, "split"]


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
