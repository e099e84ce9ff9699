"""The command line: lamina run | check | demo | doctor."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import lamina
from lamina.errors import ConfigError

RUN_USAGE = """lamina run [--keras {1,2,3}] script.py [args ...]
       lamina run [--keras {1,2,3}] -m module [args ...]
       lamina run [--keras {1,2,3}] - [args ...]"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    ours, target = split(given)
    options = _parser().parse_args(ours)
    if options.command == "run":
        if not target:
            sys.stderr.write(f"usage: {RUN_USAGE}\nlamina run: error: there is nothing to run\n")
            return 2
        return _run(target, options.keras)
    if options.command == "check":
        return max(_check(script) for script in options.scripts)
    try:
        return _demo(options) if options.command == "demo" else _doctor()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is for `lamina run` itself, and from the script, -m or - on what is for the program."""
    if not arguments or arguments[0] != "run":
        return list(arguments), []
    place = 1
    while place < len(arguments):
        argument = arguments[place]
        if argument in ("-m", "-") or not argument.startswith("-"):
            break
        place += 2 if argument == "--keras" else 1
    return list(arguments[:place]), list(arguments[place:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lamina", description=lamina.__doc__)
    parser.add_argument("--version", action="version", version=f"lamina {lamina.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    run = commands.add_parser(
        "run", usage=RUN_USAGE, help="run a program with lamina as its keras",
        description="Runs a program as Python does, in a process where `import keras` and "
        "`import tensorflow.keras` give lamina.",
    )  # fmt: skip
    run.add_argument(
        "--keras", type=int, choices=(1, 2, 3),
        help="the Keras whose meaning every call has; default: 3, except for older spellings",
    )  # fmt: skip
    check = commands.add_parser(
        "check", help="list what a script names and lamina does not have",
        description="Reads scripts without running them, and lists the names and arguments of "
        "Keras and TensorFlow in them that lamina does not have. Exit code: 0 none, 1 some, "
        "2 no Python 3.",
    )  # fmt: skip
    check.add_argument("scripts", nargs="+", metavar="script.py", help="the paths of scripts")
    demo = commands.add_parser("demo", help="train two networks on real data and show the results")
    demo.add_argument("--seed", type=int, default=0, help="of weights and order; default 0")
    commands.add_parser("doctor", help="say what lamina finds on this machine")
    return parser


def _run(target: Sequence[str], keras: int | None) -> int:
    from lamina.run import run

    return run(target, keras)


def _check(script: str) -> int:
    from lamina.check import check

    return check(script)


def _demo(options: argparse.Namespace) -> int:
    from lamina.demo import demo

    return demo(options.seed)


def _doctor() -> int:
    from lamina.inspect.doctor import report

    lines, complete = report()
    print("\n".join(lines))
    return 0 if complete else 1
