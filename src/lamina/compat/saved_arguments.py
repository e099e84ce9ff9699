"""Arguments from configurations of Keras 1 and 2, read as calls of that Keras are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.compat import border

# Parts of configurations that no constructor takes, and that change no result.
_LEFT = {
    "implementation", "input_dtype", "consume_less", "time_major", "batch_input_shape",
    "input_length", "_keras_api_names", "_keras_api_names_v1", "sparse", "ragged",
}  # fmt: skip


def arguments(cls: type, config: Mapping[str, Any], generation: int) -> dict[str, Any]:
    """The arguments of a class, from what that generation of Keras wrote of it."""
    definer = border._definer(cls, "__init__")
    parameters = border._parameters(definer.__init__)  # type: ignore[misc]
    reading = border.Reading.of(border._keys(cls, definer, "__init__"), parameters)
    reader = border.Border(border.NEWEST)
    reader.generation = generation
    read, _ = reader._read(reading, cls.__name__, (), dict(config))
    found = dict(config) if read is None else read
    return {k: v for k, v in found.items() if k not in _LEFT or k in parameters}
