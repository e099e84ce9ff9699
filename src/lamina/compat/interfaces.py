"""`keras.legacy.interfaces`: decorators of layers that read older calls. The border reads them, so
that these change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def generate_legacy_interface(*args: Any, **kwargs: Any) -> Callable[[Function], Function]:
    """A decorator that gives the function back."""
    del args, kwargs
    return lambda function: function


legacy_generator_methods_support = generate_legacy_interface()
legacy_model_constructor_support = generate_legacy_interface()
legacy_get_updates_support = generate_legacy_interface()
legacy_add_weight_support = generate_legacy_interface()
legacy_spatialdropout1d_support = generate_legacy_interface()
legacy_recurrent_support = generate_legacy_interface()
legacy_conv2d_support = generate_legacy_interface()
legacy_dense_support = generate_legacy_interface()
