"""Small folders of pictures and of texts, the same each time."""

from __future__ import annotations

import numpy as np
from PIL import Image

CLASSES = {"ants": 5, "bees": 3, "cats": 4}


def write_pictures(folder, seed=3):
    """Pictures of odd sizes and of every mode: a folder a class, one of them nested."""
    random = np.random.default_rng(seed)
    modes = ["RGB", "L", "RGBA", "RGB"]
    for name, count in CLASSES.items():
        for i in range(count):
            mode = modes[i % 4]
            shape = (7 + i, 9 + 2 * i, *({"L": ()}.get(mode, (len(mode),))))
            image = Image.fromarray(random.integers(0, 256, shape, dtype="uint8"))
            below = folder / name / ("deep" if i == 2 else "")
            below.mkdir(parents=True, exist_ok=True)
            image.save(below / f"{i}.{'bmp' if mode == 'RGB' and i else 'png'}")
        (folder / name / "notes.md").write_text("no picture")
    (folder / "readme.txt").write_text("no class")
    return folder


def write_texts(folder):
    """Texts: a folder a class."""
    for name, count in CLASSES.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            text = f"{name} number {i}\nwith é and more"
            (folder / name / f"{i}.txt").write_text(text, encoding="utf-8")
    return folder
