"""The reference engine: NumPy and nothing else. What an op means is what it does here."""

from lamina.engines import base
from lamina.engines.reference.evaluate import compute
from lamina.engines.reference.executable import compile_program
from lamina.ops import dispatch

dispatch.register_eager(compute)
base.register("reference", compile_program)
