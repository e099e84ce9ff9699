"""The public names of Keras that lamina leaves out, each with its reason; docs/left-out.md is this.

A row names what stands below `keras`: a name, a module with all in it, a method, or an argument as
"layers.Dense(lora_rank)". Who uses one gets an error that gives the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lamina.errors import ArgumentTypeError, MissingNameError

_QUANTISED = "no quantised numbers: lamina computes in float32 and float64"
_FRAMEWORKS = "wraps code of another framework, which lamina does not run"
_LORA = "low-rank adapters belong to networks far larger than lamina is for"
_MACHINES = "lamina runs on one machine"
_COMPLEX = "there is no complex dtype; ops.fft and its kin take and give (real, imaginary)"
_DRAWING = "draws pictures with matplotlib, which is no part of a network"
_DISTILLING = "a training loop of its own; subclass Model with compute_loss instead"

LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "Quantizer", "quantizers", "dtype_policies.AWQDTypePolicy",
            "dtype_policies.GPTQDTypePolicy", "dtype_policies.Int4DTypePolicy",
            "dtype_policies.QuantizedDTypePolicy", "dtype_policies.QuantizedFloat8DTypePolicy",
            "layers.Dense(quantization_config)", "layers.EinsumDense(quantization_config)",
            "layers.EinsumDense(gptq_unpacked_column_size)",
            "layers.Embedding(quantization_config)",
            "Layer.quantize",
            "Layer.quantized_build", "Layer.quantized_call", "Model.quantize",
            "Model.get_quantization_layer_structure", "layers.Dense.quantize",
            "layers.Dense.quantized_build", "layers.Dense.variable_serialization_spec",
            "layers.EinsumDense.quantize", "layers.EinsumDense.quantized_build",
            "layers.EinsumDense.variable_serialization_spec", "layers.Embedding.quantize",
            "layers.Embedding.quantized_build", "layers.Embedding.variable_serialization_spec",
            "layers.ReversibleEmbedding.quantize", "layers.ReversibleEmbedding.quantized_build",
        ),
        _QUANTISED,
    ),
    "dtype_policies.DTypePolicyMap": "one dtype holds for a model, or is said for each layer",
    **dict.fromkeys(
        (
            "layers.Dense(lora_rank)", "layers.Dense(lora_alpha)", "layers.Dense.enable_lora",
            "layers.EinsumDense(lora_rank)", "layers.EinsumDense(lora_alpha)",
            "layers.EinsumDense.enable_lora", "layers.Embedding(lora_rank)",
            "layers.Embedding(lora_alpha)", "layers.Embedding.enable_lora",
        ),
        _LORA,
    ),
    **dict.fromkeys(
        (
            "layers.FlaxLayer", "layers.JaxLayer", "layers.TFSMLayer",
            "layers.TorchModuleWrapper", "config.is_nnx_enabled", "Model.jax_state_sync",
        ),
        _FRAMEWORKS,
    ),
    **dict.fromkeys(("distribution", "Variable(layout)"), _MACHINES),
    **dict.fromkeys(
        ("ops.eig", "ops.linalg.eig", "ops.polar", "ops.nn.polar", "ops.view_as_complex",
         "ops.view_as_real"),
        _COMPLEX,
    ),
    **dict.fromkeys(
        ("ops.view", "ops.numpy.view", "ops.nextafter", "ops.numpy.nextafter"),
        "how numbers lie in memory is the compiler's; ops.cast converts their values",
    ),
    **dict.fromkeys(("KerasTensor(sparse)", "KerasTensor(ragged)"), "tensors are dense"),
    "KerasTensor(record_history)": "a symbolic tensor always knows how it came about",
    **dict.fromkeys(
        ("config.max_epochs", "config.set_max_epochs", "config.max_steps_per_epoch",
         "config.set_max_steps_per_epoch"),
        "limits for trying scripts out; pass epochs= and steps_per_epoch=",
    ),
    **dict.fromkeys(
        ("Operation.rematerialized_call", "Layer.rematerialized_call"),
        "what is computed twice to save memory is the compiler's",
    ),
    **dict.fromkeys(
        ("optimizers.Muon.transpose_last_axis", "optimizers.Muon.lr_adjust",
         "optimizers.Muon.zeropower_via_newtonschulz5"),
        "parts of its rule, which are inside the class here",
    ),
    **dict.fromkeys(
        ("Model.make_train_function", "Model.make_test_function", "Model.make_predict_function"),
        "whole epochs run inside one compiled program; override train_step and its like",
    ),
    **dict.fromkeys(
        (
            "layers.RandomShear.get_shifted_bbox", "layers.RandomShear.get_transformed_x_y",
            "layers.RandomTranslation.get_shifted_bbox",
            "layers.RandomTranslation.get_transformed_x_y", "layers.RandomZoom.get_clipped_bbox",
            "layers.RandomZoom.get_transformed_x_y",
        ),
        "steps inside Keras' layers; transform_images and transform_labels change what is given",
    ),
    "config.enable_unsafe_deserialization": "no code is ever run from a file",
    "SymbolicScope": "inside Keras only; a call on keras.Input is recorded",
    **dict.fromkeys(
        ("ops.jvp", "ops.linalg.jvp"),
        "derivatives go backwards: lamina.GradientTape, ops.custom_gradient",
    ),
    "callbacks.OrbaxCheckpoint": "writes files of Orbax; callbacks.ModelCheckpoint writes Keras'",
    "callbacks.RemoteMonitor": "sends logs over the network; a LambdaCallback can do so",
    "saving.KerasFileEditor": "changes files in place; load the model, change it, and save it",
    "distillation": _DISTILLING,
    "export": "writes TensorFlow's SavedModel; model.export(..., format='onnx') writes ONNX",
    "optimizers.legacy": "its classes raise errors in Keras 3 too; use those of optimizers",
    "visualization": _DRAWING,
}  # fmt: skip


def why_left_out(path: str) -> str | None:
    """Why a path below `keras`, or a module around it, is left out; None if it is not."""
    names = path.split(".")
    for count in range(len(names), 0, -1):
        reason = LEFT_OUT.get(".".join(names[:count]))
        if reason is not None:
            return reason
    return None


def why_member_left_out(cls: type, member: str) -> str | None:
    """Why a class, or one that it derives from, leaves out ".method" or "(argument)"."""
    for base in cls.__mro__:
        package = base.__module__.partition(".")[2].partition(".")[0]
        for owner in (f"{package}.{base.__name__}", base.__name__):
            reason = LEFT_OUT.get(f"{owner}{member}")
            if reason is not None:
                return reason
    return None


class LeavesOut:
    """Base of classes whose instances say why they lack what Keras' have."""

    def __getattr__(self, name: str) -> Any:
        reason = why_member_left_out(type(self), f".{name}")
        if reason is not None:
            raise MissingNameError(type(self).__name__, f"leaves {name!r} out", name, reason)
        return object.__getattribute__(self, name)  # the error of its own, or of a property


def refuse_arguments(cls: type, given: Iterable[str]) -> None:
    """Raises ArgumentTypeError, with the reason, for an argument that a class does not take."""
    for name in given:
        reason = why_member_left_out(cls, f"({name})")
        raise ArgumentTypeError(
            cls.__name__, "does not know this argument", name,
            "leave it out" + (f": {reason}" if reason else ""),
        )  # fmt: skip
