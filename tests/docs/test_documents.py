"""The documents: what they show runs as it stands, and the two READMEs show the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.config import SWITCHES

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(name: str) -> list[str]:
    return BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md", "docs/looking-inside.md"])
def test_every_block_runs(name, tmp_path):
    blocks = _blocks(name)
    assert blocks
    script = tmp_path / "blocks.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_chinese_readme_shows_the_same_code_and_commands():
    assert _blocks("README.zh-CN.md") == _blocks("README.md")
    for command in ("make demo", "make test", "lamina run train.py --epochs 5", "make bench"):
        for name in ("README.md", "README.zh-CN.md"):
            assert command in (ROOT / name).read_text(encoding="utf-8"), (name, command)


def test_every_switch_has_its_row():
    text = (ROOT / "docs" / "looking-inside.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(LAMINA_\w+)` \| (.*?) \|", text, re.MULTILINE)
    assert [name for name, _ in rows] == [switch.name for switch in SWITCHES]
    for switch, (_, values) in zip(SWITCHES, rows, strict=True):
        assert all(value in values for value in switch.legal), switch.name


@pytest.mark.parametrize(
    "name",
    ["README.md", "README.zh-CN.md", "docs/architecture.md", "docs/tutorial.md",
     "docs/looking-inside.md"],
)  # fmt: skip
def test_links_lead_to_files(name):
    source = ROOT / name
    for target in re.findall(r"\]\(([^)#:]+)\)", source.read_text(encoding="utf-8")):
        assert (source.parent / target).exists(), f"{name} links to {target}"
