"""What a layer can be given, for errors."""

from __future__ import annotations

import inspect

from lamina.errors import nearest

NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def what_it_takes(layer: type, given: str) -> str:
    """The argument that looks most like `given`, and all others, the layer's own first."""
    found: dict[str, inspect.Parameter] = {}
    for base in layer.__mro__[:-1]:
        if "__init__" in vars(base):
            found |= inspect.signature(base).parameters
    names = [name for name, parameter in found.items() if parameter.kind in NAMED]
    return f"did you mean {nearest(given, names)[0]}? It takes {', '.join(names)}"
