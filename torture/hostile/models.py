"""Hostile configurations: texts of whole JSON that describe what should not be."""

from __future__ import annotations

import base64
import json
import marshal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torture.hostile.cases import Case, config_of, with_config

Change = Callable[[Any, Path], Any]


def first(**values: Any) -> Change:
    """Arguments of the first Dense."""

    def change(config: Any, folder: Path) -> Any:
        entry = config["config"]["layers"][1]
        entry["config"] |= values
        entry.pop("build_config", None)
        return config

    return change


def instead(make: Callable[[Path], Any]) -> Change:
    """Another entry in the place of the first Dense."""

    def change(config: Any, folder: Path) -> Any:
        config["config"]["layers"][1] = make(folder)
        return config

    return change


def layer(
    kind: str, home: str = "keras.layers", registered: Any = None, /, **config: Any
) -> Change:  # fmt: skip
    """A layer in the place of the first Dense."""
    return instead(lambda folder: entry(kind, home, registered, **_placed(config, folder)))


def entry(
    kind: str, home: str = "keras.layers", registered: Any = None, /, **config: Any
) -> Any:  # fmt: skip
    """The configuration of an object."""
    return {
        "module": home, "class_name": kind, "config": config, "registered_name": registered
    }  # fmt: skip


def _placed(config: Any, folder: Path) -> Any:
    """With the path of the secret where "SECRET" stands."""
    return json.loads(json.dumps(config).replace("SECRET", str(folder / "secret.txt")))


def function(name: str, module: str = "builtins") -> Any:
    """A function by its name."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def code(body: Callable[..., Any]) -> Any:
    """A lambda as Keras writes it: code, marshalled."""
    text = base64.b64encode(marshal.dumps(body.__code__)).decode("ascii")
    return {
        "class_name": "__lambda__",
        "config": {"code": text, "defaults": None, "closure": None},
    }


def whole(make: Callable[[Any, Path], Any]) -> Change:
    """Any change."""
    return make


def top(**values: Any) -> Change:
    """Entries of the configuration itself."""
    return lambda config, folder: {**config, **values}


def inner(**values: Any) -> Change:
    """Entries of the model's own configuration."""
    return lambda config, folder: {**config, "config": {**config["config"], **values}}


def compiled(**values: Any) -> Change:
    """Entries of what it is compiled with."""
    return lambda config, folder: {
        **config, "compile_config": {**config["compile_config"], **values}}  # fmt: skip


def start(shape: Any) -> Change:
    """Another shape of the input."""

    def change(config: Any, folder: Path) -> Any:
        config["config"]["layers"][0]["config"]["batch_shape"] = shape
        return config

    return change


def copies(count: int) -> Change:
    """So many layers."""

    def change(config: Any, folder: Path) -> Any:
        layers = config["config"]["layers"]
        add = [entry("Activation", name=f"l{i}", activation="relu") for i in range(count)]
        config["config"]["layers"] = [*layers[:2], *add, *layers[2:]]
        return config

    return change


def matryoshka(depth: int, name: str) -> Change:
    """Wrappers within wrappers, or models within models."""

    def change(config: Any, folder: Path) -> Any:
        found = config["config"]["layers"][1]
        for i in range(depth):
            if name == "Sequential":
                found = entry(name, "keras", name=f"s{i}", layers=[found])
            else:
                found = entry(name, name=f"w{i}", layer=found)
        config["config"]["layers"][1] = found
        return config

    return change


ONE = {"start": [None, 4], "name": "start"}
SECRET_LAYER = "StringLookup"

