"""Arguments of `keras.backend` as Keras 1 wrote them."""

from __future__ import annotations

from collections.abc import Mapping

from lamina.compat.spelling import DIM_ORDERING, Spelling, hint

_SHAPES = tuple(
    hint(name, says="nothing: shapes are known")
    for name in ("image_shape", "filter_shape", "volume_shape")
)
_WINDOW = (DIM_ORDERING, Spelling("border_mode", ("padding",)))
_CONVOLUTION = (*_WINDOW, *_SHAPES, Spelling("filter_dilation", ("dilation_rate",)))
_OF = "lamina.compat.backend"
ROWS: Mapping[str, tuple[Spelling, ...]] = {
    f"{_OF}.arrays:expand_dims": (Spelling("dim", ("axis",)),),
    f"{_OF}.arrays:one_hot": (Spelling("nb_classes", ("num_classes",)),),
    f"{_OF}.noise:random_normal": (Spelling("std", ("stddev",)),),
    f"{_OF}.noise:random_uniform": (
        Spelling("low", ("minval",)),
        Spelling("high", ("maxval",)),
    ),
    f"{_OF}.windows:conv1d": (Spelling("stride", ("strides",)), *_CONVOLUTION),
    f"{_OF}.windows:conv2d_transpose": _CONVOLUTION,
    f"{_OF}.windows:separable_conv1d": _CONVOLUTION,
    f"{_OF}.windows:resize_images": (DIM_ORDERING, Spelling("X", ("x",))),
    f"{_OF}.windows:resize_volumes": (DIM_ORDERING, Spelling("X", ("x",))),
    f"{_OF}.state:batch_get_value": (
        Spelling("ops", ("tensors",), generation=2),
        Spelling("xs", ("tensors",)),
    ),
    f"{_OF}.state:moving_average_update": (Spelling("variable", ("x",)),),
    f"{_OF}.state:print_tensor": (hint("summarize", generation=2),),
    "lamina.graph.dtypes:set_epsilon": (Spelling("e", ("value",), generation=2),),
    "lamina.graph.dtypes:set_floatx": (Spelling("floatx", ("value",), generation=2),),
    **{
        f"{_OF}.windows:{name}": _WINDOW
        for name in ("pool2d", "pool3d", "spatial_2d_padding", "spatial_3d_padding")
    },
}
