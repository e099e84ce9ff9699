"""The table of `tensorflow`'s paths outside Keras: the modules behind each, names, refusals.

A path is written below `tensorflow`: "" is the root, "math" is `tensorflow.math`. Names under
`tensorflow.compat.v1` and `.v2` are those of the root as well.
"""

from __future__ import annotations

from collections.abc import Mapping

_HERE = "lamina.compat.tensorflow."


def _in(*modules: str) -> tuple[str, ...]:
    return tuple(_HERE + module for module in modules)


_ROOT = _in(
    "arrays", "picking", "shapes", "dtypes", "math", "places", "complex_numbers", "control", "state"
)
_KERAS = {
    "initializers": ("lamina.initializers",),
    "losses": ("lamina.losses",),
    "metrics": ("lamina.metrics",),
    "optimizers": ("lamina.optimizers",),
    "optimizers.schedules": ("lamina.optimizers.schedules",),
}
# Below each path stand the modules that are looked through for a name.
_BELOW: Mapping[str, tuple[str, ...]] = {
    "": _ROOT,
    "autograph": (),
    "autograph.experimental": (),
    "bitwise": (),
    "config": (),
    "config.experimental": (),
    "config.optimizer": (),
    "config.threading": (),
    "data": (),
    "data.experimental": (),
    "debugging": _in("checks"),
    "debugging.experimental": (),
    "distribute": (),
    "distribute.cluster_resolver": (),
    "distribute.experimental": (),
    "dtypes": _in("dtypes"),
    "errors": _in("checks"),
    "experimental": (),
    "experimental.numpy": ("lamina.ops",),
    "gfile": _in("gfile"),
    "image": _in("image", "resizing", "older_resizing"),
    "io": _in("io", "examples", "records"),
    "io.gfile": _in("gfile"),
    "linalg": _in("linalg"),
    "logging": _in("logs"),
    "lookup": _in("lookup"),
    "lookup.experimental": (),
    "math": _in("math", "places", "complex_numbers"),
    "nn": _in("nn", "windows", "argmax_pooling"),
    "profiler": (),
    "profiler.experimental": (),
    "python_io": _in("records"),
    "app": _in("flags"),
    "app.flags": _in("flags"),
    "audio": _in("audio"),
    "flags": _in("flags"),
    "nest": _in("nest"),
    "signal": _in("signal"),
    "ragged": _in("ragged"),
    "random": _in("random"),
    "random.experimental": _in("random"),
    "saved_model": _in("saved_models"),
    "sparse": _in("sparse"),
    "strings": _in("strings"),
    "summary": _in("summaries"),
    "summary.experimental": (),
    "sysconfig": (),
    "test": (),
    "tpu": (),
    "tpu.experimental": (),
    "train": (),
    "train.experimental": (),
    "types": (),
    "types.experimental": (),
    "version": (),
    **_KERAS,
}
_INSIDE: Mapping[str, tuple[str, ...]] = {
    "_api": (),
    "_api.v2": _ROOT,
    "compat": (),
    "contrib": (),
    "python": (),
    "python.client": (),
    "python.client.device_lib": (),
    "python.framework": _ROOT,
    "python.framework.dtypes": _in("dtypes"),
    "python.framework.errors": _in("checks"),
    "python.framework.ops": _ROOT,
    "python.framework.tensor_shape": _in("shapes"),
    "python.framework.tensor_spec": _in("shapes"),
    "python.ops": (),
    "python.ops.array_ops": _in("arrays", "picking", "shapes"),
    "python.ops.control_flow_ops": _in("control"),
    "python.ops.image_ops": _in("image", "resizing"),
    "python.ops.init_ops": ("lamina.initializers",),
    "python.ops.linalg_ops": _in("linalg"),
    "python.ops.math_ops": _in("math", "places", "complex_numbers", "arrays", "linalg"),
    "python.ops.nn": _in("nn", "windows"),
    "python.ops.nn_ops": _in("nn", "windows"),
    "python.ops.random_ops": _in("random"),
    "python.ops.variables": _in("state"),
    "python.platform": (),
    "python.platform.tf_logging": _in("logs"),
    "python.util": (),
    "python.util.deprecation": (),
}
PATHS: Mapping[str, tuple[str, ...]] = {
    f"tensorflow.{prefix}{path}".rstrip("."): modules
    for prefix in ("", "compat.v1.", "compat.v2.")
    for path, modules in _BELOW.items()
} | {f"tensorflow.{path}": modules for path, modules in _INSIDE.items()}


