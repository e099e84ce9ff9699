"""audio_dataset_from_directory: batches of sounds of a folder."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError, DataError, UnsupportedError
from lamina.preprocessing.folders import Selection
from lamina.preprocessing.waves import read_wave

WHERE = "audio_dataset_from_directory"


def audio_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Batches of the .wav files below a folder: sounds, or (sounds, labels).

    Shapes: sounds (B, frames, channels) float32 within -1 to 1, filled up with zeros to the longest
    of the batch; labels as in `image_dataset_from_directory`.

    Args:
        sampling_rate: the files must have this many samples a second.
        output_sequence_length: so many frames of each: more are cut off, zeros make up for fewer.
        others: as for `image_dataset_from_directory`.

    Returns: `BatchedDataset`, with `class_names` and `file_paths`.
    Raises: DataError without files, FileError for one that cannot be read; UnsupportedError for
        ragged=True, and for files of another sampling rate.
    """
    for name, value in (
        ("sampling_rate", sampling_rate), ("output_sequence_length", output_sequence_length)
    ):  # fmt: skip
        is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if value is not None and not (is_whole and value > 0):
            raise ArgumentError(
                f"{WHERE}({name}=...)", "needs a whole number from 1 up", repr(value), "pass 16000"
            )
    if ragged:
        raise UnsupportedError(
            f"{WHERE}(ragged=...)", "makes batches of one length", "ragged=True",
            "leave it out: sounds are filled up with zeros",
        )  # fmt: skip

    def sound(path: str) -> np.ndarray:
        samples, rate = read_wave(path)
        if sampling_rate not in (None, rate):
            raise UnsupportedError(
                f"{WHERE}(sampling_rate={sampling_rate})", "changes no file's sampling rate",
                f"{path} of {rate} Hz", "convert the files first, or leave sampling_rate out",
            )  # fmt: skip
        return samples[:output_sequence_length]

    def read(paths: list[str]) -> np.ndarray:
        sounds = [sound(path) for path in paths]
        channels = {path: samples.shape[1] for path, samples in zip(paths, sounds, strict=True)}
        if len(set(channels.values())) > 1:
            raise DataError(
                WHERE, "needs files of as many channels", f"{channels!r:.200}",
                "convert the files first",
            )  # fmt: skip
        length = output_sequence_length or max(len(samples) for samples in sounds)
        found = np.zeros((len(sounds), length, sounds[0].shape[1]), "float32")
        for row, samples in zip(found, sounds, strict=True):
            row[: len(samples)] = samples
        return found

    return Selection(
        WHERE, directory, labels, label_mode, class_names, batch_size, shuffle, seed,
        validation_split, subset, follow_links, "tf", verbose,
    ).datasets((".wav",), read)  # fmt: skip
