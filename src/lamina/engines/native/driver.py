"""The driver: the one native function that runs the loops over batches, passes and epochs.

It is the same code for every program, made once (`emit_driver`) and kept in the cache.
"""

from __future__ import annotations

import numpy as np

from lamina.engines.native import target as machine
from lamina.engines.native.link import Library, made
from lamina.engines.native.once import once

RUN, ONE = "run", "run_one"


@once
def function() -> tuple[Library, int]:
    """The driver's library and the address of `run`; compiled at the first call."""
    library = made(("driver",), _text, [RUN, ONE])
    return library, library.address(RUN)


def one() -> tuple[Library, int]:
    """The driver's library and the address of `run_one`."""
    library, _ = function()
    return library, library.address(ONE)


def room_for_bits(rows: int) -> np.ndarray:
    """Room for the random words of a pass, of which a vector's are drawn at once."""
    return np.zeros(rows + machine.host().lanes(32), "uint32")


def _text() -> str:
    # Imported where it is needed: from the cache the driver comes without.
    from lamina.engines.native.emit_driver import text

    return text()
