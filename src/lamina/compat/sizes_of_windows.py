"""Sizes and settings of convolutions, as layers of one's own for older Keras computed them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.data_format import standard_data_format


def normalize_tuple(value: Any, n: int, name: str, allow_zero: bool = True) -> tuple[int, ...]:
    """n whole numbers: a number n times, or n of them.

    Raises: ArgumentError for anything else.
    """
    listed = list(value) if isinstance(value, Iterable) else [value] * n
    least = 0 if allow_zero else 1
    try:
        sizes = tuple(int(size) for size in listed)
    except (TypeError, ValueError):
        sizes = ()
    if len(sizes) != n or min(sizes) < least:
        raise ArgumentError(
            f"{name}=", f"needs a whole number, or {n} of them, from {least} on", repr(value),
            f"pass for instance {name}={(1,) * n}",
        )  # fmt: skip
    return sizes


def normalize_padding(value: str) -> str:
    """ "valid", "same", "causal" or "full", in small letters.

    Raises: ArgumentError for another word.
    """
    padding = str(value).lower()
    if padding not in ("valid", "same", "causal", "full"):
        raise ArgumentError(
            "padding=", "knows 'valid', 'same' and 'causal'", repr(value), "use one of them"
        )
    return padding


def normalize_data_format(value: str | None) -> str:
    """ "channels_last" or "channels_first"; None is the present setting.

    Raises: ArgumentError for another word.
    """
    return standard_data_format("data_format", value)


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """The places of a window along an axis; None of an open one."""
    if input_length is None:
        return None
    window = filter_size + (filter_size - 1) * (dilation - 1)
    places = {
        "same": input_length, "causal": input_length, "valid": input_length - window + 1,
        "full": input_length + window - 1,
    }[normalize_padding(padding)]  # fmt: skip
    return (places + stride - 1) // stride


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """The least length of an axis on which a window has so many places."""
    if output_length is None:
        return None
    return (output_length - 1) * stride - 2 * _beside(padding, filter_size) + filter_size


def deconv_output_length(
    input_length: int | None,
    filter_size: int,
    padding: str,
    output_padding: int | None = None,
    stride: int = 0,
    dilation: int = 1,
) -> int | None:
    """The length of an axis after a transposed convolution; None of an open one."""
    if input_length is None:
        return None
    window = filter_size + (filter_size - 1) * (dilation - 1)
    beside = _beside(padding, window)
    if output_padding is not None:
        return (input_length - 1) * stride + window - 2 * beside + output_padding
    more = {"valid": max(window - stride, 0), "full": -(stride + window - 2), "same": 0}
    return input_length * stride + more[normalize_padding(padding)]


def _beside(padding: str, window: int) -> int:
    """The places that padding adds at each end."""
    beside = {"same": window // 2, "valid": 0, "full": window - 1}
    if padding.lower() not in beside:
        raise ArgumentError(
            "padding=", "is 'valid', 'same' or 'full' where a length is asked for", repr(padding),
            "use one of them",
        )  # fmt: skip
    return beside[padding.lower()]


def deconv_length(
    dim_size: int | None,
    stride_size: int,
    kernel_size: int,
    padding: str,
    output_padding: int | None = None,
    dilation: int = 1,
) -> int | None:
    """`deconv_output_length`, with its arguments in another order."""
    return deconv_output_length(
        dim_size, kernel_size, padding, output_padding, stride_size, dilation
    )
