"""Records what real TensorFlow answers to every row of `tensorflow_calls`.

python tests/compat/record_tensorflow.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_calls import CALLS, answer

if __name__ == "__main__":
    found, refused = {}, []
    for call in CALLS:
        try:
            parts = answer(tf, call)
        except Exception as error:
            refused.append(f"{call}: {error}")
            continue
        found |= {f"{call} #{i}": part for i, part in enumerate(parts)}
    if refused:
        raise SystemExit("\n".join(refused))
    names = np.asarray(list(found), "U")
    np.savez_compressed(
        Path(__file__).with_name("tensorflow.npz"), names=names,
        **{str(i): part for i, part in enumerate(found.values())},
    )  # fmt: skip
