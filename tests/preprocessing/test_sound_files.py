"""WAV files against SciPy, which writes them, and folders of them; damaged files are refused.

Keras' own function needs TensorFlow, which is not at hand: TensorFlow documents that samples of 16
bits are divided by 32,768 and rows are filled up with zeros.
"""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
import scipy.io.wavfile

import lamina as keras
from lamina.errors import ArgumentError, DataError, FileError, UnsupportedError
from lamina.preprocessing.waves import decode_wave, read_wave

STREAM = np.random.default_rng(2)


def written(samples, rate=8000):
    file = io.BytesIO()
    scipy.io.wavfile.write(file, rate, samples)
    return file.getvalue()


WHOLE = {
    kind: STREAM.integers(np.iinfo(kind).min, np.iinfo(kind).max, (7, 2), kind, endpoint=True)
    for kind in ("uint8", "int16", "int32")
}


@pytest.mark.parametrize("kind", [*WHOLE, "float32", "float64"])
def test_samples_are_those_that_scipy_wrote(kind):
    """One rounding to float32: 1e-7."""
    x = WHOLE[kind] if kind in WHOLE else STREAM.uniform(-1, 1, (7, 2)).astype(kind)
    found = decode_wave(written(x), "x.wav")
    want = (x - 128.0) / 128 if kind == "uint8" else x
    want = x / 2.0 ** (8 * x.itemsize - 1) if x.dtype.kind == "i" else want
    assert (found.rate, found.samples.dtype) == (8000, "float32")
    np.testing.assert_allclose(found.samples, want, atol=1e-7)


def test_samples_of_24_bits_are_those_that_scipy_reads(tmp_path):
    with wave.open(str(tmp_path / "x.wav"), "wb") as file:
        file.setnchannels(3)
        file.setsampwidth(3)
        file.setframerate(44100)
        file.writeframes(STREAM.bytes(5 * 9))
    found = read_wave(tmp_path / "x.wav")
    _, want = scipy.io.wavfile.read(tmp_path / "x.wav")  # in the upper 24 of 32 bits
    np.testing.assert_allclose(found.samples, want / 2.0**31, atol=1e-7)


def test_other_chunks_are_passed_over():
    plain = written(WHOLE["int16"])
    # A chunk of odd size is followed by a byte that fills it up.
    extra = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    found = decode_wave(plain[:12] + extra + plain[12:], "x.wav")
    np.testing.assert_array_equal(found.samples, decode_wave(plain, "x.wav").samples)


SOUND = written(WHOLE["int16"])


def altered(place, new):
    return SOUND[:place] + new + SOUND[place + len(new) :]


DAMAGED = {
    "empty": b"", "other": b"ID3" + SOUND, "head": SOUND[:30], "no samples": SOUND[:36],
    "short": SOUND[:-1], "long": altered(40, b"\xff\xff\xff\xff"),
    "odd": altered(40, struct.pack("<I", 27)), "format": altered(20, b"\x55\0"),
    "channels": altered(22, b"\0\0"), "frame": altered(32, b"\x07\0"), "bits": altered(34, b"\5\0"),
    "rate": altered(24, b"\0\0\0\0"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused(name):
    with pytest.raises(FileError):
        decode_wave(DAMAGED[name], "x.wav")


def test_no_byte_that_is_changed_does_harm():
    """A byte of the head is 0, 1, 127 or 255: a sound of the bytes there are, or a FileError."""
    for place in range(44):
        for byte in (0, 1, 127, 255):
            try:
                found = decode_wave(altered(place, bytes([byte])), "x.wav")
            except FileError:
                continue
            assert found.samples.size <= len(SOUND)


@pytest.fixture
def folder(tmp_path):
    """Two classes of two sounds of one channel: 3, 5, 4 and 6 frames."""
    for i, (name, length) in enumerate([("a/x", 3), ("a/y", 5), ("b/x", 4), ("b/y", 6)]):
        path = tmp_path / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(written(np.full(length, (i + 1) * 4096, "int16")))
    (tmp_path / "a" / "notes.txt").write_text("no sound")
    return tmp_path


def filled(values, lengths, width):
    found = np.zeros((len(values), width, 1), "float32")
    for row, value, length in zip(found, values, lengths, strict=True):
        row[:length] = value / 8
    return found


def test_a_folder_becomes_batches(folder):
    data = keras.utils.audio_dataset_from_directory(folder, shuffle=False, batch_size=3)
    assert data.class_names == ["a", "b"]
    (x, y), (rest, last) = data
    np.testing.assert_array_equal(x, filled([1, 2, 3], [3, 5, 4], 5))
    np.testing.assert_array_equal(rest, filled([4], [6], 6))
    np.testing.assert_array_equal(np.concatenate([y, last]), [0, 0, 1, 1])


def test_sounds_are_cut_and_filled_up(folder):
    (x,) = keras.utils.audio_dataset_from_directory(
        folder, labels=None, shuffle=False, output_sequence_length=4, sampling_rate=8000
    )
    np.testing.assert_array_equal(x, filled([1, 2, 3, 4], [3, 4, 4, 4], 4))
    single = keras.utils.audio_dataset_from_directory(
        folder, label_mode=None, shuffle=False, batch_size=None
    )
    assert [sound.shape for sound in single] == [(3, 1), (5, 1), (4, 1), (6, 1)]


def test_what_is_wrong_is_said(folder):
    make = keras.utils.audio_dataset_from_directory
    with pytest.raises(UnsupportedError, match="one length"):
        make(folder, ragged=True)
    with pytest.raises(UnsupportedError, match="changes no file's sampling rate"):
        next(iter(make(folder, sampling_rate=16000)))
    for name in ("sampling_rate", "output_sequence_length"):
        with pytest.raises(ArgumentError, match=name):
            make(folder, **{name: -1})
    with pytest.raises(DataError, match="needs files that end in"):
        make(folder, class_names=[])
    (folder / "a" / "z.wav").write_bytes(written(WHOLE["int16"]))
    with pytest.raises(DataError, match="as many channels"):
        list(make(folder))
