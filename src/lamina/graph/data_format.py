"""Where the channels of images and sequences stand: after the other axes, or right after the batch.

"channels_last" is (B, space..., C), "channels_first" is (B, C, space...).
"""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError

FORMATS = ("channels_last", "channels_first")
_default = "channels_last"


def image_data_format() -> str:
    """The format of layers and ops that are given none: "channels_last" unless it was changed."""
    return _default


def set_image_data_format(data_format: str) -> None:
    """Sets the format of layers and ops that are given none.

    Raises: ArgumentError for anything but "channels_last" and "channels_first".
    """
    global _default
    _default = standard_data_format("set_image_data_format", str(data_format))


def standard_data_format(where: str, data_format: Any = None) -> str:
    """The format that an argument means; None is the default.

    Raises: ArgumentError, in the name of `where`, for one that does not exist.
    """
    if data_format is None:
        return _default
    found = str(data_format).lower()
    if found not in FORMATS:
        raise ArgumentError(
            where, "does not know this data_format", repr(data_format),
            "use 'channels_last' or 'channels_first'",
        )  # fmt: skip
    return found
