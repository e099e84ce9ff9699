"""lamina.models: Model, Functional, Sequential."""

from lamina.models.functional import CallGraph
from lamina.models.model import Functional, Model
from lamina.models.sequential import Sequential
from lamina.registry import names_only

__all__ = ["CallGraph", "Functional", "Model", "Sequential"]

__getattr__ = names_only("lamina.models", __all__)
