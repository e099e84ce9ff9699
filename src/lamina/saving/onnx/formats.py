"""export: which format is asked for, and what is said when the file is there."""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError, UnsupportedError, nearest
from lamina.models.checks import reject_ignored

# Formats of Keras' that are not written, with their makers.
OTHERS = {
    "tf_saved_model": "TensorFlow's", "openvino": "OpenVINO's", "litert": "LiteRT's",
    "torch": "PyTorch's",
}  # fmt: skip


def export(
    model: Any,
    filepath: Any,
    format: str,
    verbose: bool | None,
    input_signature: Any,
    opset_version: int | None = None,
    **kwargs: Any,
) -> None:
    """Writes the model in a format; see `Model.export`."""
    where = f"{model.name}.export(format=...)"
    if format in OTHERS:
        raise UnsupportedError(
            where, "writes 'onnx' files alone", f"{format!r}, a format of {OTHERS[format]}",
            "pass format='onnx', or save the model with model.save",
        )  # fmt: skip
    if format != "onnx":
        raise ArgumentError(
            where, "is one of Keras' formats", repr(format),
            f"pass {nearest(str(format), ['onnx', *OTHERS])[0]!r}; 'onnx' is the one written here",
        )  # fmt: skip
    reject_ignored(f"{model.name}.export", kwargs)
    from lamina.saving.onnx.export import export_onnx

    export_onnx(model, filepath, input_signature, opset_version)
    if verbose is None or verbose:
        print(f"Saved artifact at '{filepath}'.")
