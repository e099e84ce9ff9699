"""Dtype policies: in which dtype a layer keeps its weights and computes; in lamina they are one."""

from __future__ import annotations

import warnings
from typing import Any

from lamina.errors import ArgumentError, ArgumentTypeError, UnsupportedError
from lamina.graph import dtypes

_MIXED = ("mixed_float16", "mixed_bfloat16")
_policy: DTypePolicy | None = None


class DTypePolicy:
    """A dtype policy: the name of a dtype, "float32" or "float64", in which all is kept and done.

    Args:
        name: default that of the present policy.

    Attributes:
        mixed_as: the dtype that stands in for "mixed_float16" and "mixed_bfloat16", with a warning,
            in programs that were written for other machines; None refuses them.

    Raises: UnsupportedError for "mixed_float16", "mixed_bfloat16" and quantised policies.
    """

    mixed_as: str | None = None

    def __init__(self, name: str | None = None) -> None:
        name = dtype_policy().name if name is None else name
        if not isinstance(name, str):
            raise ArgumentTypeError(
                "DTypePolicy(name=...)", "needs a name", repr(name), "pass 'float32'"
            )
        if name in _MIXED and self.mixed_as is not None:
            warnings.warn(
                f"{name}: computed in {self.mixed_as}, which rounds less", UserWarning, stacklevel=2
            )
            name = self.mixed_as
        if name in _MIXED or name in ("float16", "bfloat16") or "_from_" in name:
            raise UnsupportedError(
                "dtype", "is not offered: lamina computes in float32 and float64", repr(name),
                "use dtype='float32'",
            )  # fmt: skip
        self._dtype = dtypes.standard(name)

    @property
    def name(self) -> str:
        """The name of the policy: its dtype's."""
        return self._dtype

    variable_dtype = compute_dtype = name

    @property
    def quantization_mode(self) -> None:
        """None: nothing is quantised."""

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """An input as a tensor, floats in `dtype` with `autocast`."""
        from lamina.ops.dispatch import as_tensor
        from lamina.ops.primitives import cast

        tensor, kind = as_tensor(x), dtypes.standard(dtype)
        wanted = autocast and dtypes.is_float(tensor.dtype) and tensor.dtype != kind
        return cast(tensor, kind) if wanted else tensor

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The policy that `get_config` describes."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given no dtype: floatx, or what `set_dtype_policy` set."""
    return _policy if _policy is not None else DTypePolicy(dtypes.floatx())


def set_dtype_policy(policy: Any) -> None:
    """Sets the policy of layers that are made from now on and given no dtype."""
    global _policy
    found = get(policy)
    if not dtypes.is_float(found.name):
        raise ArgumentError(
            "set_dtype_policy", "needs a float dtype", repr(policy), "pass 'float32' or 'float64'"
        )
    _policy = found


def get(identifier: Any) -> DTypePolicy:
    """The policy that a name, a configuration or a policy means; None means the present one."""
    if identifier is None or isinstance(identifier, DTypePolicy):
        return identifier or dtype_policy()
    if isinstance(identifier, dict):
        return deserialize(identifier)
    return DTypePolicy(getattr(identifier, "name", identifier))


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The configuration of a policy."""
    return {
        "module": "keras", "class_name": "DTypePolicy", "config": dtype_policy.get_config(),
        "registered_name": None,
    }  # fmt: skip


def deserialize(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> DTypePolicy:
    """The policy that a configuration describes.

    Raises: UnsupportedError for one of another class, which lamina does not have.
    """
    name = config.get("class_name")
    if name not in ("DTypePolicy", "FloatDTypePolicy", "Policy"):
        raise UnsupportedError(
            "dtype_policies.deserialize", "knows only the class DTypePolicy", repr(name),
            "see docs/left-out.md",
        )  # fmt: skip
    return DTypePolicy.from_config(config["config"])
