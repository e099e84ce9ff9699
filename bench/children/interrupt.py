"""Ctrl-C in the middle of a fit: when Python has control again, and what is left of the model.

    python -m bench.children.interrupt lamina notes CORES

It prints "ready" once a long fit has begun and the model is compiled; whoever started it sends
SIGINT. `caught` is on the clock of `time.monotonic`, which all processes of a machine share.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import Any

import numpy as np

from bench.children import finish, module_of
from bench.machine import pin
from bench.peers.keras_api import build
from bench.workloads import WORKLOADS

FOREVER = 10**6  # epochs
BEGUN = 0.3  # seconds after which a fit of a compiled model is in its native code


def main(peer: str, name: str) -> dict[str, Any]:
    """Trains until it is interrupted, and then a little more."""
    w = WORKLOADS[name]
    k = module_of(peer)
    x, y = w.data()
    model = build(k, w)
    options = {"batch_size": w.batch, "verbose": 0}
    model.fit(x, y, epochs=2, **options)
    begin = time.monotonic()
    model.fit(x, y, epochs=2, **options)
    epoch = (time.monotonic() - begin) / 2
    threading.Timer(BEGUN, lambda: print("ready", flush=True)).start()
    begin = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(x, y, epochs=FOREVER, **options)
    caught = time.monotonic()
    kept = len(model.history.history.get("loss", ())) if model.history is not None else 0
    usable = bool(np.isfinite(np.asarray(model.predict(x[:5], verbose=0))).all())
    model.fit(x, y, epochs=1, **options)
    return {
        "caught": caught, "step": epoch / w.steps, "epochs_kept": kept,
        "epochs_due": (caught - begin) / epoch, "usable": usable,
    }  # fmt: skip


if __name__ == "__main__":
    pin([int(core) for core in sys.argv[3].split(",")])
    finish(main(sys.argv[1], sys.argv[2]))