SEQUENTIAL: dict[str, tuple[Change, str]] = {
    **{f"units {value!r:.20}": (first(units=value), "refuse") for value in (
        10**9, 10**18, 10**30, -1, 0, 2.5, "3", None, True, [3], {}, 2**63)},
    **{f"activation {value!r:.30}": (first(activation=value), "refuse") for value in (
        "exec", "os.system", "torture_canary.run", 7, [], {"a": 1}, "__class__", "get",
        "deserialize")},
    "activation is code": (first(activation=code(lambda x: x)), "refuse"),
    **{f"function {m}.{f}": (first(activation=function(f, m)), "refuse") for m, f in (
        ("builtins", "exec"), ("builtins", "eval"), ("builtins", "open"), ("os", "system"),
        ("torture_canary", "run"), ("keras.utils", "get_file"), ("lamina.run", "main"),
        ("keras.saving", "load_model"), ("keras.config", "enable_unsafe_deserialization"),
        ("numpy", "load"), ("keras.src.utils.file_utils", "get_file"))},
    **{f"class {m}.{c}": (layer(c, m, name="x"), "refuse") for m, c in (
        ("os", "system"), ("torture_canary", "Layer"), ("builtins", "object"),
        ("builtins", "exec"), ("antigravity", "x"), ("keras.layers", "Nonsense"),
        ("keras.layers", "__class__"), ("keras.callbacks", "CSVLogger"),
        ("keras.callbacks", "ModelCheckpoint"), ("keras.utils", "get_file"),
        ("keras.utils", "PyDataset"), ("lamina.saving.limits", "Limits"),
        ("lamina.engines.native.cache", "fetch"), ("keras.src.saving.saving_lib", "load_model"),
        ("", "system"), ("keras", "Model"), ("keras.losses", "MeanSquaredError"))},
    "registered as another": (layer("Dense", "torture_canary", "torture_canary>Layer", units=3),
                              "refuse"),
    "a class name of 1 MB": (layer("x" * 1_000_000), "refuse"),
    "a class name that is a list": (instead(lambda f: entry(["Dense"], units=3)), "refuse"),  # type: ignore[arg-type]
    "a Lambda of code": (layer("Lambda", name="x", function=code(lambda x: x)), "refuse"),
    "a Lambda of damaged code": (layer("Lambda", name="x", function={
        "class_name": "__lambda__", "config": {"code": "AAAA", "defaults": None,
                                               "closure": None}}), "refuse"),
    "a Lambda of code in the old form": (layer(
        "Lambda", name="x", function=["4wEAAAA=", None, None], function_type="lambda"), "refuse"),
    "a Lambda of a function elsewhere": (layer(
        "Lambda", name="x", function="run", module="torture_canary", function_type="function"),
        "refuse"),
    "a Lambda with safe mode off inside": (layer(
        "Lambda", name="x", function=code(lambda x: x), safe_mode=False), "refuse"),
    "a vocabulary elsewhere": (layer(SECRET_LAYER, name="x", vocabulary="SECRET"), "refuse"),
    "a vocabulary of the system": (layer(SECRET_LAYER, name="x", vocabulary="/etc/passwd"),
                                   "refuse"),
    "texts of a vocabulary elsewhere": (layer("TextVectorization", name="x", vocabulary="SECRET"),
                                        "refuse"),
    "a saved model elsewhere": (layer("TFSMLayer", name="x", filepath="SECRET"), "refuse"),
    "a model elsewhere": (layer("Sequential", "keras", name="x", filepath="SECRET"), "refuse"),
    "embedding": (layer("Embedding", name="x", input_dim=10**12, output_dim=10**6), "refuse"),
    "repeat": (layer("RepeatVector", name="x", n=10**13), "refuse"),
    "convolution": (layer("Conv1D", name="x", filters=10**9, kernel_size=10**9), "refuse"),
    "padding": (layer("ZeroPadding1D", name="x", padding=10**15), "refuse"),
    "reshape": (layer("Reshape", name="x", target_shape=[10**9, 10**9]), "refuse"),
    "a constant": (first(bias_initializer=entry(
        "Constant", "keras.initializers", value={"class_name": "__numpy__", "config": {
            "value": [0] * 10, "dtype": "O"}})), "refuse"),
    "an array of objects": (first(units={"class_name": "__numpy__", "config": {
        "value": [[1]], "dtype": "object"}}), "refuse"),
    "an array of texts of 1 GB": (first(units={"class_name": "__numpy__", "config": {
        "value": "x", "dtype": "U250000000"}}), "refuse"),
    "an array of records": (first(units={"class_name": "__numpy__", "config": {
        "value": [1], "dtype": "i4,O"}}), "refuse"),
    "bytes": (first(units={"class_name": "__bytes__", "config": {"value": "3"}}), "refuse"),
    "a slice": (first(units={"class_name": "__slice__", "config": {}}), "refuse"),
    "an unknown special": (first(units={"class_name": "__import__", "config": {
        "value": "torture_canary"}}), "refuse"),
    "a type": (first(kernel_initializer={"class_name": "__typespec__", "config": {
        "module": "torture_canary", "name": "Layer", "spec": []}}), "refuse"),
    **{f"dtype {value!r:.40}": (first(dtype=value), "refuse") for value in (
        "object", "float1024", "O", 7, ["float32"], "U1000000000")},
    "dtype of a canary's": (
        first(dtype=entry("DTypePolicy", "torture_canary", name="float32")), "any"),
    **{f"more arguments {key}": (first(**{key: 1}), "refuse") for key in (
        "__class__", "self", "x", "batch_shape_", "__init__", "custom_objects")},
    **{f"name {value!r:.30}": (first(name=value), "refuse") for value in (
        "../../outside", "a/b", 5, [], {"a": 1})},
    "an empty name": (first(name=""), "any"),
    **{f"shape {value!r:.30}": (start(value), "refuse") for value in (
        [None, 10**18], [None, -4], [None, 0.5], [None, "4"], [4], None, "4", [None] * 100,
        [None, 10**9, 10**9], {})},
    "12,000 layers": (copies(12_000), "refuse"),
    "wrappers 90 deep": (matryoshka(90, "TimeDistributed"), "refuse"),
    "wrappers 30 deep": (matryoshka(30, "TimeDistributed"), "refuse"),
    "both ways 12 deep": (matryoshka(12, "Bidirectional"), "refuse"),
    "models 90 deep": (matryoshka(90, "Sequential"), "refuse"),
    "models 20 deep": (matryoshka(20, "Sequential"), "refuse"),
    **{f"layers {value!r:.20}": (inner(layers=value), "refuse") for value in (
        5, "Dense", {}, [5], [[]], [None], None, [{"class_name": "Dense"}])},
    "no configuration": (top(config=None), "refuse"),
    "a configuration that is a list": (top(config=[]), "refuse"),
    "another class": (top(class_name="Dense"), "refuse"),
    "a built shape that is huge": (top(build_config={"input_shape": [None, 10**18]}), "any"),
    "a built shape of texts": (top(build_config={"input_shape": "abc"}), "any"),
    **{f"optimizer {value!r:.40}": (compiled(optimizer=value), "refuse") for value in (
        5, "exec", [], entry("system", "os"), entry("Layer", "torture_canary"),
        entry("Adam", "keras.optimizers", learning_rate="x"),
        entry("Adam", "keras.optimizers", learning_rate=-1),
        entry("Adam", "keras.optimizers", beta_1=7),
        entry("Adam", "keras.optimizers", learning_rate=entry("run", "torture_canary")))},
    **{f"loss {value!r:.40}": (compiled(loss=value), "refuse") for value in (
        5, "exec", function("system", "os"), function("run", "torture_canary"),
        entry("Layer", "torture_canary"), "nonsense", code(lambda y, x: x))},
    **{f"metrics {value!r:.40}": (compiled(metrics=value), "refuse") for value in (
        5, ["exec"], [function("system", "os")], [5], [entry("Layer", "torture_canary")],
        [entry("Mean", "torture_canary")])},
    "compiled with more": (compiled(filepath="/etc/passwd"), "refuse"),
    "compiled with a list": (top(compile_config=[1]), "refuse"),
}  # fmt: skip


