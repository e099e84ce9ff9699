"""lamina.models: Model, Functional, Sequential."""

from lamina.models.functional import CallGraph
from lamina.models.model import Functional, Model
from lamina.models.sequential import Sequential

__all__ = ["CallGraph", "Functional", "Model", "Sequential"]
