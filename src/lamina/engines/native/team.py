"""Teams: what the threads that run one step together tell each other, and the function that helpers
run (`emit_team`).
"""

from __future__ import annotations

from lamina.engines.native.link import Library, made
from lamina.engines.native.once import once
from lamina.engines.native.records import Words

LINE = 8  # words
HELP = "help"


class Team(Words):
    """The words of a team, each `LINE` words from the next. All counts start at 0."""

    COUNT = 0
    # How many steps were begun, negative: helpers return; the one that is begun, a
    # function(arena, team, member, count).
    BEGUN = 1
    BODY = 2
    ARENA = 3
    # How many have arrived at the barrier, and how many barriers were passed.
    ARRIVED = 4
    PASSED = 5


@once
def helper() -> tuple[Library, int]:
    """The library of `help(team, member)` and its address: runs the team's steps until it stops."""
    library = made(("team",), _text, [HELP])
    return library, library.address(HELP)


def _text() -> str:
    # Imported where it is needed: from the cache the function comes without.
    from lamina.engines.native.emit_team import text

    return text()
