"""Who may import whom: the table of docs/architecture.md, held to; imports inside functions too."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lamina

SOURCE = Path(lamina.__file__).resolve().parent
EVERYWHERE = {
    "custom_objects",
    "errors",
    "config",
    "lazy",
    "left_out",
    "naming",
    "registry",
    "settings",
}
BASE = EVERYWHERE | {"ops", "graph"}
SMALL = BASE | {"activations", "constraints", "initializers", "random", "regularizers"}
# A part and what it may import; what is not listed stands around the others and may import all.
MAY = {
    "errors": set(), "left_out": {"errors"}, "naming": set(), "custom_objects": {"errors"},
    "registry": {"custom_objects", "errors", "left_out"},
    "settings": {"errors"}, "lazy": {"registry"},
    "config": {"errors", "graph", "registry", "settings"},
    "ops": BASE, "graph": BASE, "random": BASE, "autodiff": BASE, "passes": BASE,
    "gradient_tape": BASE | {"autodiff"},
    "data": BASE | {"random"}, "callbacks": BASE, "activations": SMALL, "constraints": SMALL,
    "initializers": SMALL, "regularizers": SMALL, "losses": SMALL,
    "layers": SMALL | {"utils.bounding_boxes"}, "utils.bounding_boxes": BASE,
    "optimizers": SMALL, "metrics": SMALL | {"losses"},
    "preprocessing": BASE | {"data", "callbacks"},
    "engines.report": BASE, "engines.base": BASE | {"engines.report"},
    "engines.choice": BASE | {"engines.base"},
    "engines.reference": BASE | {"passes", "engines.base", "engines.report"},
    "engines.native": BASE | {"passes", "engines.base", "engines.report"},
}  # fmt: skip
# Only these may ask for passes or for an engine to compile.
COMPILING = {"models", "inspect", "engines.reference", "engines.native", "engines.choice"}
LAZY = ("llvmlite", "h5py", "rich")


def part_of(module: str) -> str:
    """ "layers" of lamina.layers.dense, "engines.native" of anything in it, and what MAY lists."""
    names = module.split(".")[1:]
    inner = names[:1] == ["engines"] or ".".join(names[:2]) in MAY
    return ".".join(names[: 2 if inner else 1])


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports anywhere, names of packages of ours included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            shared = node.module in ("lamina", "lamina.engines")
            yield from (f"{node.module}.{n.name}" for n in node.names) if shared else (node.module,)


def edges() -> Iterator[tuple[str, str, str]]:
    """(file, its part, the part that it imports) for all imports of another part."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(("lamina", *path.relative_to(SOURCE).with_suffix("").parts))
        for target in imports(path):
            if target.startswith("lamina.") and part_of(target) != part_of(module):
                yield str(path.relative_to(SOURCE)), part_of(module), part_of(target)


def test_every_part_imports_only_what_it_may():
    found = {(file, to) for file, part, to in edges() if part in MAY and to not in MAY[part]}
    parts = {part_of(f"lamina.{path.stem}") for path in SOURCE.iterdir()} | set(MAY)
    # A name of the package itself, such as its version, is no part.
    assert {(file, to) for file, to in found if to in parts} == set()


def test_only_models_compile():
    asking = {part for _, part, to in edges() if to in ("passes", "engines.base")}
    assert asking <= COMPILING


def test_the_reference_engine_needs_nothing_but_numpy():
    outside = {
        target.split(".")[0]
        for path in (SOURCE / "engines" / "reference").glob("*.py")
        for target in imports(path)
    }
    assert outside - set(sys.stdlib_module_names) <= {"numpy", "lamina"}


@pytest.mark.parametrize("code", ["import lamina", "from lamina import layers, losses, ops"])
def test_what_is_large_is_imported_when_it_is_needed(code):
    show = f"{code}\nimport sys; print([n for n in {LAZY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
