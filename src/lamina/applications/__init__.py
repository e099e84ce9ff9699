"""lamina.applications: published networks for pictures, listed in `__init__.pyi`."""

from lamina.lazy import lazily

__getattr__, __all__ = lazily(__name__, __file__)


def __dir__() -> list[str]:
    return __all__
