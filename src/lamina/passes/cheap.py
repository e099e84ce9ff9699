"""Elementwise ops of one or two instructions: rather computed again than kept in memory."""

CHEAP = frozenset({
    "add", "sub", "mul", "neg", "abs", "sign", "max", "min", "eq", "ne", "lt", "le", "gt", "ge",
    "logical_and", "logical_or", "logical_xor", "logical_not", "bit_and", "bit_or", "bit_xor",
    "bit_not", "shift_left", "shift_right", "select", "cast", "isnan", "isinf", "isfinite",
    "floor", "ceil", "round",
})  # fmt: skip

# What only shows the same elements otherwise.
MOVES = frozenset({
    "broadcast_to", "transpose", "reshape", "stop_gradient", "slice", "flip", "windows",
})  # fmt: skip
