"""lamina.ops: the vocabulary, with the names, arguments and dtypes of keras.ops.

An op works on eager tensors, arrays and numbers; on values of a trace; on a tape; and on symbolic
tensors, where the call is recorded. Each is built of the primitives in `ops/primitives/`; a family
stands in one file and lists its ops in `__all__`; `__init__.pyi` lists them all, and each is
imported when it is first used.
"""

from lamina.lazy import lazily

__getattr__, __all__ = lazily(__name__, __file__)


def __dir__() -> list[str]:
    return __all__
