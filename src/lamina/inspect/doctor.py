"""`lamina doctor`: what lamina finds on this machine, and whether that is all it needs."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib import metadata

import lamina
from lamina import config
from lamina.engines.choice import choose

NEEDED = ("numpy", "llvmlite", "h5py", "rich")
OTHERS = ("keras", "tensorflow", "jax", "torch")
# The features that decide how wide the vectors are and which instructions may be emitted.
VECTOR_FEATURES = (
    "sse2", "avx", "avx2", "fma", "avx512f", "avx512vl", "avx512dq", "avx512bw", "neon", "sve",
)  # fmt: skip


def report() -> tuple[list[str], bool]:
    """The lines to print, and whether everything that lamina needs is there."""
    lines = [f"lamina {lamina.__version__}"]
    lines += [f"  {name:<12} {value}" for name, value in _system()]
    versions = {name: version_of(name) for name in NEEDED}
    lines += [f"  {name:<12} {version or 'not installed'}" for name, version in versions.items()]
    lines += [f"  {name:<12} {value}" for name, value in _processor(versions["llvmlite"])]
    choice = choose()
    lines.append(f"  {'engine':<12} {choice.engine} ({choice.reason})")
    lines += [f"  {name:<12} {value}" for name, value in _switches()]
    found = [f"{name} {version}" for name in OTHERS if (version := version_of(name))]
    lines.append(f"  {'beside it':<12} {', '.join(found) or 'no other framework'}")
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        lines.append(f"missing: {', '.join(missing)}; mend: pip install {' '.join(missing)}")
    else:
        lines.append("all that lamina needs is there")
    return lines, not missing


def version_of(distribution: str) -> str | None:
    """The installed version, or None."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _system() -> Iterator[tuple[str, str]]:
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "system", f"{platform.system()} {platform.release()}, {platform.machine()}"


def _processor(llvmlite_version: str | None) -> Iterator[tuple[str, str]]:
    yield "cores", str(os.cpu_count())
    if llvmlite_version is None:
        return
    from llvmlite import binding

    yield "LLVM", ".".join(map(str, binding.llvm_version_info))
    features = binding.get_host_cpu_features()
    yield "processor", binding.get_host_cpu_name()
    yield "vectors", " ".join(f for f in VECTOR_FEATURES if features.get(f)) or "none"


def _switches() -> Iterator[tuple[str, str]]:
    config.read()
    for switch in config.SWITCHES:
        value = os.environ.get(switch.name)
        if value:
            yield "switch", f"{switch.name}={value}: {switch.meaning}"
