"""TensorBoard: the logs of a training as event files that TensorBoard shows."""

from __future__ import annotations

import os
import time
import warnings
from typing import Any

import numpy as np

from lamina.callbacks.base import Callback, control
from lamina.callbacks.event_file import EventFile
from lamina.errors import ArgumentError
from lamina.graph.data_format import image_data_format


class TensorBoard(Callback):
    """Writes the logs below `log_dir`: "train", and "validation" for those that begin in "val_".

    Args:
        log_dir: the folder, as TensorBoard is given it.
        histogram_freq: every so many epochs the distribution of each weight; 0: never.
        write_graph: the layers of the model, where it has a JSON form.
        write_images: with the histograms, the weights as pictures.
        write_steps_per_second: how fast it went.
        update_freq: "epoch", "batch" or a number of batches, after which the running means are
            written too.
        profile_batch: a hint: lamina's own profile is `model.explain()`.
        embeddings_freq: every so many epochs the weights, for the projector; embeddings_metadata:
            the file of labels, or by the layer's name.

    Raises: ArgumentError for another update_freq or names of layers that are not there.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq, self.write_graph = histogram_freq, write_graph
        self.write_images, self.write_steps_per_second = write_images, write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        if self.update_freq != "epoch" and not (
            isinstance(self.update_freq, int) and self.update_freq > 0
        ):
            raise ArgumentError(
                "TensorBoard(update_freq=...)", "needs 'epoch', 'batch' or a number of batches",
                repr(update_freq), "leave it out to write once an epoch",
            )  # fmt: skip
        if profile_batch:
            warnings.warn(
                "TensorBoard(profile_batch=...) changes nothing: model.explain() says where time "
                "goes, kernel by kernel",
                stacklevel=2,
            )
        if self.update_freq != "epoch" or write_steps_per_second:
            # Hooks without a mark need control after each batch; else epochs run on their own.
            self.on_train_batch_begin = self._begin_batch  # type: ignore[method-assign]
            self.on_train_batch_end = self._end_batch  # type: ignore[method-assign]
        self._files: dict[str, EventFile] = {}
        self._batches = 0

    def set_model(self, model: Any) -> None:
        """Begins new files, and writes the form of the model."""
        super().set_model(model)
        self._close()
        if self.write_graph and hasattr(model, "to_json"):
            self._write_form()
        if self.embeddings_freq:
            self._write_projector()

    def _writer(self, part: str) -> EventFile:
        if part not in self._files:
            self._files[part] = EventFile(os.path.join(self.log_dir, part))
        return self._files[part]

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}

    def _write_form(self) -> None:
        try:
            form = self.model.to_json()
        except Exception as error:  # the model's own get_config; a log is no reason to stop
            warnings.warn(f"TensorBoard writes no graph: {error}", stacklevel=2)
            return
        self._writer("train").text("keras", form, "graph_keras_model", 0)

    def _write_projector(self) -> None:
        from lamina.naming import snake_case

        names = dict(self.embeddings_metadata) if _by_name(self.embeddings_metadata) else {}
        lines = []
        for layer in self.model.layers:
            if snake_case(type(layer).__name__) != "embedding":
                continue
            path = "layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE"
            lines += ["embeddings {", f'  tensor_name: "{path}"']
            labels = self.embeddings_metadata if not names else names.pop(layer.name, None)
            if labels is not None and not _by_name(labels):
                lines.append(f'  metadata_path: "{labels}"')
            lines.append("}")
        if names:
            raise ArgumentError(
                "TensorBoard(embeddings_metadata=...)", "names layers that are no Embedding here",
                ", ".join(names), "use the names in model.summary()",
            )  # fmt: skip
        os.makedirs(self.log_dir, exist_ok=True)
        path = os.path.join(self.log_dir, "projector_config.pbtxt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))

    # ── while training ──

    @control("slice")
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Counts batches from 0."""
        self._batches = 0
        self._before = 0

    def _begin_batch(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._batches += 1
        self._batch_began = time.perf_counter()

    def _end_batch(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.update_freq == "epoch" or self._batches % int(self.update_freq):
            return
        file = self._writer("train")
        if self.write_steps_per_second:
            speed = 1.0 / max(time.perf_counter() - self._batch_began, 1e-9)
            file.scalar("batch_steps_per_second", speed, self._batches)
        for name, value in (logs or {}).items():
            file.scalar(f"batch_{name}", value, self._batches)

    @control("epoch")
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the clock."""
        self._epoch_began = time.perf_counter()
        if self.write_steps_per_second:
            self._before = self._iterations() or 0

    @control("epoch")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes the logs, and the weights where they are due."""
        if logs:
            self._write_logs(epoch, logs)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            folder = os.path.join(self.log_dir, "train")
            os.makedirs(folder, exist_ok=True)
            name = f"keras_embedding.ckpt-{epoch}.weights.h5"
            self.model.save_weights(os.path.join(folder, name))
        for file in self._files.values():
            file.flush()

    def _write_logs(self, epoch: int, logs: dict[str, Any]) -> None:
        rates = self._learning_rates()
        if self.write_steps_per_second:
            steps = (self._iterations() or 0) - self._before
            rates["steps_per_second"] = steps / max(time.perf_counter() - self._epoch_began, 1e-9)
        for name, value in {**logs, **rates}.items():
            part = "validation" if name.startswith("val_") else "train"
            self._writer(part).scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)

    def _learning_rates(self) -> dict[str, float]:
        optimizer: Any = getattr(self.model, "optimizer", None)
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if hasattr(optimizer, "optimizers"):
            return {
                f"learning_rate_{inner.name}": float(np.asarray(inner.learning_rate))
                for inner in optimizer.optimizers
            }
        rate = getattr(optimizer, "learning_rate", None)
        return {} if rate is None else {"learning_rate": float(np.asarray(rate))}

    def _iterations(self) -> int | None:
        count = getattr(getattr(self.model, "optimizer", None), "iterations", None)
        return None if count is None else int(np.asarray(count))

    def _write_weights(self, epoch: int) -> None:
        file = self._writer("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                tag, value = weight.path.replace(":", "_"), weight.numpy()
                file.histogram(f"{tag}/histogram", value, epoch)
                pictures = _as_pictures(value) if self.write_images else None
                if pictures is not None:
                    file.pictures(f"{tag}/image", pictures, epoch)

    @control("epoch")
    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Writes the results of an evaluation by the number of steps trained."""
        step = self._iterations()
        if step is not None and logs:
            file = self._writer("validation")
            for name, value in logs.items():
                file.scalar(f"evaluation_{name}_vs_iterations", value, step)
            file.flush()

    @control("slice")
    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Closes the files."""
        self._close()


def _by_name(metadata: Any) -> bool:
    return isinstance(metadata, dict)


def _as_pictures(value: np.ndarray) -> np.ndarray | None:
    """A weight as pictures (n, height, width, channels); None where there is no such view."""
    value = np.squeeze(value)
    if value.ndim == 1:
        value = value.reshape(1, -1, 1, 1)
    elif value.ndim == 2:
        wide = value.T if value.shape[0] > value.shape[1] else value
        value = wide[None, :, :, None]
    elif value.ndim == 3:
        first = np.moveaxis(value, -1, 0) if image_data_format() == "channels_last" else value
        value = first[..., None]
    return value if value.ndim == 4 and value.shape[-1] in (1, 3, 4) else None