def _from(module: str, names: str) -> dict[str, str]:
    return {name: f"{_HERE}{module}:{name}" for name in names.split()}


def _to(module: str, **names: str) -> dict[str, str]:
    return {name: f"{_HERE}{module}:{old}" for name, old in names.items()}


def _harmless(names: str) -> dict[str, str]:
    """Settings that change no result."""
    return dict.fromkeys(names.split(), f"{_HERE}environment:harmless")


_STRATEGIES = """Strategy MirroredStrategy OneDeviceStrategy CentralStorageStrategy
MultiWorkerMirroredStrategy TPUStrategy"""
_RANDOM_1 = _to(
    "random", random_normal="normal", random_uniform="uniform", random_shuffle="shuffle",
    truncated_normal="truncated_normal", random_gamma="gamma", random_poisson="poisson",
    set_random_seed="set_seed", multinomial="categorical",
)  # fmt: skip
_SETTINGS_1 = _harmless(
    """disable_eager_execution enable_eager_execution disable_v2_behavior enable_v2_behavior
    disable_v2_tensorshape enable_v2_tensorshape disable_control_flow_v2 enable_control_flow_v2
    disable_resource_variables enable_resource_variables reset_default_graph
    global_variables_initializer local_variables_initializer tables_initializer
    initialize_all_variables variables_initializer"""
)
# (path below tensorflow) -> name -> "module:name".
NAMES: Mapping[str, Mapping[str, str]] = {
    "": {
        "newaxis": f"{_HERE}arrays:newaxis",
        **_from("linalg", "einsum matmul matvec norm tensordot"),
        **_from("environment", "device executing_eagerly get_logger print"),
        **_from("checks", "Assert assert_equal assert_greater assert_less"),
        **_from("ragged", "RaggedTensor"),
        **_from("tensor_array", "TensorArray"),
        **_from("sparse", "SparseTensor"),
        **_to("sparse", sparse_tensor_to_dense="to_dense"),
        **_from("examples", "FixedLenFeature VarLenFeature parse_single_example parse_example"),
        **_from("strings", "as_string"),
        **_RANDOM_1,
        **_SETTINGS_1,
        **_to("environment", control_dependencies="context", init_scope="context"),
        **_to("environment", ConfigProto="Config", GPUOptions="Config", OptimizerOptions="Config"),
        **_to("environment", RunOptions="Config"),
        **{
            name: "lamina.compat.backend.sessions:Session"
            for name in ("InteractiveSession", "Session")
        },
        "placeholder": f"{_HERE}train:placeholder",
        **_to("picking", batch_gather="gather"),
        **_to("arrays", reverse_v2="reverse"),
        **_to("linalg", matrix_band_part="band_part", diag_part="diag_part"),
        **_to("strings", string_split="split", string_join="join"),
        "random_crop": f"{_HERE}image:random_crop",
        **_to("arrays", lin_space="linspace"),
        **_to("places", arg_max="argmax", arg_min="argmin"),
        **_to("math", div_no_nan="divide_no_nan", realdiv="truediv"),
        **_to("checks", check_numerics="check_numerics", assert_rank="assert_rank"),
        **_to("checks", assert_type="assert_type", assert_positive="assert_positive"),
        **_to("checks", assert_non_negative="assert_non_negative"),
        **_to("control", py_func="numpy_function"),
        **_from("linalg", "cholesky cross diag qr svd trace"),
        **_to("linalg", matrix_transpose="matrix_transpose", matrix_inverse="inv"),
        **_to("linalg", matrix_determinant="det", matrix_solve="solve"),
        **_to("linalg", matrix_diag="diag", matrix_diag_part="diag_part"),
        **_to("linalg", matrix_set_diag="set_diag", self_adjoint_eig="eigh"),
        **_from("windows", "depth_to_space space_to_depth"),
        **_from("older", "assign assign_add assign_sub scatter_add scatter_update"),
        **_from("older", "extract_image_patches"),
        **_from("signal", "fft ifft"),
        **_from("strings", "regex_replace"),
        **_to("strings", reduce_join="reduce_join", string_to_number="to_number"),
        "get_default_session": "lamina.compat.backend.sessions:get_session",
        "AutoTrackable": f"{_HERE}state:Module",
        "UnconnectedGradients": f"{_HERE}gradients:UnconnectedGradients",
        "GradientTape": f"{_HERE}gradients:GradientTape",
        "gradients": f"{_HERE}gradients:gradients",
        **_to("io", read_file="read_file", write_file="write_file", decode_raw="decode_raw"),
        "decode_csv": f"{_HERE}io:decode_csv",
        "VERSION": f"{_HERE}versions:VERSION",
        **{
            f"{name}_initializer": f"lamina.initializers:{cls}"
            for name, cls in {
                "ones": "Ones",
                "zeros": "Zeros",
                "constant": "Constant",
                "random_normal": "RandomNormal",
                "random_uniform": "RandomUniform",
                "truncated_normal": "TruncatedNormal",
                "glorot_uniform": "GlorotUniform",
                "glorot_normal": "GlorotNormal",
                "orthogonal": "Orthogonal",
                "variance_scaling": "VarianceScaling",
            }.items()
        },
    },
    "losses": _from("older", "absolute_difference huber_loss sigmoid_cross_entropy")
    | _from("older", "softmax_cross_entropy sparse_softmax_cross_entropy"),
    "nn": _from("older", "xw_plus_b"),
    "autograph": _harmless("set_verbosity trace"),
    "autograph.experimental": {
        **_harmless("set_loop_options"),
        "do_not_convert": f"{_HERE}state:do_not_convert",
    },
    "bitwise": {
        "bitwise_and": "lamina.ops:bitwise_and",
        "bitwise_or": "lamina.ops:bitwise_or",
        "bitwise_xor": "lamina.ops:bitwise_xor",
        "invert": "lamina.ops:bitwise_not",
        "left_shift": "lamina.ops:left_shift",
        "right_shift": "lamina.ops:right_shift",
    },
    "config": {
        **_from(
            "environment",
            """list_physical_devices list_logical_devices get_visible_devices
            run_functions_eagerly functions_run_eagerly get_soft_device_placement""",
        ),
        **_harmless("""set_visible_devices set_logical_device_configuration
            set_soft_device_placement
            experimental_connect_to_cluster experimental_connect_to_host"""),
        "experimental_run_functions_eagerly": f"{_HERE}environment:run_functions_eagerly",
        "experimental_functions_run_eagerly": f"{_HERE}environment:functions_run_eagerly",
        **_to("environment", LogicalDeviceConfiguration="Config", PhysicalDevice="Device"),
        **_to("environment", LogicalDevice="LogicalDevice"),
    },
    "config.experimental": {
        **_from(
            "environment",
            """list_physical_devices list_logical_devices get_visible_devices
            get_device_details get_memory_growth get_memory_info""",
        ),
        **_harmless("""set_memory_growth set_visible_devices set_virtual_device_configuration
            set_synchronous_execution enable_mlir_bridge enable_tensor_float_32_execution
            enable_op_determinism reset_memory_stats"""),
        "VirtualDeviceConfiguration": f"{_HERE}environment:Config",
    },
    "config.optimizer": _harmless("set_jit set_experimental_options"),
    "config.threading": {
        **_harmless("set_inter_op_parallelism_threads set_intra_op_parallelism_threads"),
        **_to("environment", get_inter_op_parallelism_threads="get_threads"),
        **_to("environment", get_intra_op_parallelism_threads="get_threads"),
    },
    "data": {
        **_from("pipelines", "AUTOTUNE Dataset INFINITE_CARDINALITY Options TextLineDataset"),
        **_from("records", "TFRecordDataset"),
        **_from("pipelines", "UNKNOWN_CARDINALITY"),
        **_to("pipelines", Iterator="OnePass"),
    },
    "data.experimental": {
        **_from("pipelines", "AUTOTUNE INFINITE_CARDINALITY UNKNOWN_CARDINALITY"),
        **_from("pipelines", "assert_cardinality cardinality unbatch prefetch_to_device"),
        **_from(
            "pipelines", "shuffle_and_repeat make_csv_dataset get_next_as_optional ignore_errors"
        ),
        **_to("pipelines", copy_to_device="prefetch_to_device"),
        **_from("pipelines", "AutoShardPolicy Counter bucket_by_sequence_length"),
        **_from("pipelines", "choose_from_datasets enumerate_dataset map_and_batch"),
        **_from("pipelines", "sample_from_datasets"),
        **_to("environment", DistributeOptions="Config", OptimizationOptions="Config"),
        **_to("environment", ThreadingOptions="Config"),
    },
    "debugging": {
        **_harmless("""set_log_device_placement enable_check_numerics disable_check_numerics
            enable_traceback_filtering disable_traceback_filtering"""),
        "is_numeric_tensor": f"{_HERE}arrays:is_tensor",
    },
    "debugging.experimental": _harmless("enable_dump_debug_info disable_dump_debug_info"),
    "distribute": {
        **_from("environment", f"{_STRATEGIES} InputContext ReduceOp get_strategy has_strategy"),
        **_from("environment", "get_replica_context"),
    },
    "distribute.cluster_resolver": _from("environment", "TPUClusterResolver"),
    "distribute.experimental": _from("environment", _STRATEGIES),
    "experimental": _harmless("async_clear_error") | _to("environment", async_scope="context"),
    "profiler.experimental": _harmless("start stop")
    | _to("environment", Profile="context", Trace="context"),
    "lookup.experimental": _to("lookup", MutableHashTable="MutableHashTable"),
    "summary.experimental": _from("summaries", "get_step set_step"),
    "summary": _harmless("trace_on trace_off trace_export")
    | _to("summaries", FileWriter="SummaryWriter"),
    "sysconfig": _from("environment", "get_build_info"),
    "test": {
        **_from("environment", "is_gpu_available is_built_with_cuda gpu_device_name"),
        **_from("environment", "is_built_with_gpu_support is_built_with_rocm is_built_with_xla"),
    },
    "tpu.experimental": _harmless("initialize_tpu_system shutdown_tpu_system"),
    "train": {
        **_from("checkpoints", "Checkpoint CheckpointManager latest_checkpoint list_variables"),
        **_from("checkpoints", "load_checkpoint"),
        **_from("train", "Optimizer"),
        **_from("older", "exponential_decay get_or_create_global_step piecewise_constant"),
        **_from("older", "polynomial_decay"),
        **_to("train", AdadeltaOptimizer="adadelta", AdagradOptimizer="adagrad"),
        **_to("train", AdamOptimizer="adam", FtrlOptimizer="ftrl", RMSPropOptimizer="rmsprop"),
        **_to("train", GradientDescentOptimizer="gradient_descent"),
        **_to("train", MomentumOptimizer="momentum_descent"),
        **_from("examples", "BytesList Example Feature Features FloatList Int64List"),
    },
    "version": _to("versions", VERSION="VERSION", GIT_VERSION="VERSION"),
    "python.ops.array_ops": {"newaxis": f"{_HERE}arrays:newaxis"},
    "python.client.device_lib": _from("environment", "list_local_devices"),
    "python.framework.ops": {**_SETTINGS_1, **_from("environment", "device")},
}