def inbound(name: str, place: Any) -> Change:
    """What a layer is called on."""

    def change(config: Any, folder: Path) -> Any:
        for found in config["config"]["layers"]:
            if found["config"]["name"] == name:
                text = json.dumps(found["inbound_nodes"])
                text = text.replace('"keras_history": ["i", 0, 0]',
                                    f'"keras_history": {json.dumps(place)}')  # fmt: skip
                found["inbound_nodes"] = json.loads(text)
        return config

    return change


def nodes(name: str, value: Any) -> Change:
    """The calls of a layer."""

    def change(config: Any, folder: Path) -> Any:
        for found in config["config"]["layers"]:
            if found["config"]["name"] == name:
                found["inbound_nodes"] = value
        return config

    return change


def operation(
    kind: str, home: str = "keras.src.ops.numpy", /, **config: Any
) -> Change:  # fmt: skip
    """An op in the place of the sum."""

    def change(config_: Any, folder: Path) -> Any:
        for found in config_["config"]["layers"]:
            if found["config"]["name"] == "c":
                found |= {"class_name": kind, "module": home, "config": {"name": "c", **config}}
        return config_

    return change


def doubled(config: Any, folder: Path) -> Any:
    """Two layers of one name."""
    config["config"]["layers"].append(config["config"]["layers"][1])
    return config


