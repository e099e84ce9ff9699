"""lamina.mixed_precision: Keras' older names for dtype policies; mixed ones are not offered."""

from lamina.graph.policies import DTypePolicy, dtype_policy, set_dtype_policy
from lamina.optimizers import LossScaleOptimizer
from lamina.registry import names_only

Policy = DTypePolicy
global_policy, set_global_policy = dtype_policy, set_dtype_policy

__all__ = [
    "DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy",
    "set_dtype_policy", "set_global_policy",
]  # fmt: skip

__getattr__ = names_only("lamina.mixed_precision", __all__)
