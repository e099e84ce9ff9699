"""`tf.logging` and `tf.compat.v1.logging`: levels, and Python's own logger."""

from lamina.compat.tensorflow.environment import (
    DEBUG,
    ERROR,
    FATAL,
    INFO,
    WARN,
    WARNING,
    debug,
    error,
    fatal,
    get_verbosity,
    info,
    log,
    set_verbosity,
    warn,
    warning,
)

__all__ = [
    "DEBUG", "ERROR", "FATAL", "INFO", "WARN", "WARNING", "debug", "error", "fatal",
    "get_verbosity", "info", "log", "set_verbosity", "warn", "warning",
]  # fmt: skip
