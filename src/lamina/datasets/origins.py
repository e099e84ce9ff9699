"""Where Keras' data sets come from, and what they hash to: the facts that Keras publishes.

No other file names a host.
"""

from __future__ import annotations

from typing import Any

from lamina.utils.cached_files import get_file

_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_CIFAR = "https://www.cs.toronto.edu/~kriz/"

# File -> (address of its folder, SHA-256 or MD5; None where Keras publishes none).
ORIGINS: dict[str, tuple[str, str | None]] = {
    "boston_housing.npz": (
        _KERAS, "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
    ),
    "california_housing.npz": (
        _KERAS, "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
    ),
    "cifar-10-python.tar.gz": (
        _CIFAR, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
    ),
    "cifar-100-python.tar.gz": (
        _CIFAR, "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
    ),
    "imdb.npz": (_KERAS, "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"),
    "imdb_word_index.json": (_KERAS, "bfafd718b763782e994055a2d397834f"),
    "mnist.npz": (_KERAS, "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"),
    "reuters.npz": (_KERAS, "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"),
    "reuters_word_index.json": (_KERAS, "4d44cc38712099c9e383dc6e5f11a921"),
    "t10k-images-idx3-ubyte.gz": (_KERAS, None),
    "t10k-labels-idx1-ubyte.gz": (_KERAS, None),
    "train-images-idx3-ubyte.gz": (_KERAS, None),
    "train-labels-idx1-ubyte.gz": (_KERAS, None),
}  # fmt: skip


def obtain(name: str, fname: Any = None, **options: Any) -> str:
    """The path of a file of the table: in the cache as `fname`, else downloaded (`get_file`)."""
    folder, digest = ORIGINS[name]
    return get_file(fname or name, origin=f"{folder}{name}", file_hash=digest, **options)
