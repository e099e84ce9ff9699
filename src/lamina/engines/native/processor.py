"""The processor's mode: MXCSR on x86, FPCR on ARM."""

from __future__ import annotations

from lamina.engines.native import target as machine
from lamina.engines.native.emit import I32, I64, Function, Value

_X86_FLUSH = 0x8040  # flush to zero, denormals are zero
_ARM_FLUSH = 1 << 24


def flush_subnormals(f: Function) -> Value:
    """Sets the mode that takes subnormals for zero, and gives the one before."""
    if machine.host().is_arm:
        mode = f.call("llvm.aarch64.get.fpcr", [], I64)
        f.call("llvm.aarch64.set.fpcr", [f.or_(mode, f.index(_ARM_FLUSH))])
        return mode
    place = f.local(I32)
    f.call("llvm.x86.sse.stmxcsr", [place])
    mode = f.load(I32, place, 4)
    f.store(f.or_(mode, f.const(I32, _X86_FLUSH)), place, 4)
    f.call("llvm.x86.sse.ldmxcsr", [place])
    return mode


def restore(f: Function, mode: Value) -> None:
    """Puts the caller's mode back."""
    if machine.host().is_arm:
        f.call("llvm.aarch64.set.fpcr", [mode])
        return
    place = f.local(I32)
    f.store(mode, place, 4)
    f.call("llvm.x86.sse.ldmxcsr", [place])
