"""The machine, its cores, and the environment in which a peer's process runs."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = str(Path(__file__).parent)

PACKAGES = (
    "numpy", "llvmlite", "jax", "torch", "keras", "tensorflow", "scikit-learn", "onnxruntime",
)  # fmt: skip

# Variables that set how many threads a library uses.
THREADS = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)  # fmt: skip

# Together they make OpenBLAS, and with it NumPy, use kernels of another processor. The last keeps
# Python from keeping its byte code, so that every import would compile the sources again.
DROPPED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")


def cores() -> list[int]:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def pin(chosen: Sequence[int]) -> None:
    """Restricts this process, and threads that it starts from here on, to these cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, chosen)


def environment(threads: int, before: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of a process that is to use so many threads, and the processor only."""
    found = {name: value for name, value in before.items() if name not in DROPPED}
    found.update(dict.fromkeys(THREADS, str(threads)))
    found.update(JAX_PLATFORMS="cpu", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3")
    if _lamina_takes_threads():
        found["LAMINA_NUM_THREADS"] = str(threads)
    return found


def _lamina_takes_threads() -> bool:
    from lamina.config import SWITCHES

    return any(switch.name == "LAMINA_NUM_THREADS" for switch in SWITCHES)


def record(used: Sequence[int]) -> dict[str, Any]:
    """Processor, cores, versions, date: what a figure must be read with."""
    versions = {name: v for name in PACKAGES if (v := _version(name))}
    return {
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": list(used),
        "pinned": hasattr(os, "sched_setaffinity"),
        "versions": {
            "lamina": _said("git", "-C", HERE, "rev-parse", "--short", "HEAD"),
            "python": platform.python_version(),
            "gcc": _said(compiler(), "-dumpfullversion"),
            **versions,
        },
        "date": datetime.date.today().isoformat(),
    }


def describe(machine: Mapping[str, Any]) -> str:
    """A record in one line."""
    count = len(machine["cores"])
    cores = f"{count} cores" if count > 1 else "one core"
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    return f"{machine['processor']}, {cores}; {versions}; {machine['date']}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def compiler() -> str | None:
    """The C compiler: $CC, or gcc."""
    return shutil.which(os.environ.get("CC", "gcc"))


def _said(program: str | None, *words: str) -> str | None:
    """What a program prints; None where it is missing or fails."""
    if program is None or shutil.which(program) is None:
        return None
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
