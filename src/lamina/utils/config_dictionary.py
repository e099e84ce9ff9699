"""Config: a dictionary whose entries are attributes too, and that can be frozen."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from lamina.errors import ArgumentError, MissingNameError, nearest


class Config:
    """Named values, read and set as attributes or as items.

        config = Config(learning_rate=0.1)
        config.seed = 7
        config.freeze()

    Raises: ArgumentError for a change while it is frozen; MissingNameError for an unknown name.
    """

    _frozen = False

    def __init__(self, **kwargs: Any) -> None:
        self.__dict__["_config"] = kwargs

    @property
    def frozen(self) -> bool:
        """Whether it may not be changed."""
        return self._frozen

    def freeze(self) -> None:
        """Forbids changes."""
        self.__dict__["_frozen"] = True

    def unfreeze(self) -> None:
        """Allows changes again."""
        self.__dict__["_frozen"] = False

    def _changing(self) -> dict[str, Any]:
        if self._frozen:
            raise ArgumentError(
                "Config", "is frozen", "a change", "call unfreeze() before, or make a new one"
            )
        held: dict[str, Any] = self.__dict__["_config"]
        return held

    def as_dict(self) -> dict[str, Any]:
        """The entries as a dictionary of their own."""
        return dict(self.__dict__["_config"])

    def to_json(self) -> str:
        """The entries as JSON."""
        return json.dumps(self.as_dict())

    def keys(self) -> KeysView[str]:
        """The names."""
        return self.as_dict().keys()

    def values(self) -> ValuesView[Any]:
        """The values."""
        return self.as_dict().values()

    def items(self) -> ItemsView[str, Any]:
        """(name, value)."""
        return self.as_dict().items()

    def get(self, keyname: str, value: Any = None) -> Any:
        """The entry of this name, or `value`."""
        return self.as_dict().get(keyname, value)

    def pop(self, *args: Any) -> Any:
        """Takes an entry out: (name), or (name, default)."""
        return self._changing().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Sets several entries."""
        self._changing().update(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        held = self.__dict__.get("_config", {})
        if name in held:
            return held[name]
        near = nearest(name, held)
        raise MissingNameError(
            "Config", f"has no entry {name!r}", ", ".join(held) or "no entries",
            f"did you mean {near[0]}?" if near else "set it first",
        )  # fmt: skip

    def __setattr__(self, name: str, value: Any) -> None:
        self._changing()[name] = value

    def __delattr__(self, name: str) -> None:
        del self._changing()[name]

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    __setitem__ = __setattr__
    __delitem__ = __delattr__

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__["_config"]

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_dict())

    def __len__(self) -> int:
        return len(self.__dict__["_config"])

    def __repr__(self) -> str:
        return f"<Config {self.as_dict()}>"
