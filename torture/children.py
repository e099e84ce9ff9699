"""Workers: processes in which cases run, made anew when one dies or hangs."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def environment(**more: str) -> dict[str, str]:
    """The environment of a child: one thread, no talk."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    return {**os.environ, **quiet, **more}


class Worker:
    """A child that performs cases; see `torture.worker`.

    Args:
        library: "lamina" or "keras".
        folder: where it works, and where its temporary files would be.
        patience: seconds that a case may take before the child is killed.
        variables: more of its environment.
    """

    def __init__(
        self, library: str, folder: Path, patience: float = 20.0, **variables: str
    ) -> None:
        self.variables = variables
        self.library, self.folder, self.patience = library, folder, patience
        self._child: subprocess.Popen[str] | None = None
        self._talk = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in __exit__

    def ask(self, module: str, function: str, **arguments: Any) -> dict[str, Any]:
        """What became of a case; "raised" is "death" or "hang" where the child did not answer."""
        child = self._alive()
        assert child.stdin is not None
        job = {"module": module, "function": function, "arguments": arguments}
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(job) + "\n")
            child.stdin.flush()
        answer = self._answer(child)
        if answer is None:
            hung = child.poll() is None
            self.close()
            code = child.returncode
            return {
                "returned": None, "raised": "hang" if hung else "death", "text": f"exit {code}",
                "seconds": self.patience, "bytes": 0, "warned": [], "imported": [], "acts": [],
                "opened": [], "ours": False,
            }  # fmt: skip
        return dict(json.loads(answer))

    def _alive(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            paths = [str(ROOT), str(self.folder), os.environ.get("PYTHONPATH", "")]
            self._child = subprocess.Popen(
                [sys.executable, "-m", "torture.worker", self.library], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._talk, cwd=self.folder,
                env=environment(
                    PYTHONPATH=os.pathsep.join(paths), TMPDIR=str(self.folder), **self.variables
                ),
            )  # fmt: skip
        return self._child

    def _answer(self, child: subprocess.Popen[str]) -> str | None:
        assert child.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(child.stdout, selectors.EVENT_READ)
            # The first answer waits for the library to be imported.
            if not waiting.select(self.patience + 30):
                return None
        return child.stdout.readline() or None

    def close(self) -> None:
        """Ends the child."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            self._child = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        self._talk.close()
