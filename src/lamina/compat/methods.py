"""Methods of models that only Keras 1 and 2 had, with the meaning they had there."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.compat.spelling import named_like


def peek(batches: Any) -> tuple[int, Any]:
    """The rows of the first batch, and the batches with that one still in front."""
    size = getattr(batches, "batch_size", None)
    if size is not None:
        return int(size), batches
    rest: Iterator[Any] = iter(batches)
    first = next(rest)
    x = first[0] if isinstance(first, tuple) else first
    while isinstance(x, list | tuple | dict):
        x = next(iter(x.values())) if isinstance(x, dict) else x[0]
    return len(x), itertools.chain([first], rest)


def fit_generator(
    self: Any,
    generator: Any,
    steps_per_epoch: int | None = None,
    epochs: int = 1,
    verbose: Any = 1,
    callbacks: Any = None,
    validation_data: Any = None,
    validation_steps: int | None = None,
    class_weight: Any = None,
    max_queue_size: int = 10,
    workers: int = 1,
    use_multiprocessing: bool = False,
    shuffle: bool = True,
    initial_epoch: int = 0,
    **kwargs: Any,
) -> Any:
    """`fit` on batches that a generator yields. The queue and its workers change no result."""
    del max_queue_size, workers, use_multiprocessing
    return self.fit(
        generator, steps_per_epoch=steps_per_epoch, epochs=epochs, verbose=verbose,
        callbacks=callbacks, validation_data=validation_data, validation_steps=validation_steps,
        class_weight=class_weight, shuffle=shuffle, initial_epoch=initial_epoch, **kwargs,
    )  # fmt: skip


def _on_batches(method: str) -> Callable[..., Any]:
    def of_generator(
        self: Any,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Any = 0,
    ) -> Any:
        del max_queue_size, workers, use_multiprocessing
        call = getattr(self, method)
        return call(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    of_generator.__doc__ = f"`{method}` on batches that a generator yields."
    return of_generator


evaluate_generator, predict_generator = _on_batches("evaluate"), _on_batches("predict")


def predict_proba(self: Any, x: Any, batch_size: int = 32, verbose: Any = 0) -> Any:
    """What `predict` returns."""
    return self.predict(x, batch_size=batch_size, verbose=verbose)


def predict_classes(self: Any, x: Any, batch_size: int = 32, verbose: Any = 0) -> np.ndarray:
    """The likeliest class of each row; for a single output whether it is above 0.5, as int32."""
    outputs = np.asarray(self.predict(x, batch_size=batch_size, verbose=verbose))
    if outputs.shape[-1] > 1:
        return outputs.argmax(axis=-1)
    return (outputs > 0.5).astype("int32")


def reset_states(self: Any) -> None:
    """Sets to zero the states that recurrent layers of the model keep."""
    for layer in self._flatten_layers(include_self=False):
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def with_reset_metrics(on_batch: Callable[..., Any]) -> Callable[..., Any]:
    """`train_on_batch`, or `test_on_batch`, that is told whether metrics forget what was before."""

    @named_like(on_batch)
    def of_batch(self: Any, *args: Any, reset_metrics: bool = False, **kwargs: Any) -> Any:
        if reset_metrics:
            self.reset_metrics()
        return on_batch(self, *args, **kwargs)

    return of_batch


def noting_trainable(compile_: Callable[..., Any]) -> Callable[..., Any]:
    """`compile` that settles which weights are trained, until it is called again."""

    @functools.wraps(compile_)
    def compiled(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = compile_(self, *args, **kwargs)
        self.__dict__.pop("_trained_as_compiled", None)
        self.__dict__["_trained_as_compiled"] = self._weights_to_train() if self.built else None
        return result

    return compiled


def as_compiled(weights_to_train: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """The weights that were trainable when the model was compiled."""

    @functools.wraps(weights_to_train)
    def weights(self: Any) -> list[Any]:
        kept = self.__dict__.get("_trained_as_compiled")
        present = {id(v) for v in self.variables}
        if kept is None or any(id(v) not in present for v in kept):
            return weights_to_train(self)
        return list(kept)

    return weights


def make_nothing(self: Any) -> None:
    """Programs are made when they are needed: there is nothing to prepare."""


def not_of_itself(init: Callable[..., None]) -> Callable[..., None]:
    """`Model.__init__` for which the model as its own argument is nothing."""

    @functools.wraps(init)
    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *(args[1:] if args and args[0] is self else args), **kwargs)

    return begin


def itself(self: Any) -> Any:
    """Keras 1's `Sequential.model`: the model."""
    return self


def always_in_python(may_run: Callable[..., bool]) -> Callable[..., bool]:
    """A program of TensorFlow's that needs values can have them, whatever they are for."""

    @functools.wraps(may_run)
    def may(self: Any, error: Any, phases: Any) -> bool:
        del self, error, phases
        return True

    return may
