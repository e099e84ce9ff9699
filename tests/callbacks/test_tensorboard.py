"""TensorBoard's own reader on what the callback wrote, and on the format's parts."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

import lamina
from lamina import callbacks, layers
from lamina.callbacks.event_file import EventFile, masked_crc, png
from lamina.errors import ArgumentError

ROWS = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")


def model(**compiled: Any) -> Any:
    made = lamina.Sequential(
        [layers.Input((3,)), layers.Dense(4, name="first"), layers.Dense(1, name="last")]
    )
    made.compile("adam", "mse", metrics=["mae"], **compiled)
    return made


def read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    return found.Reload()


def numbers(events: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [
        (event.step, float(tensor_util.make_ndarray(event.tensor_proto)))
        for event in events.Tensors(tag)
    ]


def tags(events: EventAccumulator) -> set[str]:
    return set(events.Tags()["tensors"])


def test_epochs_stand_in_two_folders(tmp_path: Path) -> None:
    board = callbacks.TensorBoard(tmp_path, write_graph=False)
    history = (
        model()
        .fit(ROWS, ROWS[:, :1], epochs=3, validation_split=0.25, verbose=0, callbacks=[board])
        .history
    )
    train, validation = read(tmp_path / "train"), read(tmp_path / "validation")
    assert tags(train) == {"epoch_loss", "epoch_mae", "epoch_learning_rate"}
    assert tags(validation) == {
        "epoch_loss", "epoch_mae", "evaluation_loss_vs_iterations", "evaluation_mae_vs_iterations",
    }  # fmt: skip
    for events, prefix in ((train, ""), (validation, "val_")):
        for name in ("loss", "mae"):
            found = numbers(events, f"epoch_{name}")
            assert [step for step, _ in found] == [0, 1, 2]
            np.testing.assert_allclose([v for _, v in found], history[prefix + name], rtol=1e-6)
    assert numbers(train, "epoch_learning_rate")[0][1] == pytest.approx(1e-3)
    assert [step for step, _ in numbers(validation, "evaluation_loss_vs_iterations")] == [1, 2, 3]
    plugin = train.SummaryMetadata("epoch_loss").plugin_data.plugin_name
    assert plugin == "scalars"


@pytest.mark.filterwarnings("ignore:TensorBoard.on_train_batch:UserWarning")
@pytest.mark.parametrize(("every", "steps"), [("batch", [1, 2, 3, 4, 5, 6]), (2, [2, 4, 6])])
def test_batches_are_written_when_asked_for(tmp_path: Path, every: Any, steps: list[int]) -> None:
    board = callbacks.TensorBoard(
        tmp_path, write_graph=False, update_freq=every, write_steps_per_second=True
    )
    model().fit(ROWS, ROWS[:, :1], batch_size=8, epochs=2, verbose=0, callbacks=[board])
    train = read(tmp_path / "train")
    for tag in ("batch_loss", "batch_mae", "batch_steps_per_second"):
        assert [step for step, _ in numbers(train, tag)] == steps
    assert numbers(train, "epoch_steps_per_second")[0][1] > 0


def test_weights_are_histograms_and_pictures(tmp_path: Path) -> None:
    made = model()
    board = callbacks.TensorBoard(tmp_path, histogram_freq=2, write_images=True)
    made.fit(ROWS, ROWS[:, :1], epochs=3, verbose=0, callbacks=[board])
    train = read(tmp_path / "train")
    paths = [weight.path for weight in made.weights]
    assert {f"{path}/histogram" for path in paths} <= tags(train)
    rows = tensor_util.make_ndarray(train.Tensors(f"{paths[0]}/histogram")[1].tensor_proto)
    values = made.layers[0].kernel.numpy()
    assert train.Tensors(f"{paths[0]}/histogram")[1].step == 2
    assert rows.shape == (30, 3)
    assert rows[:, 2].sum() == values.size
    np.testing.assert_allclose([rows[0, 0], rows[-1, 1]], [values.min(), values.max()], rtol=1e-6)
    picture = tensor_util.make_ndarray(train.Tensors(f"{paths[0]}/image")[0].tensor_proto)
    assert [int(x) for x in picture[:2]] == [4, 3]


def test_the_graph_is_the_form_of_the_model(tmp_path: Path) -> None:
    made = model()
    if not hasattr(made, "to_json"):
        pytest.skip("models have no JSON form yet")
    made.fit(ROWS, ROWS[:, :1], verbose=0, callbacks=[callbacks.TensorBoard(tmp_path)])
    events = read(tmp_path / "train")
    text = tensor_util.make_ndarray(events.Tensors("keras")[0].tensor_proto).item()
    assert json.loads(text)["class_name"] == "Sequential"
    assert events.SummaryMetadata("keras").plugin_data.plugin_name == "graph_keras_model"


def test_a_picture_is_a_png() -> None:
    image = pytest.importorskip("PIL.Image")
    for channels in (1, 3, 4):
        shown = np.random.default_rng(channels).integers(0, 256, (5, 7, channels)).astype("uint8")
        read_again = np.asarray(image.open(io.BytesIO(png(shown)))).reshape(shown.shape)
        np.testing.assert_array_equal(read_again, shown)
    assert png(np.full((1, 1, 1), 0.5)) == png(np.full((1, 1, 1), 128, "uint8"))


def test_the_checksum_is_castagnolis() -> None:
    """RFC 3720, B.4: 32 zero bytes have CRC-32C 0x8A9136AA."""
    crc = 0x8A9136AA
    assert masked_crc(bytes(32)) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_equal_and_infinite_values_have_histograms(tmp_path: Path) -> None:
    file = EventFile(str(tmp_path))
    file.histogram("equal", np.full(5, 2.0), 0)
    file.histogram("infinite", np.asarray([1.0, np.nan, np.inf]), -1)
    file.close()
    events = read(tmp_path)
    for tag, count in (("equal", 5), ("infinite", 1)):
        rows = tensor_util.make_ndarray(events.Tensors(tag)[0].tensor_proto)
        assert rows[:, 2].sum() == count
    assert events.Tensors("infinite")[0].step == -1


def test_embeddings_are_listed_for_the_projector(tmp_path: Path) -> None:
    board = callbacks.TensorBoard(
        tmp_path, write_graph=False, embeddings_freq=1, embeddings_metadata={"words": "words.tsv"}
    )
    made = lamina.Sequential([layers.Input((2,)), layers.Embedding(5, 2, name="words")])
    board.set_model(made)
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'metadata_path: "words.tsv"' in text
    with pytest.raises(ArgumentError, match="no Embedding"):
        callbacks.TensorBoard(
            tmp_path, embeddings_freq=1, embeddings_metadata={"other": "x"}, write_graph=False
        ).set_model(made)


def test_what_it_refuses_and_says() -> None:
    with pytest.raises(ArgumentError, match="needs 'epoch', 'batch'"):
        callbacks.TensorBoard(update_freq="often")
    with pytest.warns(UserWarning, match="changes nothing"):
        callbacks.TensorBoard(profile_batch=2)
