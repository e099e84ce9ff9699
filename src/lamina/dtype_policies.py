"""lamina.dtype_policies: in which dtype layers keep their weights and compute."""

from lamina.graph.policies import DTypePolicy, deserialize, get, serialize
from lamina.registry import names_only

FloatDTypePolicy = DTypePolicy

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]

__getattr__ = names_only("lamina.dtype_policies", __all__)
