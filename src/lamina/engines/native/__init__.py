"""The native engine: programs compiled to machine code through LLVM.

    lower     the graph of a step as kernels, loops and branches on views (buffers, kernel)
    memory    every buffer's place in one arena
    emit_step one function a step, which calls the kernels (plain/: loops; tiles/: tile programs)
    driver    the loops over batches, passes and epochs, the same for every program (records,
              shuffle, gather)
    executable what `engines/base.py` asks for

Notes on the interface: a kernel is anything with the members of `kernel.Kernel`; the lowering makes
them, on views that say where operands lie and with which strides.
"""

from lamina.engines import base
from lamina.engines.native.executable import compile_program

base.register("native", compile_program)
