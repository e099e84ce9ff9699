"""LAMINA_DUMP: each stage of a compilation as a numbered file, and only those asked for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import lamina.ops.primitives as p
from lamina.engines.base import Call, Cursor, Feed, compile_with
from lamina.graph.dump import dump
from lamina.graph.node import Graph
from lamina.graph.program import Phase, Program, Slot, Step
from lamina.graph.trace import Trace

STAGES = ("graph", "fused", "loops", "llvm", "asm")


def _run() -> None:
    """A step with a layer, a loop and a branch."""
    with Trace() as t:
        x, w = t.argument((5, 7), "float32"), t.argument((7, 7), "float32")
        h = p.tanh(p.contract(x, w, ((0, 1), (1, 2), (0, 2))))
        (h,), _ = p.scan(lambda state, now: ([p.cumsum(state[0], 0)], []), [h], [], 3)
        (h,) = p.cond(p.gt(p.reduce_sum(h, [0, 1]), 0.0), lambda: [h], lambda: [p.neg(h)])
        (h,) = p.while_loop(
            lambda s: p.gt(p.reduce_max(s[0], [0, 1]), 1.0), lambda s: [p.mul(s[0], 0.5)], [h]
        )
        graph = Graph((x.node, w.node), (t.lift(h).node,))
    slots = (Slot("x", (5, 7), "float32"), Slot("w", (7, 7), "float32"))
    phase = Phase("train", (), Step(1, graph, (0, 1), (0,)))
    executable = compile_with("native", Program.of(slots, {"train": phase}))
    executable.write(1, np.eye(7, dtype="float32"))
    executable.run(Call("train", Feed((), 1), 1), Cursor(), 1, 1)


def _files(folder: Path) -> dict[str, str]:
    """Stage -> text."""
    return {path.name.split(".")[1]: path.read_text() for path in sorted(folder.iterdir())}


def test_every_stage_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_DUMP", ",".join(STAGES))
    monkeypatch.setenv("LAMINA_DUMP_DIR", str(tmp_path))
    _run()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [re.sub(r"^\d{3}-", "", name) for name in names] == [
        f"train-1.{stage}.txt" for stage in STAGES
    ]
    found = _files(tmp_path)
    assert found["graph"].startswith("graph(%0: float32[5, 7], %1: float32[7, 7])")
    assert "tiles (5, 7) folding (7,)" in found["fused"]
    assert "%2 = contract %0 %1 : float32[5, 7]" in found["fused"]
    assert re.search(r"^plain %\d+ = scan", found["fused"], re.MULTILINE)
    assert found["loops"].startswith("arena of ")
    assert all(f"\n{word} " in found["loops"] for word in ("repeat", "while", "if", "unless"))
    assert "define void @step(ptr %a0)" in found["llvm"]
    assert "step:" in found["asm"]


def test_only_what_is_asked_for_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_DUMP", "fused")
    monkeypatch.setenv("LAMINA_DUMP_DIR", str(tmp_path / "deep" / "folder"))
    _run()
    assert set(_files(tmp_path / "deep" / "folder")) == {"fused"}
    monkeypatch.delenv("LAMINA_DUMP")
    asked: list[str] = []
    assert dump("fused", "x", lambda: asked.append("text") or "text") is None
    assert asked == []


def test_names_are_made_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_DUMP", "graph")
    monkeypatch.setenv("LAMINA_DUMP_DIR", str(tmp_path))
    path = dump("graph", "../a b/c", lambda: "text")
    assert path is not None
    assert path.parent == tmp_path
    assert path.name.endswith("-.._a_b_c.graph.txt")