FUNCTIONAL: dict[str, Change] = {
    "a circle": inbound("a", ["b", 0, 0]),
    "a circle of one": inbound("a", ["a", 0, 0]),
    **{f"a place {value!r:.40}": inbound("a", value) for value in (
        ["z", 0, 0], ["i", 5, 0], ["i", 0, 5], ["i", -1, 0], ["i", 0, -1], ["i", 10**30, 0],
        ["i", 0.5, 0], ["i", True, 0], [5, 0, 0], [], None, "i", ["i", 0], [["i"], 0, 0])},
    **{f"calls {value!r:.40}": nodes("a", value) for value in (
        5, [5], [[]], "x", {"a": 1}, [{"args": 5}], [{"args": [], "kwargs": 5}], None, [],
        [{"args": [], "kwargs": {}}], [{"kwargs": {"self": 1}}])},
    "two of one name": doubled,
    **{f"outputs {value!r:.40}": inner(output_layers=value) for value in (
        5, [5], None, ["z", 0, 0], [["b", 0, 7]], "b", {"a": 5})},
    **{f"inputs {value!r:.40}": inner(input_layers=value) for value in (
        5, None, [], ["z", 0, 0], "i")},
    "an op of another module": operation("system", "os"),
    "an op of a canary": operation("Layer", "torture_canary.ops.x"),
    "an op with more arguments": operation("Add", function="exec"),
    "an op that loads": operation("Load", file="/etc/passwd"),
    "an op that repeats": operation("Repeat", repeats=10**15),
    "an op of a huge shape": operation("Zeros", shape=[10**9, 10**9]),
    "an op that is private": operation("__class__"),
}  # fmt: skip


def in_file(change: Change, good: str) -> Callable[[Path, Path], Path]:
    """A `.keras` file with the changed configuration."""

    def make(place: Path, folder: Path) -> Path:
        config = change(config_of(folder, good), folder)
        return with_config(place, folder, json.dumps(config), good)

    return make


def alone(change: Change, good: str) -> Callable[[Path, Path], str]:
    """The changed configuration as a text."""
    return lambda place, folder: json.dumps(change(config_of(folder, good), folder))


CASES = [
    *(Case(f"model: {n}", "model", in_file(f, "good"), e) for n, (f, e) in SEQUENTIAL.items()),
    *(Case(f"graph: {n}", "model", in_file(f, "functional")) for n, f in FUNCTIONAL.items()),
    *(Case(f"graph in a text: {n}", "text", alone(f, "functional")) for n, f in FUNCTIONAL.items()),
]  # fmt: skip
