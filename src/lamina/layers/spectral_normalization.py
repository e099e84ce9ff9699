"""SpectralNormalization: a layer whose kernel has a largest singular value of about 1."""

from __future__ import annotations

from typing import Any

from lamina import initializers, ops
from lamina.errors import ArgumentError
from lamina.graph import trace
from lamina.graph.variable import Variable
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import count_of
from lamina.layers.wrapper import Wrapper


class SpectralNormalization(Wrapper):
    """The layer inside with w / sigma in the place of its kernel w, while training.

    sigma = v w u' after `power_iterations` of v <- u w' / |u w'|, u <- v w / |v w|, where w is the
    kernel as a matrix (rest, filters) and u is kept; u and v count as constants in the gradient.

    As on Keras' JAX backend, `fit` normalises for the forward pass only: the optimizer changes w.
    A call with training=True outside `fit` leaves w / sigma behind.

    Raises: ArgumentError if the layer inside has neither kernel nor embeddings.
    Source: Miyato et al. 2018, "Spectral normalization for generative adversarial networks".
    """

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.power_iterations = count_of(
            "SpectralNormalization", "power_iterations", power_iterations
        )

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer inside and makes u (1, filters)."""
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        kernel = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if not isinstance(kernel, Variable):
            raise ArgumentError(
                f"SpectralNormalization '{self.name}'", "needs a layer with a kernel or embeddings",
                type(self.layer).__name__, "wrap Dense, Conv2D or Embedding, for instance",
            )  # fmt: skip
        self.kernel = kernel
        self._weights_trainable.append(kernel)  # Keras lists it as its own, and first
        self.vector_u = self.add_weight(
            shape=(1, kernel.shape[-1]), initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False, name="vector_u", dtype=kernel.dtype,
        )  # fmt: skip

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """What the layer inside makes of x."""
        if not training:
            return ops.cast(self.layer(inputs), inputs.dtype)
        before = self.kernel.value
        u, kernel = self.normalized_weights()
        self.vector_u.assign(u)
        self.kernel.assign(kernel)
        y = self.layer(inputs)
        if trace.current() is not None:
            self.kernel.assign(before)
        return ops.cast(y, inputs.dtype)

    def normalized_weights(self) -> tuple[Any, Any]:
        """u after the iterations, and w / sigma; both as they were if w is 0. Nothing changes."""
        kernel = self.kernel.value
        w = ops.reshape(kernel, (-1, kernel.shape[-1]))
        u = self.vector_u.value
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(w)), axis=None)
            u = ops.normalize(ops.matmul(v, w), axis=None)
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        zero = ops.all(ops.equal(kernel, 0.0))
        sigma = ops.matmul(ops.matmul(v, w), ops.transpose(u))
        sigma = ops.where(zero, 1.0, ops.reshape(sigma, ()))
        return ops.where(zero, self.vector_u.value, u), ops.divide(kernel, sigma)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the layer inside."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "power_iterations": self.power_iterations}
