"""The code of programs: what was compiled before is not compiled again, and nothing else runs."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina as keras
from lamina.engines import base
from lamina.engines.base import Call, Cursor, Feed, compile_with
from lamina.engines.native import cache, code, emit_step, link, manifest, modules
from lamina.engines.native.executable import NativeExecutable
from lamina.engines.native.planner import ProgramPlan
from lamina.engines.native.planner import manifest_of as planned
from lamina.graph.node import Graph, Node, constant, input_node
from lamina.graph.program import Leaf, Phase, Program, Result, Slot, Step
from lamina.passes import pipeline

ROWS = 3


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of the test's own; nothing is known in the process before and after."""
    monkeypatch.delenv("LAMINA_GUARD", raising=False)
    monkeypatch.setenv("LAMINA_CACHE", "1")
    monkeypatch.setenv("LAMINA_CACHE_DIR", str(tmp_path / "cache"))
    code.forget()
    yield tmp_path / "cache"
    code.forget()


def _step(value: Any) -> Step:
    """slot <- slot + value, result x * slot."""
    slot, x = input_node((4,), "float32"), input_node((ROWS, 4), "float32")
    new = Node("add", (slot, constant(np.asarray(value, "float32"))), (4,), "float32")
    wide = Node("broadcast_to", (slot,), (ROWS, 4), "float32")
    return Step(ROWS, Graph((slot, x), (new, Node("mul", (x, wide), (ROWS, 4)))), (0,), (0,))


def _program(value: Any = (1, 2, 3, 4), name: str = "w") -> Program:
    phase = Phase("train", (Leaf((4,), "float32"),), _step(value), None, (Result((4,), "float32"),))
    return Program.of((Slot(name, (4,), "float32"),), {"train": phase})


def _outcome(executable: base.Executable) -> list[np.ndarray]:
    x = np.arange(8 * ROWS, dtype="float32").reshape(2 * ROWS, 4)
    outputs = [np.zeros_like(x)]
    executable.write(0, np.ones(4, "float32"))
    executable.run(Call("train", Feed((x,), 2 * ROWS), 2, outputs=outputs), Cursor(), 9, 1)
    return [executable.read(0), *outputs]


def _compiled(program: Program) -> NativeExecutable:
    executable = compile_with("native", program)
    assert isinstance(executable, NativeExecutable)
    return executable


