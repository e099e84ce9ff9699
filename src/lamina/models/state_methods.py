"""OfState: the methods of a model that take its variables, or give them, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamina.models.state_tree import get_state_tree, set_state_tree
from lamina.models.stateless_losses import compute_loss_and_updates, stateless_compute_loss


class OfState:
    """A part of `Model`: it as a function of its variables, and their tree."""

    def stateless_compute_loss(
        self: Any,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        metrics_variables: Sequence[Any],
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """`compute_loss` with these values in the place of the variables, which stay as they are.

        Returns: the loss, and the three lists as they are after it.
        Raises: NotBuiltError before the first call; ArgumentError for lists of other lengths.
        """
        return stateless_compute_loss(
            self, (trainable_variables, non_trainable_variables, metrics_variables),
            x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training,
        )  # fmt: skip

    def compute_loss_and_updates(
        self: Any,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        metrics_variables: Sequence[Any],
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: Sequence[Any] | None = None,
    ) -> Any:
        """`stateless_call` and the loss of what it gives.

        Returns: the loss (scaled by the optimizer, if it trains), and a tuple: the loss itself, the
        predictions, the other variables and those of the metrics after it.
        Raises: as `stateless_compute_loss`.
        """
        return compute_loss_and_updates(
            self, (trainable_variables, non_trainable_variables, metrics_variables),
            x, y, sample_weight, training, optimizer_variables,
        )  # fmt: skip

    def get_state_tree(self: Any, value_format: str = "backend_tensor") -> dict[str, Any]:
        """All variables as nested dictionaries by the parts of their paths, below
        "trainable_variables", "non_trainable_variables", "optimizer_variables" and
        "metrics_variables".

        Args:
            value_format: "backend_tensor", or "numpy_array" for NumPy's arrays.

        Raises: ArgumentError for another; StateError if two variables share a path.
        """
        return get_state_tree(self, value_format)

    def set_state_tree(self: Any, state_tree: Mapping[str, Any]) -> None:
        """Gives the variables the values of such a tree, or of a part of one; paths that no
        variable has are passed over. Nothing changes unless all values fit.

        Raises: ArgumentError for a branch that the tree does not have; ShapeError.
        """
        set_state_tree(self, state_tree)
