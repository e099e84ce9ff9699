"""The native engine: programs compiled to machine code through LLVM.

    tiles/     fusion: which ops are one kernel, how its tiles and lanes lie, and its emission
    plain/     every other op, and every op when it stands alone, as loops
    lower      the graph of a step as kernels, loops and branches on views (buffers, kernel)
    memory     every buffer's place in one arena
    emit_step  one function a step, which calls the kernels (modules)
    code       what all of these found, for equal programs of this process and the next ones: the
               manifest of places and the machine code of the steps (manifest, step_code, cache)
    driver     the loops over batches, passes and epochs, the same for every program (records,
               shuffle, gather)
    emit/      the typed emitter under all of these; target, link: from its text to machine code
    executable what `engines/base.py` asks for

A kernel is anything with the members of `kernel.Kernel`: it reads and writes views, which say where
operands lie and with which strides, and is emitted as one function of pointers.
"""

from lamina.engines import base
from lamina.engines.native.executable import compile_program
from lamina.engines.native.outlines import Outlines

base.register("native", compile_program, Outlines())
