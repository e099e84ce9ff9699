"""The figures as a table."""

from __future__ import annotations

import datetime
import importlib.metadata
import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.measure import Measured
from bench.workloads import Workload

README = Path(__file__).parent / "README.md"
PACKAGES = ("numpy", "llvmlite", "jax", "torch", "keras", "tensorflow", "scikit-learn")
MARK = "<!-- results -->"


def machine() -> str:
    """Processor, Python, versions, date."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines()
                 if line.startswith("model name")]  # fmt: skip
        cpu = names[0] if names else cpu
    versions = ", ".join(f"{name} {v}" for name in PACKAGES if (v := _version(name)))
    today = datetime.date.today().isoformat()
    return f"{cpu}, one core; Python {platform.python_version()}, {versions}; {today}"


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def table(workload: Workload, rows: Sequence[Measured]) -> str:
    """One workload as a Markdown table; ratios are to lamina's median."""
    shape = "-".join(map(str, workload.sizes))
    head = (
        f"**{workload.name}**: {shape}, {workload.hidden}, batch {workload.batch}, "
        f"{workload.optimizer}, {workload.rows} rows\n\n"
        "| | us a step (median, min to max) | ratio | predict one row, us | start, s | loss |\n"
        "|---|---|---|---|---|---|"
    )
    own = next((m.median for m in rows if m.peer == "lamina"), None)
    return "\n".join([head, *(_row(m, own) for m in rows), ""])


def _row(m: Measured, own: float | None) -> str:
    if m.median is None:
        return f"| {m.peer} | not measured: {m.unavailable} | | | | |"
    ratio = f"{m.median / own:.2f}" if own else ""
    predict = f"{m.predict_us:,.0f}" if m.predict_us is not None else ""
    loss = "" if m.loss is None or math.isnan(m.loss) else f"{m.loss:.5f}"
    spread = f"{m.median:,.2f} ({min(m.us):,.2f} to {max(m.us):,.2f})"
    return f"| {m.peer} | {spread} | {ratio} | {predict} | {m.start_seconds or 0:.2f} | {loss} |"


def write_readme(found: Mapping[Workload, Sequence[Measured]]) -> None:
    """Rewrites the results in bench/README.md, which stand below a mark."""
    before = README.read_text(encoding="utf-8").split(MARK)[0]
    tables = "\n".join(table(workload, rows) for workload, rows in found.items())
    README.write_text(f"{before}{MARK}\n\n{machine()}\n\n{tables}", encoding="utf-8")
