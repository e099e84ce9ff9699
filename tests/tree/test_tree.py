"""lamina.tree beside keras.tree: the same results, and errors for the same structures."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina import tree

Pair = namedtuple("Pair", ["left", "right"])
STRUCTURES = st.recursive(
    st.none() | st.integers(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.tuples(inner, inner).map(lambda pair: Pair(*pair)),
        st.dictionaries(st.sampled_from("dcba"), inner, max_size=3),
        st.dictionaries(st.sampled_from("dcba"), inner, max_size=3).map(OrderedDict),
        st.lists(inner, max_size=3).map(deque),
    ),
    max_leaves=8,
)
CALLS: dict[str, Any] = {
    "flatten": lambda t, a: t.flatten(a),
    "flatten_with_path": lambda t, a: [(tuple(p), leaf) for p, leaf in t.flatten_with_path(a)],
    "is_nested": lambda t, a: t.is_nested(a),
    "map_structure": lambda t, a: t.map_structure(repr, a),
    "map_structure, none": lambda t, a: t.map_structure(repr, a, none_is_leaf=False),
    "pack_sequence_as": lambda t, a: t.pack_sequence_as(a, range(len(t.flatten(a)))),
    "lists_to_tuples": lambda t, a: t.lists_to_tuples(a),
    "traverse": lambda t, a: t.traverse(lambda x: 7 if isinstance(x, int) else None, a),
    "traverse up": lambda t, a: t.traverse(
        lambda x: t.MAP_TO_NONE if isinstance(x, list) else None, a, top_down=False
    ),
    "map_shape_structure": lambda t, a: t.map_shape_structure(str, {"a": a, "b": [(1, None), [2]]}),
}


def outcome(call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except (ValueError, TypeError) as error:
        return ValueError if isinstance(error, ValueError) else TypeError


@pytest.mark.parametrize("name", CALLS)
def test_one_structure(name: str) -> None:
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(STRUCTURES)
    def same(a: Any) -> None:
        assert outcome(CALLS[name], tree, a) == outcome(CALLS[name], keras.tree, a)

    same()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(STRUCTURES, STRUCTURES)
def test_two_structures(a: Any, b: Any) -> None:
    for name in ("assert_same_structure", "assert_same_paths"):
        ours, theirs = (outcome(getattr(t, name), a, b) for t in (tree, keras.tree))
        assert ours == theirs, name
    both = [outcome(t.map_structure, lambda x, y: (x, y), a, b) for t in (tree, keras.tree)]
    assert both[0] == both[1]


def test_up_to_and_kinds_of_dictionaries() -> None:
    assert tree.map_structure_up_to({"a": 0, "b": 0}, len, {"b": [1], "a": (2, 3)}) == {
        "a": 2, "b": 1,
    }  # fmt: skip
    made = tree.map_structure(lambda x: x + 1, defaultdict(int, z=1, a=2))
    assert isinstance(made, defaultdict)
    assert list(made.items()) == [("z", 2), ("a", 3)]
    with pytest.raises(ValueError, match="same form"):
        tree.map_structure_up_to([0, [0]], str, [1, 2])
    with pytest.raises(ValueError, match="needs 2 leaves"):
        tree.pack_sequence_as([0, 0], [1])
    with pytest.raises(TypeError, match="needs a function"):
        tree.traverse(3, [1])
