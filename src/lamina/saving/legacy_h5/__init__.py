"""`.h5` files as Keras 1 and 2 wrote them, and Keras 3 still does for this ending."""

from lamina.saving.legacy_h5.models import described, read_model
from lamina.saving.legacy_h5.reading import read_weights
from lamina.saving.legacy_h5.writing import write_model, write_weights

__all__ = ["described", "read_model", "read_weights", "write_model", "write_weights"]
