"""`tf.flags` and `tf.app`: the command line's arguments as TensorFlow 1 declared them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

__all__ = [
    "FLAGS",
    "DEFINE_bool",
    "DEFINE_boolean",
    "DEFINE_enum",
    "DEFINE_float",
    "DEFINE_integer",
    "DEFINE_list",
    "DEFINE_string",
    "run",
]  # fmt: skip


class Flags:
    """The values of the arguments that were declared; the command line is read when the first is
    asked for.
    """

    def __init__(self) -> None:
        vars(self).update(_parser=argparse.ArgumentParser(), _found=None, _rest=[])

    def declare(self, name: str, default: Any, text: str | None, **options: Any) -> None:
        """One more argument, `--name`."""
        help_text = (text or "").replace("%", "%%")
        self._parser.add_argument(f"--{name}", default=default, help=help_text, **options)
        vars(self)["_found"] = None

    def __call__(self, argv: Sequence[str] | None = None, known_only: bool = True) -> list[str]:
        """Reads the arguments; returns the program's name and what was not declared."""
        given = list(sys.argv if argv is None else argv)
        found, rest = self._parser.parse_known_args(given[1:])
        vars(self).update(_found=found, _rest=rest)
        return [*given[:1], *rest]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._found is None:
            self()
        return getattr(self._found, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._found is None:
            self()
        setattr(self._found, name, value)

    def __contains__(self, name: str) -> bool:
        return name in self.flag_values_dict()

    def flag_values_dict(self) -> dict[str, Any]:
        """The values by name."""
        if self._found is None:
            self()
        return dict(vars(self._found))


FLAGS = Flags()


def _truth(text: str) -> bool:
    if text.lower() in ("true", "t", "1", "yes", "y"):
        return True
    if text.lower() in ("false", "f", "0", "no", "n"):
        return False
    raise argparse.ArgumentTypeError(f"not true or false: {text!r}")


def DEFINE_string(name: str, default: Any, help: str | None = None, **_: Any) -> None:  # noqa: N802
    """An argument that is a text."""
    FLAGS.declare(name, default, help, type=str)


def DEFINE_integer(name: str, default: Any, help: str | None = None, **_: Any) -> None:  # noqa: N802
    """An argument that is a whole number."""
    FLAGS.declare(name, default, help, type=int)


def DEFINE_float(name: str, default: Any, help: str | None = None, **_: Any) -> None:  # noqa: N802
    """An argument that is a number."""
    FLAGS.declare(name, default, help, type=float)


def DEFINE_bool(name: str, default: Any, help: str | None = None, **_: Any) -> None:  # noqa: N802
    """An argument that is true where it stands, or as it says."""
    FLAGS.declare(name, default, help, type=_truth, nargs="?", const=True)
    FLAGS._parser.add_argument(
        f"--no{name}", dest=name, action="store_const", const=False, default=argparse.SUPPRESS
    )


DEFINE_boolean = DEFINE_bool


def DEFINE_enum(  # noqa: N802
    name: str, default: Any, enum_values: Sequence[str], help: str | None = None, **_: Any
) -> None:
    """An argument that is one of some texts."""
    FLAGS.declare(name, default, help, choices=list(enum_values))


def DEFINE_list(name: str, default: Any, help: str | None = None, **_: Any) -> None:  # noqa: N802
    """An argument that is a list of texts with commas between."""
    given = default.split(",") if isinstance(default, str) else default
    FLAGS.declare(name, given, help, type=lambda text: text.split(","))


def run(main: Callable[[list[str]], Any] | None = None, argv: Any = None) -> NoReturn:
    """Runs the program's `main` with what was not declared, and ends it."""
    rest = FLAGS(argv)
    sys.exit((main or sys.modules["__main__"].main)(rest))
