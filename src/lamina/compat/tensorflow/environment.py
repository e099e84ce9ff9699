"""`tf.config`, `tf.device`, `tf.distribute`, `tf.test`, logging: one machine, its processor, eager.

Settings that change no result are accepted and do nothing. What asks gets the truth: no GPU.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

from lamina.errors import UnsupportedError

Device = namedtuple("Device", ["name", "device_type"])
LogicalDevice = namedtuple("LogicalDevice", ["name", "device_type"])
_CPU = Device("/physical_device:CPU:0", "CPU")
_LOGICAL_CPU = LogicalDevice("/device:CPU:0", "CPU")


class Config:
    """Options of a session or a device that change no result: any may be set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.update(kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        inner = Config()
        self.__dict__[name] = inner
        return inner

    def CopyFrom(self, other: Any) -> None:  # noqa: N802 - protocol buffers' name
        """Takes the options of another."""
        self.__dict__.update(vars(other))


def harmless(*args: Any, **kwargs: Any) -> None:
    """Nothing: a setting that changes no result."""


# ── tf.config ──


def list_physical_devices(device_type: str | None = None) -> list[Device]:
    """The processor; of any other kind none."""
    return [_CPU] if device_type in (None, "CPU") else []


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The processor; of any other kind none."""
    return [_LOGICAL_CPU] if device_type in (None, "CPU") else []


def get_visible_devices(device_type: str | None = None) -> list[Device]:
    """The processor; of any other kind none."""
    return list_physical_devices(device_type)


def get_device_details(device: Any) -> dict[str, Any]:
    """Nothing is known of a device."""
    return {}


def get_memory_growth(device: Any) -> bool:
    """False."""
    return False


def get_memory_info(device: Any) -> dict[str, int]:
    """Raises: ValueError, as for a processor in TensorFlow."""
    raise ValueError(f"Memory info not supported for {device}")


def get_soft_device_placement() -> bool:
    """True."""
    return True


_eagerly = False


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Functions run eagerly anyway."""
    global _eagerly
    _eagerly = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    """What `run_functions_eagerly` was last told."""
    return _eagerly


def get_threads(*args: Any) -> int:
    """0: as many as there are."""
    return 0


# ── where things run ──


@contextlib.contextmanager
def device(device_name: Any = None) -> Iterator[None]:
    """A context: everything runs on the processor."""
    yield


@contextlib.contextmanager
def context(*args: Any, **kwargs: Any) -> Iterator[None]:
    """A context in which nothing changes."""
    yield


def executing_eagerly() -> bool:
    """Whether ops run at once: they do unless a graph is traced."""
    from lamina.graph import trace

    return trace.current() is None


class Strategy:
    """A strategy with one replica, which is this process."""

    num_replicas_in_sync = 1
    extended = Config()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.cluster_resolver = None

    @contextlib.contextmanager
    def scope(self) -> Iterator[Strategy]:
        """A context in which nothing changes."""
        yield self

    def run(
        self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None, options: Any = None
    ) -> Any:
        """fn of the arguments."""
        return fn(*args, **(kwargs or {}))

    experimental_run_v2 = run

    def reduce(self, reduce_op: Any, value: Any, axis: Any = None) -> Any:
        """The value of the one replica, its mean or sum along an axis."""
        if axis is None:
            return value
        from lamina import ops

        of = ops.mean if str(reduce_op).lower().endswith("mean") else ops.sum
        return of(value, axis=axis)

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """The data set."""
        return dataset

    def distribute_datasets_from_function(self, dataset_fn: Any, options: Any = None) -> Any:
        """The data set of the one replica."""
        return dataset_fn(InputContext())

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        """The value of the one replica."""
        return (value,)

    def gather(self, value: Any, axis: int) -> Any:
        """The value of the one replica."""
        return value


class MirroredStrategy(Strategy):
    """One replica."""


class OneDeviceStrategy(Strategy):
    """One replica."""


class CentralStorageStrategy(Strategy):
    """One replica."""


class MultiWorkerMirroredStrategy(Strategy):
    """One replica."""


class TPUStrategy(Strategy):
    """Raises: UnsupportedError: there is no TPU."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise UnsupportedError(
            "tf.distribute.TPUStrategy", "needs a TPU", "a machine without one",
            "use tf.distribute.get_strategy()",
        )  # fmt: skip


class InputContext:
    """Which part of the data a replica reads: all."""

    num_input_pipelines, input_pipeline_id, num_replicas_in_sync = 1, 0, 1

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        """The whole batch."""
        return global_batch_size


class ReduceOp:
    """How values of replicas are brought together."""

    SUM, MEAN = "SUM", "MEAN"


class TPUClusterResolver:
    """Raises: ValueError, as TensorFlow where there is no TPU: programs then go on without."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise ValueError("Please provide a TPU Name to connect to.")

    connect = harmless


_strategy = Strategy()


def get_strategy() -> Strategy:
    """The strategy of one replica."""
    return _strategy


def has_strategy() -> bool:
    """False: there is only the default one."""
    return False


def get_replica_context() -> Strategy:
    """The one replica."""
    return _strategy


# ── tf.test, tf.sysconfig, device_lib ──


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """False."""
    return False


def is_built_with_cuda() -> bool:
    """False."""
    return False


is_built_with_gpu_support = is_built_with_rocm = is_built_with_xla = is_built_with_cuda


def gpu_device_name() -> str:
    """The empty name: there is none."""
    return ""


def get_build_info() -> dict[str, Any]:
    """How it was built: without CUDA."""
    return {"is_cuda_build": False, "is_rocm_build": False, "is_tensorrt_build": False}


def list_local_devices(session_config: Any = None) -> list[Any]:
    """The processor."""
    return [LogicalDevice(_LOGICAL_CPU.name, "CPU")]


# ── logging ──

DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50
WARNING = WARN
_logger = logging.getLogger("tensorflow")


def get_logger() -> logging.Logger:
    """The logger of this name, of which lamina makes no use."""
    return _logger


def set_verbosity(verbosity: Any) -> None:
    """From which level on the logger speaks."""
    levels = {"DEBUG": DEBUG, "INFO": INFO, "WARN": WARN, "ERROR": ERROR, "FATAL": FATAL}
    level = levels.get(verbosity, verbosity) if isinstance(verbosity, str) else verbosity
    _logger.setLevel(int(level))


def get_verbosity() -> int:
    """The level."""
    return _logger.getEffectiveLevel()


debug, info, warn, warning = _logger.debug, _logger.info, _logger.warning, _logger.warning
error, fatal, log = _logger.error, _logger.critical, _logger.log


# ── printing, checks ──


def print(*inputs: Any, **options: Any) -> None:
    """Prints tensors by their values, on standard error as TensorFlow does."""
    stream: Any = options.get("output_stream", sys.stderr)
    named: Any = sys.stdout if stream == "stdout" else sys.stderr
    target: Any = stream if hasattr(stream, "write") else named
    words = options.get("sep", " ").join(_shown(x) for x in inputs)
    target.write(words + options.get("end", "\n"))


def _shown(x: Any) -> str:
    import numpy as np

    from lamina.graph.strings import StringTensor
    from lamina.graph.tensor import Array, Tensor
    from lamina.graph.variable import Variable

    if isinstance(x, StringTensor):
        return str(x.value.tolist()) if x.ndim else str(x.value.item())
    if isinstance(x, Array | Variable):
        return np.array2string(np.asarray(x))
    if isinstance(x, Tensor):
        return repr(x)
    if isinstance(x, list | tuple):
        inner = ", ".join(map(_shown, x))
        return f"[{inner}]" if isinstance(x, list) else f"({inner})"
    return str(x)