def _refuse(*_: object) -> Any:
    raise AssertionError("this was compiled before")


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, whatever a hit must not need fails."""

    def begin() -> None:
        monkeypatch.setattr(pipeline, "optimize_program", _refuse)
        monkeypatch.setattr(ProgramPlan, "__init__", _refuse)
        monkeypatch.setattr(link, "compile_text", _refuse)
        monkeypatch.setattr(emit_step, "compile_text", _refuse)

    return begin


def _fitted(name: str = "first") -> keras.Model:
    """A model whose layers and training are always the same, but for the names."""
    keras.utils.set_random_seed(3)
    layers = [
        keras.layers.Dense(5, activation="tanh", name=f"{name}_hidden"),
        keras.layers.Dense(2, name=f"{name}_last"),
    ]
    model = keras.Sequential([keras.layers.Input((3,)), *layers], name=name)
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(1).normal(size=(23, 3)).astype("float32")
    model.fit(x, x[:, :2], batch_size=5, epochs=2, validation_data=(x, x[:, :2]), verbose=0)
    model.predict(x, verbose=0)
    return model


@pytest.fixture
def native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_ENGINE", "native")


@pytest.mark.parametrize("process", ["the same", "another"])
def test_a_hit_runs_no_pass_and_gives_the_same_bits(
    process: str, native: None, refusing: Callable[[], None]
) -> None:
    first = _fitted()
    if process == "another":
        code.forget()
        del first._programs.__dict__["made"]
        gc.collect()
    refusing()
    second = _fitted("second")
    for ours, theirs in zip(first.weights, second.weights, strict=True):
        assert np.array_equal(ours.numpy(), theirs.numpy())
    assert "passes" not in second._programs.runners[0].seconds


def test_explain_of_a_hit_is_the_explanation_with_its_own_names(native: None) -> None:
    first, second = _fitted(), _fitted("second")
    codes = [m._programs.runners[0].executable.code for m in (first, second)]
    assert codes[0] is codes[1]
    ours, theirs = first.explain().steps("train"), second.explain().steps("train")
    assert [k.name for s in ours for k in s.kernels] == [k.name for s in theirs for k in s.kernels]
    assert "second_hidden" in str(second.explain())
    assert "first" not in str(second.explain())


def test_another_phase_is_compiled_when_it_is_needed_after_a_hit(native: None) -> None:
    x = np.ones((7, 3), "float32")

    def made() -> keras.Model:
        model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
        model.compile("sgd", "mse")
        return model

    made().fit(x, x[:, :2], verbose=0)
    code.forget()
    gc.collect()
    model = made()
    model.fit(x, x[:, :2], verbose=0)
    assert np.isfinite(model.evaluate(x, x[:, :2], verbose=0))


DIFFERENT = {
    "a constant": _program((1, 2, 3, 5)),
    "a constant of one bit": _program((1, 2, 3, np.nextafter(np.float32(4), np.float32(5)))),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_compiled(name: str) -> None:
    one, other = _compiled(_program()), _compiled(DIFFERENT[name])
    assert one.code is not other.code
    assert not np.array_equal(_outcome(one)[0], _outcome(other)[0])


def test_equal_programs_share_their_code_and_not_their_state() -> None:
    one, other = _compiled(_program()), _compiled(_program(name="other"))
    assert one.code is other.code
    one.write(0, np.full(4, 7, "float32"))
    assert not np.array_equal(one.read(0), other.read(0))


@pytest.mark.parametrize(
    "switch", [("LAMINA_CACHE", "0"), ("LAMINA_DUMP", "llvm"), ("LAMINA_GUARD", "1")]
)
def test_nothing_is_shared_where_it_is_not_wanted(
    switch: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*switch)
    monkeypatch.setenv("LAMINA_DUMP_DIR", str(tmp_path / "dump"))
    one, other = _compiled(_program()), _compiled(_program())
    assert one.code is not other.code
    _outcome(other)


@pytest.mark.parametrize("cost", [1, 1 << 20])
def test_modules_of_any_size_do_the_same(
    cost: int, native: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    want = _fitted()
    code.forget()
    monkeypatch.setattr(modules, "COST", cost)
    monkeypatch.setattr(code, "_loaded", lambda *_: None)
    monkeypatch.setattr(cache, "load", lambda _: None)
    got = _fitted("second")
    for ours, theirs in zip(want.weights, got.weights, strict=True):
        assert np.array_equal(ours.numpy(), theirs.numpy())
    library = got._programs.runners[0].executable.step("train", False).library
    names = [k.name for s in got.explain().steps("train") for k in s.kernels]
    # The kernels' modules, and that of the step, which calls them.
    assert len(library.objects) == 1 + (len(set(names)) if cost == 1 else 1)


def test_an_interrupt_between_two_modules_leaves_all_usable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    executable = _compiled(_program())
    with monkeypatch.context() as patched:
        patched.setattr(emit_step, "compile_text", interrupt)
        with pytest.raises(KeyboardInterrupt):
            _outcome(executable)
    assert all(map(np.array_equal, _outcome(_compiled(_program())), _outcome(executable)))


@pytest.mark.parametrize("on", [True, False])
def test_garbage_is_collected_after_compiling_as_before(on: bool) -> None:
    (gc.enable if on else gc.disable)()
    try:
        _outcome(_compiled(_program((5, 6, 7, float(on)))))
        assert gc.isenabled() is on
    finally:
        gc.enable()


# ── entries ──


def _kinds(folder: Path) -> dict[str, list[Path]]:
    """The entries of programs, and those of machine code."""
    found: dict[str, list[Path]] = {"manifest": [], "object": []}
    for entry in folder.iterdir():
        content = entry.read_bytes()[cache.DIGEST :]
        found["manifest" if b'"slots"' in content else "object"].append(entry)
    return found


def _sealed(content: bytes) -> bytes:
    """An entry whose digest is right, whatever is in it."""
    import hashlib

    return hashlib.sha256(content).digest() + content


def _edited(content: bytes, edit: Callable[[Any], None]) -> bytes:
    """A manifest whose JSON was changed by `edit`."""
    (length,) = manifest.LENGTH.unpack_from(content)
    start = manifest.LENGTH.size
    record = json.loads(content[start : start + length])
    edit(record)
    head = json.dumps(record).encode()
    return manifest.LENGTH.pack(len(head)) + head + content[start + length :]


def _set(path: tuple[Any, ...], value: Any) -> Callable[[Any], None]:
    def edit(record: Any) -> None:
        for key in path[:-1]:
            record = record[key]
        record[path[-1]] = value

    return edit


# A place is [dtype, shape, strides, offset]; a step [rows, leaves, valid, results].
SLOT, STEP = ("slots", 0, 0), ("phases", "train", 0)
EDITS: dict[str, Callable[[Any], None]] = {
    "a slot beyond the arena": _set((*SLOT, 3), 1 << 20),
    "a slot before the arena": _set((*SLOT, 3), -64),
    "a slot between elements": _set((*SLOT, 3), 2),
    "a slot with strides that leave the arena": _set((*SLOT, 2), [1 << 30]),
    "a slot with strides backwards": _set((*SLOT, 2), [-1]),
    "a slot with more strides": _set((*SLOT, 2), [1, 1]),
    "a slot with strides that are no numbers": _set((*SLOT, 2), [1.5]),
    "a slot of another shape": _set((*SLOT, 1), [5]),
    "a slot of another dtype": _set((*SLOT, 0), "float64"),
    "a slot of no dtype": _set((*SLOT, 0), "none"),
    "a slot without a place": _set(("slots", 0), []),
    "a slot more": _set(("slots",), [[], []]),
    "another phase": _set(("phases",), {}),
    "a rest": _set(("phases", "train", 1), [3, [], [], []]),
    "other rows": _set((*STEP, 0), 4),
    "a leaf less": _set((*STEP, 1), []),
    "a leaf in scratch": _set((*STEP, 1, 0, 0, 3), 1 << 12),
    "a number of rows": _set((*STEP, 2), [["int32", [], [], 0]]),
    "a result less": _set((*STEP, 3), []),
    "a result beyond the arena": _set((*STEP, 3, 0, 3), 1 << 20),
    "a result that does not lie in a row": _set((*STEP, 3, 0, 2), [0, 1]),
    "an arena that is too small": _set(("size",), 64),
    "an arena of no machine": _set(("size",), 1 << 61),
    "a front beyond its end": _set(("front",), 1 << 40),
    "a constant beyond the arena": _set(("constants", 0, 0), 1 << 20),
    "a constant that is longer": _set(("constants", 0, 1), 1 << 20),
    "no constants": _set(("constants",), []),
    "a list": _set(("slots",), None),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_manifest_that_does_not_fit_is_not_used(name: str) -> None:
    program = _program()
    content = manifest.write(planned(ProgramPlan(program)))
    assert manifest.write(manifest.read(content, program)) == content
    with pytest.raises(manifest.ManifestError):
        manifest.read(_edited(content, EDITS[name]), program)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-9],
    "changed": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "sealed, and no manifest": lambda content: _sealed(b"nothing of the kind"),
    "sealed, and empty": lambda content: _sealed(b""),
    "of an older form": lambda content: _sealed(content[cache.DIGEST :].replace(b"front", b"old")),
    "of another program": lambda content: _sealed(
        _edited(content[cache.DIGEST :], EDITS["a slot of another shape"])
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_manifest_is_made_again(damage: str, folder: Path) -> None:
    want = _outcome(_compiled(_program()))
    (entry,) = _kinds(folder)["manifest"]
    whole = entry.read_bytes()
    entry.write_bytes(DAMAGES[damage](whole))
    code.forget()
    assert all(map(np.array_equal, want, _outcome(_compiled(_program()))))
    assert entry.read_bytes() == whole


@pytest.mark.parametrize(
    "damage", ["empty", "cut", "changed", "sealed, and no manifest", "sealed, and empty"]
)
def test_damaged_machine_code_is_made_again(damage: str, folder: Path) -> None:
    want = _outcome(_compiled(_program()))
    for entry in _kinds(folder)["object"]:
        entry.write_bytes(DAMAGES[damage](entry.read_bytes()))
    code.forget()
    link._live.clear()
    assert all(map(np.array_equal, want, _outcome(_compiled(_program()))))
