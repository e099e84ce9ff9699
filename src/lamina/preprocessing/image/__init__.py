"""lamina.preprocessing.image: pictures as arrays, and changed at random."""

from lamina.preprocessing.image.affine import apply_affine_transform
from lamina.preprocessing.image.files import DataFrameIterator, DirectoryIterator
from lamina.preprocessing.image.generator import ImageDataGenerator
from lamina.preprocessing.image.iterators import Iterator, NumpyArrayIterator
from lamina.preprocessing.image.pictures import array_to_img, img_to_array, load_img, save_img
from lamina.preprocessing.image.resizing import smart_resize
from lamina.preprocessing.image.transforms import (
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from lamina.registry import names_only

__all__ = [
    "DataFrameIterator", "DirectoryIterator", "ImageDataGenerator", "Iterator",
    "NumpyArrayIterator", "apply_affine_transform", "apply_brightness_shift",
    "apply_channel_shift", "array_to_img", "flip_axis", "img_to_array", "load_img",
    "random_brightness", "random_channel_shift", "random_rotation", "random_shear",
    "random_shift", "random_zoom", "save_img", "smart_resize",
]  # fmt: skip

__getattr__ = names_only("lamina.preprocessing.image", __all__)
