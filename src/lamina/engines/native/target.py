"""The machine that code is made for: its processor, and how wide its vectors are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lamina import config
from lamina.engines.native.once import once
from lamina.errors import ConfigError


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

    @property
    def estimates_roots(self) -> bool:
        """Whether an estimate and a step of Newton's method beat the vector square root: on Intel's
        processors with AVX-512. On AMD's they are no faster, and less exact.
        """
        known = self.vector_bytes == 64 and "+avx512dq" in self.features
        return known and not self.cpu.startswith("znver")

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


# What a level of x86-64 has beyond the one before, and the bytes of its vectors.
LEVELS = {
    "x86-64": ((), 16),
    "x86-64-v2": (("sse4.2", "popcnt"), 16),
    "x86-64-v3": (("avx2", "fma", "bmi2"), 32),
    "x86-64-v4": (("avx512f", "avx512bw", "avx512dq", "avx512vl"), 64),
}


@once
def host() -> Target:
    """The machine that code is made for: this one, or the level that LAMINA_TARGET names.

    Raises: ConfigError for a level beyond this machine, whose instructions would end the process.
    """
    llvm = binding()
    features = llvm.get_host_cpu_features()
    triple = llvm.get_process_triple()
    level = config.read().target
    if level is not None:
        _check_level(level, triple, features)
        return Target(triple, level, "", LEVELS[level][1])
    wide = 64 if features.get("avx512f") else 32 if features.get("avx2") else 16
    return Target(triple, llvm.get_host_cpu_name(), features.flatten(), wide)


def _check_level(level: str, triple: str, features: Mapping[str, bool]) -> None:
    names = list(LEVELS)
    needed = [name for one in names[: names.index(level) + 1] for name in LEVELS[one][0]]
    missing = [name for name in needed if not features.get(name)]
    if missing or not triple.startswith("x86_64"):
        raise ConfigError(
            "environment variable LAMINA_TARGET", "asks for more than this processor has",
            f"LAMINA_TARGET={level} on {triple}, without {', '.join(missing) or 'x86-64'}",
            "choose a lower level, or leave it out",
        )  # fmt: skip
