"""Registries: from a name, a configuration or an object to a loss, a metric, an optimizer, ...

A configuration is Keras' dictionary `{"module", "class_name", "config", "registered_name"}`; only
`class_name` and `config` are needed to read one. A function is written as the class "function".
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import lamina.custom_objects as own
from lamina.errors import ArgumentError, ArgumentTypeError, MissingNameError, nearest
from lamina.left_out import why_left_out


class Registry:
    """The names of one kind of thing.

    Args:
        kind: what it is called in errors, for instance "loss".
        module: Keras' module of it, for instance "keras.losses".
        table: legal names (aliases included) and the class or function of each.
        fold: looks names up without regard to case.
    """

    def __init__(self, kind: str, module: str, table: Mapping[str, Any], fold: bool = False):
        self.kind = kind
        self.module = module
        self.table = {name.lower() if fold else name: value for name, value in table.items()}
        self._fold = fold
        self._own = set(self.table.values())

    def find(self, name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """The class or function of this name.

        Raises: ArgumentError that lists the nearest legal names.
        """
        found = own.lookup(name, custom_objects)
        if found is not None:
            return found
        key = name.lower() if self._fold else name
        if key in self.table:
            return self.table[key]
        near = nearest(name, self.table, most=3)
        raise ArgumentError(
            f"{self.module}.get",
            f"knows no {self.kind} of this name",
            repr(name),
            f"did you mean {' or '.join(map(repr, near))}? One of your own is passed as an object, "
            "not by name",
        )

    def get(self, identifier: Any, legal: Callable[[Any], bool] = callable) -> Any:
        """What an argument means: None, a name, a configuration, a class, or the object itself.

        Raises: ArgumentError for an unknown name, ArgumentTypeError where `legal` refuses.
        """
        if identifier is None:
            return None
        found = identifier
        if isinstance(identifier, Mapping):
            found = self.deserialize(identifier)
        elif isinstance(identifier, str):
            found = self.find(identifier)
        if inspect.isclass(found):
            found = found()
        if legal(found):
            return found
        raise IdentifierError(self, identifier)

    def serialize(self, thing: Any) -> Any:
        """The configuration from which `deserialize` makes an equal object; None of None."""
        if thing is None:
            return None
        if inspect.isfunction(thing):
            return function_config(thing)
        cls = type(thing)
        ours = cls in self._own
        if not ours:
            own.note_written(cls, cls.__module__)
        return {
            "module": self.module if ours else cls.__module__,
            "class_name": cls.__name__,
            "config": thing.get_config(),
            "registered_name": None if ours else own.get_registered_name(cls),
        }

    def deserialize(
        self, config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """The object that a configuration describes; a plain name is a function or a class.

        Raises: ArgumentError for an unknown name or a dictionary that is no configuration.
        """
        if isinstance(config, str):
            return self.find(config, custom_objects)
        if "class_name" not in config or "config" not in config:
            raise ArgumentError(
                f"{self.module}.deserialize",
                "needs a dictionary with 'class_name' and 'config'",
                f"keys {sorted(config)}",
                f"pass what {self.module}.serialize returned",
            )
        found = own.find(config, custom_objects)
        if found is None:
            function = config["class_name"] == "function"
            found = self.find(config["config" if function else "class_name"], custom_objects)
            if function:
                return found
        if not inspect.isclass(found):
            return found
        cls: Any = found
        return cls.from_config(dict(config["config"]))


class IdentifierError(ArgumentTypeError, ValueError):
    """An argument that is neither a name nor anything that can stand in its place.

    Keras raises ValueError here.
    """

    def __init__(self, registry: Registry, identifier: Any) -> None:
        article = "an" if registry.kind[0] in "aeiou" else "a"
        super().__init__(
            f"{registry.module}.get",
            f"needs {article} {registry.kind}: its name, its configuration or the object",
            f"{identifier!r:.80} of type {type(identifier).__name__}",
            f"pass for instance {next(iter(registry.table))!r}",
        )

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        return ArgumentTypeError, (self.where, self.what, self.received, self.mend)


def function_config(function: Callable[..., Any]) -> dict[str, Any]:
    """The configuration of a function: its name."""
    own.note_written(function, "builtins")
    return {
        "module": "builtins",
        "class_name": "function",
        "config": own.get_registered_name(function),
        "registered_name": "function",
    }


def names_only(module: str, names: Sequence[str]) -> Callable[[str], Any]:
    """A module's `__getattr__`: an unknown name is an error that lists the nearest of `names`."""

    def missing(name: str) -> Any:
        reason = why_left_out(f"{module}.{name}".removeprefix("lamina."))
        if reason is not None:
            raise MissingNameError(module, f"leaves {name!r} out", f"{module}.{name}", reason)
        near = nearest(name, names, most=3, cutoff=0.5)
        raise MissingNameError(
            module, f"has no name {name!r}", f"{module}.{name}",
            f"did you mean {' or '.join(near)}?" if near else f"see dir({module})",
        )  # fmt: skip

    return missing
