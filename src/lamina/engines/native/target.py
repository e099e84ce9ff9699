"""The machine that code is made for: its processor, and how wide its vectors are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lamina.engines.native.once import once


@dataclass(frozen=True)
class Target:
    """What emitters may know of the host."""

    triple: str
    cpu: str
    features: str
    vector_bytes: int

    @property
    def is_arm(self) -> bool:
        """Whether the processor is a 64-bit ARM."""
        return self.triple.startswith(("aarch64", "arm64"))

    @property
    def registers(self) -> int:
        """Vector registers: 32 with AVX-512 and on ARM, else 16."""
        return 32 if self.is_arm or self.vector_bytes == 64 else 16

    def lanes(self, bits: int) -> int:
        """Elements of so many bits in a vector."""
        return max(1, self.vector_bytes * 8 // max(bits, 8))


def binding() -> Any:
    """llvmlite's binding, imported and initialised at the first need."""
    import llvmlite.binding as llvm

    _initialise(llvm)
    return llvm


@once
def _initialise(llvm: Any) -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@once
def host() -> Target:
    """The machine that this process runs on."""
    llvm = binding()
    features = llvm.get_host_cpu_features()
    wide = 64 if features.get("avx512f") else 32 if features.get("avx2") else 16
    triple = llvm.get_process_triple()
    return Target(triple, llvm.get_host_cpu_name(), features.flatten(), wide)
