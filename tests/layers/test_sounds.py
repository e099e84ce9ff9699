"""Layers of sound against SciPy, in float64; tests/layers/sounding.py asks Keras.

Tolerance: amplitudes are sums of at most 64 products of order 1 in float32: 1e-5. A decibel is
10 / ln 10 = 4.3 times a relative error: 1e-4.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
import scipy.signal
from tests.layers.measure import measure
from tests.layers.sounding import SOUNDING
from tests.layers.test_contract import recorded

import lamina
from lamina import layers
from lamina.errors import ArgumentError, DtypeError, ShapeError
from lamina.initializers import STFT
from lamina.layers.preprocessing import mel_spectrogram
from lamina.ops.bells import COSINES, OTHERS, bell

SOUND = np.random.default_rng(5).normal(size=(3, 400))


@pytest.mark.parametrize("length", [1, 2, 7, 16, 33])
@pytest.mark.parametrize("name", sorted([*COSINES, *OTHERS]))
def test_bells_are_those_of_scipy(name, length):
    for periodic in (False, True):
        want = scipy.signal.get_window(name, length, periodic)
        np.testing.assert_allclose(bell("test", name, length, periodic), want, atol=1e-14)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "options",
    [
        {}, {"side": "imag"}, {"window": "blackman", "scaling": "spectrum"},
        {"window": "hamming", "scaling": None, "periodic": True}, {"window": None},
        {"window": list(range(1, 25)), "side": "imag"},
    ],
    ids=str,
)  # fmt: skip
def test_kernels_are_those_of_keras(options):
    """Keras' angles, up to 2 pi 12, are float32: 1e-5."""
    found = STFT(**options)((24, 1, 17))
    want = keras.initializers.STFT(**options)((24, 1, 17))
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, np.asarray(want), atol=1e-5)
    assert STFT(**options).get_config() == keras.initializers.STFT(**options).get_config()


def test_a_spectrogram_is_scipys_stft():
    """SciPy divides by the sum of the weights, which "spectrum" does too."""
    layer = layers.STFTSpectrogram(
        "stft", frame_length=48, frame_step=13, fft_length=64, scaling="spectrum", periodic=True
    )
    found = np.asarray(layer(SOUND[..., None].astype("float32")))
    _, _, want = scipy.signal.stft(
        SOUND, window="hann", nperseg=48, noverlap=35, nfft=64, boundary=None, padded=False
    )
    want = np.swapaxes(want, 1, 2)
    np.testing.assert_allclose(found[..., :33], want.real, atol=1e-5)
    np.testing.assert_allclose(found[..., 33:], want.imag, atol=1e-5)


def bands_by_hand(bins, rate, count, low, high):
    """Triangles on the mel scale, drawn by np.interp."""
    pitch = 2595 * np.log10(1 + np.linspace(0, rate / 2, bins) / 700)
    ends = 2595 * np.log10(1 + np.array([low, high]) / 700)
    corners = np.linspace(*ends, count + 2)
    found = [np.interp(pitch, corners[i : i + 3], [0, 1, 0]) for i in range(count)]
    return np.where(np.arange(bins)[:, None] == 0, 0.0, np.array(found).T)


def test_bands_are_triangles():
    """HTK's 2595 lg is 1127.01 ln: the factor cancels, and heights up to 1 are float32: 1e-7."""
    layer = layers.MelSpectrogram()
    found = layer.linear_to_mel_weight_matrix(10, 65, 8000, 100.0, 3500.0)
    np.testing.assert_allclose(found, bands_by_hand(65, 8000, 10, 100, 3500), atol=1e-7)


