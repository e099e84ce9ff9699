"""Every layer, with the arguments and inputs on which the contract is checked: rows of a table.

Layers of space and of normalisation stand in tables of their own.
"""

from __future__ import annotations

from tests.layers.attending import ATTENDING
from tests.layers.convolving import CONVOLVING
from tests.layers.functions import FUNCTIONS
from tests.layers.normalizing import NORMALIZING
from tests.layers.pooling import POOLING
from tests.layers.preparing import PREPARING
from tests.layers.recurrent import RECURRENT
from tests.layers.row import Row, made, own
from tests.layers.sounding import SOUNDING
from tests.layers.spatial import SPATIAL

_TWO, _WIDE = ((4, 3), (4, 3)), ((4, 2, 3), (4, 2, 3))
CORE: dict[str, Row] = {
    "Dense": Row(made("Dense", 5)),
    "Dense active": Row(made("Dense", 5, "relu", name="d"), ((4, 2, 3),)),
    "Dense plain": Row(made("Dense", 5, use_bias=False, kernel_initializer="ones")),
    "Dense kept": Row(
        made("Dense", 2, kernel_regularizer="l2", bias_regularizer="l2", bias_constraint="non_neg")
    ),
    "Dense activity": Row(made("Dense", 2, activity_regularizer="l2")),
    "Activation": Row(made("Activation", "softmax")),
    "Activation own": own(lambda k: k.layers.Activation(k.ops.tanh)),
    "ReLU": Row(made("ReLU")),
    "ReLU bounded": Row(made("ReLU", 0.8, 0.1, 0.2), ((4, 2, 3),)),
    "ReLU six": Row(made("ReLU", max_value=6.0, negative_slope=0.5)),
    "LeakyReLU": Row(made("LeakyReLU", 0.1)),
    "ELU": Row(made("ELU")),
    "PReLU": Row(made("PReLU", "ones", "l2", "non_neg"), ((4, 2, 3),)),
    "PReLU shared": Row(made("PReLU", shared_axes=[1, 2]), ((4, 5, 2, 3),)),
    "PReLU shared one": Row(made("PReLU", shared_axes=1), ((4, 2, 3),)),
    "Softmax": Row(made("Softmax")),
    "Softmax axes": Row(made("Softmax", (1, 2)), ((4, 2, 3, 5),)),
    "Softmax axis": Row(made("Softmax", [1]), ((4, 2, 3),)),
    "ActivityRegularization": Row(made("ActivityRegularization", 0.1, 0.2)),
    "Dropout": Row(made("Dropout", 0.5, seed=3)),
    "Dropout 0": Row(made("Dropout", 0.0, noise_shape=(None, 1)), call={"training": True}),
    "Dropout shape": Row(made("Dropout", 0.3, noise_shape=[None, 1, 3]), ((4, 2, 3),)),
    "SpatialDropout1D": Row(made("SpatialDropout1D", 0.4, 3), ((4, 2, 3),)),
    "SpatialDropout2D": Row(made("SpatialDropout2D", 0.4), ((4, 2, 3, 5),)),
    "SpatialDropout2D first": Row(made("SpatialDropout2D", 0.4, "channels_first"), ((4, 2, 3, 5),)),
    "SpatialDropout3D": Row(made("SpatialDropout3D", 0.4), ((4, 2, 1, 3, 5),)),
    "GaussianNoise": Row(made("GaussianNoise", 0.4, seed=1)),
    "GaussianDropout": Row(made("GaussianDropout", 0.4)),
    "AlphaDropout": Row(made("AlphaDropout", 0.4, noise_shape=(None, 1))),
    "Flatten": Row(made("Flatten"), ((4, 2, 3),)),
    "Flatten first": Row(made("Flatten", data_format="channels_first"), ((4, 2, 3, 5),)),
    "Flatten rows": Row(made("Flatten"), ((4,),)),
    "Reshape": Row(made("Reshape", (3, 2)), ((4, 6),)),
    "Permute": Row(made("Permute", (2, 1)), ((4, 2, 3),)),
    "Permute three": Row(made("Permute", [3, 1, 2]), ((4, 2, 3, 5),)),
    "RepeatVector": Row(made("RepeatVector", 5)),
    "Reshape rest": Row(made("Reshape", (-1, 2)), ((4, 2, 3),)),
    **{name: Row(made(name), _TWO) for name in ("Add", "Subtract", "Multiply", "Average")},
    **{name: Row(made(name), ((4, 3), (4, 3), (4, 3))) for name in ("Maximum", "Minimum")},
    "Add spread": Row(made("Add"), ((4, 2, 3), (4, 3))),
    "Add one": Row(made("Add"), ((4, 3), (4, 1))),
    "Concatenate": Row(made("Concatenate"), ((4, 3), (4, 2), (4, 1))),
    "Concatenate axis": Row(made("Concatenate", 1), ((4, 2, 3), (4, 5, 3))),
    "Dot": Row(made("Dot", 1), _TWO),
    "Dot axes": Row(made("Dot", (2, 1)), ((4, 2, 3), (4, 3, 5))),
    "Dot normalized": Row(made("Dot", -1, normalize=True), _WIDE),
}

# By table; each has a file of recorded answers.
TABLES = {
    "core": CORE, "spatial": SPATIAL, "normalizing": NORMALIZING, "convolving": CONVOLVING,
    "pooling": POOLING, "recurrent": RECURRENT, "attending": ATTENDING,
    "preparing": PREPARING, "functions": FUNCTIONS, "sounding": SOUNDING,
}  # fmt: skip
ROWS = {name: row for rows in TABLES.values() for name, row in rows.items()}
# What no data go through.
OTHERS = {"Input", "InputLayer", "InputSpec", "Layer", "Wrapper"}
# What works on strings and tables, whose answers stand in words.py.
OTHERS |= {"HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"}
# What sizes pictures, or changes them by chance: test_pictures.py.
OTHERS |= {"CenterCrop", "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip"}
OTHERS |= {"RandomRotation", "RandomTranslation", "RandomZoom", "Resizing"}
OTHERS |= {"CutMix", "MixUp", "RandomPerspective", "RandomShear"}
OTHERS |= {"AutoContrast", "Equalization", "Solarization", "RandomErasing", "RandomGaussianBlur"}
OTHERS |= {
    f"Random{name}"
    for name in (
        "ColorDegeneration",
        "ColorJitter",
        "Grayscale",
        "Hue",
        "Invert",
        "Posterization",
        "Saturation",
        "Sharpness",
    )
}
