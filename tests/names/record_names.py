"""Records every public name of real Keras with its parameters.

    python tests/names/record_names.py

Names that are one object (`keras.Layer`, `keras.layers.Layer`) have equal rows; the members of a
class stand with the first of its names only.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from signatures import surface

FILE = Path(__file__).with_name("keras.json")


def read_keras() -> dict[str, dict[str, Any]]:
    """The rows, by path below `keras`."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    rows = dict(surface(keras, ""))
    seen: set[int] = set()
    for path, row in rows.items():
        thing: Any = keras
        for name in path.split("."):
            thing = getattr(thing, name)
        if row["kind"] == "class" and id(thing) in seen:
            del row["members"]
        seen.add(id(thing))
    return rows


if __name__ == "__main__":
    rows = read_keras()
    lines = [f"{json.dumps(path)}: {json.dumps(row)}" for path, row in sorted(rows.items())]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{len(rows)} names")
