"""What takes the hostile files, in the worker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from torture.hostile.cases import small

_kept: dict[str, Any] = {}


def model(keras: Any, given: str, folder: str) -> str:
    """A whole model's file."""
    loaded = keras.models.load_model(given)
    return str(type(loaded).__name__)


def weights(keras: Any, given: str, folder: str) -> str:
    """A file of weights, into a model that must stay as it was if the file is refused."""
    target = _kept.setdefault("model", small(keras))
    before = [w.copy() for w in target.get_weights()]
    try:
        target.load_weights(given)
    except BaseException:
        if any((a != b).any() for a, b in zip(before, target.get_weights(), strict=True)):
            raise SystemExit("the model was changed by a file that was refused") from None
        raise
    return "read"


def text(keras: Any, given: str, folder: str) -> str:
    """A text for model_from_json."""
    content = Path(given).read_bytes().decode("utf-8", "surrogatepass")
    return str(type(keras.models.model_from_json(content)).__name__)


def yaml(keras: Any, given: str, folder: str) -> str:
    """A text for model_from_yaml, which Keras 3 has no longer."""
    content = Path(given).read_text("utf-8")
    if keras.__name__ == "lamina":
        from lamina.compat.small_utils import model_from_yaml
    else:
        model_from_yaml = keras.models.model_from_yaml
    return str(type(model_from_yaml(content)).__name__)


def archive(keras: Any, given: str, folder: str) -> str:
    """An archive that get_file unpacks; what it leaves in its own cache folder is removed."""
    import shutil

    cache = Path(folder) / "downloads"
    try:
        keras.utils.get_file(
            "data.bin", origin=Path(given).as_uri(), extract=True, cache_dir=str(cache)
        )
        return "unpacked"
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def warm_model(keras: Any, folder: str) -> None:
    """What is loaded when it is first used is loaded before anything is measured."""
    for name in ("good.keras", "good.h5", "functional.keras"):
        keras.models.load_model(str(Path(folder) / name))


def warm_weights(keras: Any, folder: str) -> None:
    """The same for weights, of both formats."""
    for name in ("good.weights.h5", "old_weights.h5"):
        weights(keras, str(Path(folder) / name), folder)


def warm_json(keras: Any, folder: str) -> None:
    """The same for texts."""
    text(keras, str(Path(folder) / "good.json"), folder)
    import bz2  # noqa: F401
    import lzma  # noqa: F401

    if keras.__name__ == "lamina":
        from lamina.compat import small_utils

        small_utils.model_from_yaml(small_utils.to_yaml(small(keras)))
        dir(keras.layers)


def warm_archive(keras: Any, folder: str) -> None:
    """The same for archives."""
    import zipfile

    path = Path(folder) / "warm.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a", "b")
    archive(keras, str(path), folder)
    path.unlink()
    sys.stdout.flush()
