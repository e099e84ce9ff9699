"""The table of paths that only Keras 1 and 2 had, and of Keras' own files."""

from __future__ import annotations

from collections.abc import Mapping

from lamina.compat.backend import TENSORFLOW

_LAYERS, _MODELS = ("lamina.layers",), ("lamina.models",)
_UTILS, _OPTIMIZERS = ("lamina.utils",), ("lamina.optimizers",)
_METRICS = ("lamina.metrics",)
_BACKEND, _CALLBACKS = ("lamina.compat.backend", "lamina.backend"), ("lamina.callbacks",)


def _each(package: str, names: str, modules: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {f"{package}.{name}": modules for name in names.split()}


OLD_MODULES: Mapping[str, tuple[str, ...]] = {
    **_each("backend", "cntk_backend common load_backend numpy_backend", _BACKEND),
    **_each("backend", "tensorflow_backend theano_backend", _BACKEND),
    "backend_config": _BACKEND,
    **_each("callbacks", "callbacks tensorboard_v1 tensorboard_v2", _CALLBACKS),
    "callbacks_v1": _CALLBACKS,
    "engine": (*_MODELS, *_LAYERS),
    **_each("engine", "base_layer base_layer_utils base_layer_v1 input_layer input_spec", _LAYERS),
    "engine.base_preprocessing_layer": _LAYERS,
    "engine.topology": (*_MODELS, *_LAYERS),
    **_each("engine", "functional network sequential training training_v1 saving", _MODELS),
    **_each("engine", "training_arrays training_generator training_utils", _MODELS),
    "engine.keras_tensor": ("lamina",),
    "initializations": ("lamina.compat.initializations",),
    "initializers.initializers_v1": ("lamina.initializers",),
    "initializers.initializers_v2": ("lamina.initializers",),
    "initializers.initializers": ("lamina.initializers",),
    **_each("layers", "activation advanced_activations attention", _LAYERS),
    **_each("layers", "convolutional convolutional_recurrent core cudnn_recurrent", _LAYERS),
    **_each("layers", "dense_attention einsum_dense embeddings kernelized local", _LAYERS),
    **_each("layers", "locally_connected merge merging multi_head_attention noise", _LAYERS),
    **_each("layers", "normalization normalization_v2 pooling preprocessing recurrent", _LAYERS),
    **_each("layers", "recurrent_v2 regularization reshaping rnn rnn_cell_wrapper_v2", _LAYERS),
    **_each("layers", "serialization timedistributed wrappers activations", _LAYERS),
    "layers.containers": (*_MODELS, *_LAYERS),
    "layers.experimental": _LAYERS,
    "layers.experimental.preprocessing": _LAYERS,
    **_each("layers.core", "lambda_layer embedding wrapper input_layer", _LAYERS),
    **_each("layers.preprocessing", "image_preprocessing normalization hashing", _LAYERS),
    **_each("layers.preprocessing", "category_encoding discretization index_lookup", _LAYERS),
    **_each("layers.preprocessing", "integer_lookup string_lookup text_vectorization", _LAYERS),
    **_each("layers.convolutional", "base_conv base_separable_conv base_depthwise_conv", _LAYERS),
    "layers.merging.base_merge": _LAYERS,
    **_each("layers.rnn", "abstract_rnn_cell base_rnn conv_lstm cudnn_gru cudnn_lstm", _LAYERS),
    **_each("layers.rnn", "rnn_utils gru_v1 lstm_v1", _LAYERS),
    "experimental": ("lamina.optimizers.schedules",),
    "legacy": _LAYERS,
    "legacy.interfaces": ("lamina.compat.interfaces",),
    "legacy.layers": _LAYERS,
    "legacy.models": _MODELS,
    "legacy_tf_layers": _LAYERS,
    "losses_utils": ("lamina.losses",),
    **_each("metrics", "base_metric metrics accuracy_metrics confusion_metrics", _METRICS),
    **_each("metrics", "f_score_metrics hinge_metrics iou_metrics", _METRICS),
    **_each("metrics", "probabilistic_metrics reduction_metrics regression_metrics", _METRICS),
    "mixed_precision.experimental": ("lamina.mixed_precision",),
    "models.cloning": _MODELS,
    "objectives": ("lamina.losses",),
    **_each("optimizer_v1", "adam sgd", _OPTIMIZERS),
    **{
        f"{package}.{name}": _OPTIMIZERS
        for package in ("optimizer_v2", "optimizers", "optimizers.optimizer_v2",
                        "optimizers.legacy", "optimizers.optimizer_experimental")
        for name in ("adadelta", "adagrad", "adam", "adamax", "ftrl", "gradient_descent", "nadam",
                     "optimizer", "optimizer_v2", "rmsprop", "sgd")
        if package != "optimizers"
    },
    **_each("optimizers", "adadelta_v2 adagrad_v2 adam_v2 adamax_v2 ftrl_v2", _OPTIMIZERS),
    **_each("optimizers", "gradient_descent_v2 nadam_v2 rmsprop_v2 legacy", _OPTIMIZERS),
    **_each("optimizers", "optimizer_v1 optimizer_v2 optimizer_experimental", _OPTIMIZERS),
    "optimizers.experimental": _OPTIMIZERS,
    "optimizer_v1": _OPTIMIZERS,
    "optimizer_v2": _OPTIMIZERS,
    "optimizer_v2.learning_rate_schedule": ("lamina.optimizers.schedules",),
    "optimizers.learning_rate_schedule": ("lamina.optimizers.schedules",),
    "optimizers.schedules.learning_rate_schedule": ("lamina.optimizers.schedules",),
    "preprocessing.image_dataset": ("lamina.preprocessing",),
    "preprocessing.text_dataset": ("lamina.preprocessing",),
    "preprocessing.timeseries": ("lamina.preprocessing",),
    **_each("saving", "hdf5_format legacy object_registration pickle_utils save", (
        "lamina.saving",
    )),
    **_each("saving", "saved_model saving_api saving_lib serialization_lib", ("lamina.saving",)),
    **_each("utils", "all_utils audio_dataset conv_utils data_utils dataset_utils", _UTILS),
    **_each("utils", "file_utils generic_utils image_dataset image_dataset_utils", _UTILS),
    **_each("utils", "image_utils io_utils layer_utils losses_utils metrics_utils", _UTILS),
    **_each("utils", "model_visualization multi_gpu_utils np_utils progbar", _UTILS),
    **_each("utils", "numerical_utils python_utils rng_utils sequence_utils", _UTILS),
    **_each("utils", "summary_utils test_utils text_dataset text_dataset_utils tf_utils", _UTILS),
    **_each("utils", "timeseries_dataset timeseries_dataset_utils training_utils", _UTILS),
    **_each("utils", "vis_utils visualize_util", _UTILS),
    "wrappers": ("lamina.wrappers",),
    "wrappers.scikit_learn": ("lamina.sklearn",),
}  # fmt: skip

# Packages of which Keras 2.9 and later have a file for each class: `layers.pooling.max_pooling2d`.
FILES = frozenset(
    (
        "activations", "callbacks", "initializers", "layers.activation", "layers.activations",
        "layers.attention", "layers.convolutional", "layers.core", "layers.locally_connected",
        "layers.merging", "layers.normalization", "layers.pooling", "layers.preprocessing",
        "layers.preprocessing.image_preprocessing", "layers.regularization", "layers.reshaping",
        "layers.rnn", "losses", "metrics", "models", "optimizers", "regularizers",
    )
)  # fmt: skip


def _names(paths: str, module: str, names: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {(path, old): f"{module}:{new}" for path in paths.split() for old, new in names.items()}


_SAME_LAYERS = {
    "AtrousConv1D": "Conv1D", "AtrousConv2D": "Conv2D", "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D", "Deconv2D": "Conv2DTranspose",
    "Deconvolution2D": "Conv2DTranspose", "Deconv3D": "Conv3DTranspose",
    "Deconvolution3D": "Conv3DTranspose", "CuDNNGRU": "GRU", "CuDNNLSTM": "LSTM",
    "TimeDistributedDense": "Dense", "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization", "GRUV1": "GRU", "LSTMV1": "LSTM",
    "SyncBatchNormalization": "BatchNormalization",
}  # fmt: skip
_OLD_LAYERS = {
    "lamina.compat.layers": (
        "AbstractRNNCell",
        "Highway",
        "MaxoutDense",
        "ParametricSoftplus",
        "SReLU",
        "ThresholdedReLU",
    ),
    "lamina.compat.local": ("LocallyConnected1D", "LocallyConnected2D"),
    "lamina.compat.merge": ("Merge", "merge"),
    "lamina.compat.recurrent": ("Recurrent", "time_distributed_dense"),
}
_INITIALIZERS = {
    "normal": "RandomNormal", "one": "Ones", "uniform": "RandomUniform", "zero": "Zeros",
}  # fmt: skip
_OPTIMIZERS_BY_NAME = {
    "adadelta": "Adadelta", "adagrad": "Adagrad", "adam": "Adam", "adamax": "Adamax",
    "nadam": "Nadam", "rmsprop": "RMSprop", "sgd": "SGD",
}  # fmt: skip
# Functions that older Keras had under short and other names.
_LOSSES = {
    "bce": "binary_crossentropy", "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity", "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence", "logcosh": "log_cosh",
    "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error", "msle": "mean_squared_logarithmic_error",
}  # fmt: skip
_LOSSES |= {name.upper(): _LOSSES[name] for name in ("bce", "kld", "mae", "mape", "mse", "msle")}
_OLDER_UTILS = "lamina.compat.older_utils"

# Names that only Keras 1 and 2 had: (path below a root, name) -> module:name. What a path of the
# current Keras has stands in the older paths for the same modules, too.
OLD_NAMES: Mapping[tuple[str, str], str] = {
    **_names("layers", "lamina.layers", _SAME_LAYERS),
    **{
        (path, name): f"{module}:{name}"
        for path in ("layers", "models")
        for module, names in _OLD_LAYERS.items()
        for name in names
    },
    **_names("backend", "lamina.compat.backend", {name: name for name in TENSORFLOW}),
    **{("backend", name): "lamina.compat.tensorflow.arrays:convert_to_tensor"
       for name in ("_constant_to_tensor", "_to_tensor")},
    ("backend", "_EPSILON"): "lamina.compat.backend.settings:EPSILON",
    **_names("utils", _OLDER_UTILS, {name: name for name in (
        "categorical_probas_to_classes", "convert_all_kernels_in_model", "convert_kernel",
        "count_params", "get_source_inputs", "get_test_data",
        "is_all_none", "multi_gpu_model", "object_list_uid", "print_summary", "probas_to_classes",
        "slice_arrays", "to_categorical", "to_list", "transpose_shape", "unpack_singleton",
    )}),
    **_names("utils", "lamina.compat.sizes_of_windows", {name: name for name in (
        "conv_input_length", "conv_output_length", "deconv_length", "deconv_output_length",
        "normalize_data_format", "normalize_padding", "normalize_tuple",
    )}),
    ("backend", "normalize_data_format"): "lamina.compat.sizes_of_windows:normalize_data_format",
    **_names("layers", _OLDER_UTILS, {"get_source_inputs": "get_source_inputs"}),
    ("layers", "_time_distributed_dense"): "lamina.compat.recurrent:time_distributed_dense",
    **_names("utils", "lamina.compat.queues", {name: name for name in (
        "GeneratorEnqueuer", "HDF5Matrix", "OrderedEnqueuer",
    )}),
    ("callbacks", "BaseLogger"): "lamina.compat.callback_facts:BaseLogger",
    ("layers", "_Merge"): "lamina.compat.merge:MergeFunction",
    **_names("layers models", "lamina.models", {"Container": "Model", "Network": "Model"}),
    **_names("models", _OLDER_UTILS, {"slice_X": "slice_arrays"}),
    ("models", "Graph"): "lamina.compat.graph_model:Graph",
    **_names("models saving", "lamina.compat.h5_groups", {name: name for name in (
        "load_weights_from_hdf5_group", "load_weights_from_hdf5_group_by_name",
        "save_weights_to_hdf5_group",
    )}),
    **_names("preprocessing.text", _OLDER_UTILS, {"base_filter": "base_filter"}),
    **_names("backend", _OLDER_UTILS, {name: name for name in ("ctc_batch_cost", "ctc_decode")}),
    ("utils.visualize_util", "plot"): "lamina.utils:plot_model",
    ("mixed_precision.experimental", "set_policy"): "lamina.mixed_precision:set_global_policy",
    ("models", "Input"): "lamina.layers:Input",
    ("models", "InputLayer"): "lamina.layers:InputLayer",
    ("models", "model_from_yaml"): "lamina.compat.small_utils:model_from_yaml",
    ("utils", "has_arg"): "lamina.compat.small_utils:has_arg",
    **{
        (f"applications.{module}", name): "lamina.compat.small_utils:obtain_input_shape"
        for module in ("imagenet_utils", "vgg16", "resnet50")
        for name in ("_obtain_input_shape", "obtain_input_shape")
    },
    **_names("constraints", "lamina.constraints", {
        "maxnorm": "MaxNorm", "nonneg": "NonNeg", "unitnorm": "UnitNorm",
    }),
    **_names("initializers", "lamina.initializers", _INITIALIZERS),
    **_names("losses objectives metrics", "lamina.losses", _LOSSES),
    **_names("metrics", _OLDER_UTILS, {name: name for name in (
        "fbeta_score", "fmeasure", "matthews_correlation", "precision", "recall",
    )}),
    **_names("losses", "lamina.compat.metric_methods", {
        "Reduction": "Reduction", "ReductionV2": "Reduction",
    }),
    ("utils.losses_utils", "ReductionV2"): "lamina.compat.metric_methods:Reduction",
    ("losses", "huber_loss"): "lamina.losses:huber",
    **_names("metrics", "lamina.losses", {name: name for name in (
        "binary_crossentropy", "categorical_crossentropy", "categorical_hinge", "hinge",
        "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
        "mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy",
        "squared_hinge",
    )}),
    **_names("optimizers", "lamina.optimizers", _OPTIMIZERS_BY_NAME),
    **_names("regularizers", "lamina.regularizers", {
        "WeightRegularizer": "L1L2", "activity_l1": "L1", "activity_l1l2": "L1L2",
        "activity_l2": "L2", "l1l2": "L1L2",
    }),
}  # fmt: skip