@pytest.mark.parametrize("decibels", [False, True])
def test_a_mel_spectrogram_is_made_of_scipys_transform(decibels):
    layer = layers.MelSpectrogram(
        64, 16, 50, sampling_rate=8000, num_mel_bins=7, min_freq=200.0, power_to_db=decibels,
        top_db=20.0,
    )  # fmt: skip
    padded = np.pad(SOUND, ((0, 0), (32, 32)), "reflect")
    weights = np.pad(scipy.signal.get_window("hann", 50), (7, 7))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 64, axis=1)[:, ::16]
    power = np.abs(np.fft.rfft(frames * weights)) ** 2
    want = np.swapaxes(power @ bands_by_hand(33, 8000, 7, 200, 4000), 1, 2)
    if decibels:
        want = np.maximum(10 * np.log10(want), 10 * np.log10(want.max()) - 20)
    found = layer(SOUND.astype("float32"))
    np.testing.assert_allclose(found, want, rtol=1e-5, atol=1e-4)
    if not decibels:
        np.testing.assert_allclose(layer(SOUND[0].astype("float32")), want[0], rtol=1e-5, atol=1e-4)


def test_sounds_are_learnt_from(tmp_path):
    x = lamina.Input((400, 1))
    y = layers.STFTSpectrogram("magnitude", frame_length=16)(x)
    y = layers.Dense(1)(layers.GlobalAveragePooling1D()(y))
    model = lamina.Model(x, y)
    model.compile(lamina.optimizers.SGD(0.05), "mse")
    before = [np.array(w) for w in model.get_weights()]
    history = model.fit(SOUND[..., None], np.arange(3.0), epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0]
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    model.save(tmp_path / "sound.keras")
    again = lamina.models.load_model(tmp_path / "sound.keras")
    np.testing.assert_array_equal(
        again.predict(SOUND[..., None], verbose=0), model.predict(SOUND[..., None], verbose=0)
    )


@pytest.mark.parametrize("name", [row for row in SOUNDING if row.startswith("Mel")])
def test_with_keras_bands_a_mel_spectrogram_is_keras(name, monkeypatch):
    """All but the bands, which Keras has to 9e-6. Tolerance: decibels are 4.3 times a relative
    error, so 5 times that of the other layers.
    """

    def bands(*sizes):
        theirs = keras.layers.MelSpectrogram(16, 5).linear_to_mel_weight_matrix(*sizes)
        return np.asarray(theirs, "float64")

    monkeypatch.setattr(mel_spectrogram, "mel_bands", bands)
    wanted = recorded("sounding")[name]
    found = measure(lamina, SOUNDING[name])
    for quantity, tolerance in (("output/0", 2e-6), ("predicted/0", 2e-6), ("gradient/0", 1e-5)):
        limit = 5 * tolerance
        np.testing.assert_allclose(found[quantity], wanted[quantity], rtol=limit, atol=limit)


WRONG = {
    "side": (lambda: STFT("left"), ArgumentError, "is one of"),
    "scaling": (lambda: STFT(scaling="power"), ArgumentError, "is one of"),
    "window": (lambda: STFT(window="round"), ArgumentError, "knows no such window"),
    "shape": (lambda: STFT()((3, 4)), ShapeError, "makes kernels"),
    "weights": (lambda: STFT(window=[1.0, 2.0])((3, 1, 3)), ShapeError, "needs 3 weights"),
    "mode": (lambda: layers.STFTSpectrogram("loud"), ArgumentError, "does not know"),
    "step": (
        lambda: layers.STFTSpectrogram(frame_length=4, frame_step=5), ArgumentError, "from 1 to"
    ),
    "size": (
        lambda: layers.STFTSpectrogram(frame_length=9, fft_length=8), ArgumentError, "at least"
    ),
    "integers": (
        lambda: layers.STFTSpectrogram(frame_length=4)(np.ones((1, 9, 1), "int32")), DtypeError,
        "takes floats",
    ),
    "sequence": (
        lambda: layers.MelSpectrogram(64, sequence_length=65), ArgumentError, "at most fft_length"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    make, kind, what = WRONG[name]
    with pytest.raises(kind, match=what):
        make()