# What there is not: (path below tensorflow, name) -> why, or what to use. A path is refused whole.
_V1_GRAPHS = "of TensorFlow 1's graphs: use a keras model, or tf.function and tf.Variable"
_NO_SPARSE = "there are no sparse tensors: use a dense one"
REFUSED: Mapping[str, str] = {
    "IndexedSlices": _NO_SPARSE,
    "contrib": "TensorFlow itself dropped it: use tf.keras",
    "estimator": "TensorFlow itself dropped it: use model.fit",
    "examples": "use tf.keras.datasets",
    "feature_column": "use the preprocessing layers of tf.keras.layers",
    "get_variable": _V1_GRAPHS,
    "keras.estimator": "TensorFlow itself dropped it: use model.fit",
    "layers": "use tf.keras.layers",
    "lite": "save the model with model.save, or export it to ONNX",
    "mlir": "there is no MLIR: model.explain() shows what was compiled",
    "placeholder_with_default": _V1_GRAPHS,
    "queue": "use a tf.data.Dataset",
    "quantization": "models are not quantised",
    "raw_ops": "use the functions of tf",
    "sets": _NO_SPARSE,
    "sparse_placeholder": _V1_GRAPHS,
    "variable_scope": _V1_GRAPHS,
    "xla": "all is compiled as it is",
    "nn.ctc_beam_search_decoder": "decode greedily with tf.argmax",
    "nn.ctc_greedy_decoder": "decode greedily with tf.argmax",
    "nn.dynamic_rnn": "use the recurrent layers of tf.keras.layers",
    "nn.rnn_cell": "use the recurrent layers of tf.keras.layers",
    "nn.sampled_softmax_loss": "use sparse_softmax_cross_entropy_with_logits",
    "nn.nce_loss": "use sparse_softmax_cross_entropy_with_logits",
    "train.Saver": "use model.save_weights, or tf.train.Checkpoint",
}
# Packages beside TensorFlow.
REFUSED_PACKAGES: Mapping[str, str] = {
    "tensorflow_addons": "its optimizers and layers are in keras now: AdamW, Lamb, F1Score, "
    "GroupNormalization, ...",
    "tensorflow_datasets": "read the data with numpy or pandas, or use keras.datasets",
    "tensorflow_hub": "use keras.applications",
    "tensorflow_probability": "write the distribution with keras.ops and keras.random",
    "tensorflow_text": "use keras.layers.TextVectorization",
    "tensorflow_io": "read the data with numpy",
    "tensorflow_model_optimization": "models are neither pruned nor quantised",
}


def refusal(path: str) -> str | None:
    """Why a path or name under `tensorflow`, written whole, is not there; None if it may be."""
    top, _, below = path.partition(".")
    if top in REFUSED_PACKAGES:
        return REFUSED_PACKAGES[top]
    for prefix in ("compat.v1.", "compat.v2."):
        below = below.removeprefix(prefix)
    parts = below.split(".")
    tried = (".".join(parts[: n + 1]) for n in range(len(parts)))
    return next((REFUSED[path] for path in tried if path in REFUSED), None)


def name_row(path: str, name: str) -> str | None:
    """Where a single name of a path under `tensorflow` stands, as "module:name"."""
    return NAMES.get(_below(path), {}).get(name)


def names_of(path: str) -> Mapping[str, str]:
    """The rows of a path under `tensorflow`."""
    return NAMES.get(_below(path), {})


def _below(path: str) -> str:
    below = path.removeprefix("tensorflow").removeprefix(".")
    for prefix in ("compat.v1", "compat.v2"):
        if below == prefix or below.startswith(f"{prefix}."):
            return below.removeprefix(prefix).removeprefix(".")
    return below
