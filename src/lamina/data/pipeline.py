"""Dataset: a source of elements and what is done with each, as `tf.data.Dataset` has it.

A data set can be gone through as often as one likes. Elements are structures of arrays on the
host; functions of the program get tensors and run eagerly. `fit`, `evaluate`, `predict` and
`adapt` take one whose elements are batches.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from lamina.data import elements as el
from lamina.data import shuffling
from lamina.errors import ArgumentError, MissingNameError, UnsupportedError, nearest
from lamina.graph.tensor import Array

AUTOTUNE, INFINITE, UNKNOWN = -1, -1, -2
Elements = Callable[[], Iterator[Any]]


def size_of(where: str, name: str, value: Any, least: int = 1) -> int:
    """A whole number from `least` up. Raises: ArgumentError for anything else."""
    number = np.asarray(value)
    if number.shape != () or number.dtype.kind not in "iu" or number < least:
        raise ArgumentError(
            f"{where}({name}=...)", f"needs a whole number from {least} up", repr(value), "pass one"
        )
    return int(number)


class OnePass:
    """An iterator with TensorFlow's names for its next element."""

    def __init__(self, elements: Iterator[Any]) -> None:
        self._elements = elements

    def __iter__(self) -> OnePass:
        return self

    def __next__(self) -> Any:
        return next(self._elements)

    next = get_next = __next__


class Dataset:
    """Elements that can be gone through again and again.

    Args:
        make: begins a pass: an iterator of structures of arrays.
        count: how many elements a pass has, INFINITE or UNKNOWN.
        has_open_batch: whether the first axis of elements is a batch that may be partial.
    """

    def __init__(self, make: Elements, count: int = UNKNOWN, has_open_batch: bool = False) -> None:
        self._make = make
        self._count = count
        self._has_open_batch = has_open_batch

    # ── sources ──

    @staticmethod
    def from_tensor_slices(tensors: Any, name: Any = None) -> Dataset:
        """One element for each row of the arrays.

        Raises: ArgumentError if their numbers of rows differ.
        """
        from lamina.data.rows import Rows

        return Rows.of(tensors)

    @staticmethod
    def from_tensors(tensors: Any, name: Any = None) -> Dataset:
        """The arrays as the one element."""
        element = el.on_host(tensors)
        return Dataset(lambda: iter([element]), 1)

    @staticmethod
    def from_generator(
        generator: Callable[..., Iterable[Any]],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Any = None,
        output_signature: Any = None,
        name: Any = None,
    ) -> Dataset:
        """What a function's iterator yields, in the dtypes that are named."""
        kinds = output_types
        if output_signature is not None:
            kinds = el.map_leaves(lambda spec: spec.dtype, _tupled(output_signature))
        given = () if args is None else tuple(el.as_tensors(el.on_host(a)) for a in args)
        given = tuple(getattr(a, "numpy", lambda a=a: a)() for a in given)

        def make() -> Iterator[Any]:
            for item in generator(*given):
                # A list is a tuple where several dtypes are named.
                several = isinstance(item, list) and isinstance(kinds, list | tuple)
                element = el.on_host(tuple(item) if several else item)
                yield element if kinds is None else el.map_leaves(el.cast, element, _tupled(kinds))

        return Dataset(make)

    @staticmethod
    def range(*args: Any, output_type: Any = "int64", name: Any = None) -> Dataset:
        """The whole numbers of Python's `range`."""
        numbers = range(*(int(a) for a in args))
        return Dataset(lambda: (np.asarray(i, str(output_type)) for i in numbers), len(numbers))

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: Any = None) -> Dataset:
        """Elements of several data sets side by side, as far as the shortest goes."""
        given = args[0] if len(args) == 1 and not isinstance(args[0], Dataset) else args
        several = _tupled(given if datasets is None else datasets)
        parts = el.leaves(several)

        def make() -> Iterator[Any]:
            for together in zip(*(part._make() for part in parts), strict=False):
                yield el.packed(several, together)

        counts = [part._count for part in parts]
        finite = [n for n in counts if n >= 0]
        count = UNKNOWN if UNKNOWN in counts else min(finite) if finite else INFINITE
        return Dataset(make, count, any(part._has_open_batch for part in parts))

    @staticmethod
    def list_files(
        file_pattern: Any, shuffle: bool | None = None, seed: Any = None, name: Any = None
    ) -> Dataset:
        """The names of the files that a pattern matches, in random order by default.

        Raises: ArgumentError if there is none.
        """
        import glob

        patterns = el.on_host(file_pattern).reshape(-1).tolist()
        found = sorted({path for pattern in patterns for path in glob.glob(pattern)})
        if not found:
            raise ArgumentError(
                "Dataset.list_files", "matches no file", repr(patterns), "check the pattern"
            )
        files = Dataset.from_tensor_slices(found)
        return files if shuffle is False else files.shuffle(len(found), seed)

    @staticmethod
    def random(seed: Any = None, **hints: Any) -> Dataset:
        """Random whole numbers without end: int64."""
        source = shuffling.Source(seed, True)
        return Dataset(
            lambda: (np.asarray(n, "int64") for n in iter(source.numbers(), None)), INFINITE
        )

    @staticmethod
    def choose_from_datasets(
        datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = True
    ) -> Dataset:
        """The next element of the data set whose number the other one gives."""

        def make() -> Iterator[Any]:
            passes = [d._make() for d in datasets]
            for number in choice_dataset._make():
                found = next(passes[int(number)], _END)
                if found is not _END:
                    yield found
                elif stop_on_empty_dataset:
                    return

        return Dataset(make)

    @staticmethod
    def sample_from_datasets(
        datasets: Any,
        weights: Any = None,
        seed: Any = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: Any = None,
    ) -> Dataset:
        """Elements of several data sets, each from one drawn with these probabilities."""
        source = shuffling.Source(seed, True)
        given = list(datasets)
        shares = np.ones(len(given)) if weights is None else np.asarray(weights, "float64")

        def make() -> Iterator[Any]:
            draw, passes = source.generator(), [d._make() for d in given]
            alive = np.ones(len(given), bool)
            while alive.any():
                odds = shares * alive
                chosen = int(draw.choice(len(given), p=odds / odds.sum()))
                found = next(passes[chosen], _END)
                if found is not _END:
                    yield found
                elif stop_on_empty_dataset:
                    return
                else:
                    alive[chosen] = False

        counts = [d._count for d in given]
        total = INFINITE if INFINITE in counts else UNKNOWN if UNKNOWN in counts else sum(counts)
        return Dataset(make, total, given[0]._has_open_batch)

    # ── going through it ──

    def __iter__(self) -> Iterator[Any]:
        return OnePass(map(el.as_tensors, self._make()))

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements as NumPy arrays and scalars."""
        return OnePass(map(el.as_numpy, self._make()))

    def host_elements(self) -> Iterator[Any]:
        """The elements as they are held: arrays, strings as objects."""
        return self._make()

    def __len__(self) -> int:
        if self._count < 0:
            what = "infinite" if self._count == INFINITE else "unknown"
            raise TypeError(f"The dataset is {what} in length." if what == "infinite" else
                            "The dataset length is unknown.")  # fmt: skip
        return self._count

    def __bool__(self) -> bool:
        return True

    def cardinality(self) -> Any:
        """How many elements there are, -1 without end, -2 if that is not known: int64."""
        return Array(np.asarray(self._count, "int64"))

    @property
    def element_spec(self) -> Any:
        """Shape and dtype of each leaf; None is the size of a batch that may be partial."""

        def spec(leaf: Any) -> Any:
            array = np.asarray(leaf)
            shape = (None, *array.shape[1:]) if self._has_open_batch else array.shape
            return el.Form(shape, "string" if array.dtype == object else array.dtype.name)

        return el.map_leaves(spec, next(self._make()))

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any], name: Any = None) -> Any:
        """state = reduce_func(state, element) for each element: the last state."""
        state = el.as_tensors(el.on_host(initial_state))
        for element in self:
            state = el.as_tensors(el.on_host(reduce_func(state, element)))
        return state

    def get_single_element(self, name: Any = None) -> Any:
        """The only element. Raises: ArgumentError if there are more, or none."""
        found = list(itertools.islice(self, 2))
        if len(found) != 1:
            raise ArgumentError(
                "Dataset.get_single_element", "needs a data set of one element",
                "none" if not found else "more", "use take(1)",
            )  # fmt: skip
        return found[0]

    # ── element by element ──

    def _like(self, make: Elements, count: int | None = None) -> Dataset:
        return Dataset(make, self._count if count is None else count, self._has_open_batch)

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        **hints: Any,
    ) -> Dataset:
        """map_func of each element; the parts of a tuple are its arguments."""
        call = _called(map_func)
        return self._like(lambda: (el.on_host(call(x)) for x in self._make()))

    def filter(self, predicate: Callable[..., Any], name: Any = None) -> Dataset:
        """The elements for which the predicate holds."""
        call = _called(predicate)
        return self._like(lambda: (x for x in self._make() if bool(call(x))), UNKNOWN)

    def take_while(self, predicate: Callable[..., Any], name: Any = None) -> Dataset:
        """The elements before the first for which the predicate does not hold."""
        call = _called(predicate)
        return self._like(
            lambda: itertools.takewhile(lambda x: bool(call(x)), self._make()), UNKNOWN
        )

    def enumerate(self, start: Any = 0, name: Any = None) -> Dataset:
        """(number, element), the numbers int64."""
        return self._like(
            lambda: ((np.asarray(i, "int64"), x) for i, x in enumerate(self._make(), int(start)))
        )

    def scan(self, initial_state: Any, scan_func: Callable[..., Any], name: Any = None) -> Dataset:
        """(state, output) = scan_func(state, element) for each element: the outputs."""

        def make() -> Iterator[Any]:
            state = el.as_tensors(el.on_host(initial_state))
            for element in self:
                state, output = scan_func(state, element)
                yield el.on_host(output)

        return self._like(make)

    def unique(self, name: Any = None) -> Dataset:
        """Each different element once."""

        def make() -> Iterator[Any]:
            seen = set()
            for x in self._make():
                key = np.asarray(x).tobytes() if np.asarray(x).dtype != object else str(x)
                if key not in seen:
                    seen.add(key)
                    yield x

        return self._like(make, UNKNOWN)

    # ── which elements, in what order ──

    def take(self, count: Any, name: Any = None) -> Dataset:
        """The first elements; all with -1."""
        n = int(count)
        if n < 0:
            return self._like(self._make)
        have = self._count
        kept = n if have == INFINITE else UNKNOWN if have == UNKNOWN else min(n, have)
        return self._like(lambda: itertools.islice(self._make(), n), kept)

    def skip(self, count: Any, name: Any = None) -> Dataset:
        """All but the first elements; none with -1."""
        n = int(count)
        if n < 0:
            return self._like(lambda: iter(()), 0)
        kept = self._count if self._count < 0 else max(0, self._count - n)
        return self._like(lambda: itertools.islice(self._make(), n, None), kept)

    def shard(self, num_shards: Any, index: Any, name: Any = None) -> Dataset:
        """Every `num_shards`-th element, from this one on."""
        step, first = size_of("Dataset.shard", "num_shards", num_shards), int(index)
        kept = self._count if self._count < 0 else len(range(first, self._count, step))
        return self._like(lambda: itertools.islice(self._make(), first, None, step), kept)

    def repeat(self, count: Any = None, name: Any = None) -> Dataset:
        """So many passes one after another; without end by default."""
        times = None if count is None or int(count) < 0 else int(count)

        def make() -> Iterator[Any]:
            passes = itertools.count() if times is None else range(times)
            for _ in passes:
                empty = True
                for x in self._make():
                    empty = False
                    yield x
                if empty:
                    return

        if times is None:
            return self._like(make, INFINITE if self._count != 0 else 0)
        return self._like(make, self._count * times if self._count >= 0 else self._count)

    def shuffle(
        self,
        buffer_size: Any,
        seed: Any = None,
        reshuffle_each_iteration: bool | None = None,
        name: Any = None,
    ) -> Dataset:
        """Each element is drawn from a buffer of the next ones; each pass has another order."""
        size = size_of("Dataset.shuffle", "buffer_size", buffer_size)
        source = shuffling.Source(seed, reshuffle_each_iteration is not False)
        return self._like(lambda: shuffling.drawn(self._make(), size, source.generator()))

    def concatenate(self, dataset: Dataset, name: Any = None) -> Dataset:
        """The elements of both, one after another."""
        counts = (self._count, dataset._count)
        count = INFINITE if INFINITE in counts else UNKNOWN if UNKNOWN in counts else sum(counts)
        return self._like(lambda: itertools.chain(self._make(), dataset._make()), count)

    def cache(self, filename: Any = "", name: Any = None) -> Dataset:
        """The elements of the first whole pass, kept in memory."""
        kept: list[Any] = []
        whole = [False]

        def make() -> Iterator[Any]:
            if whole[0]:
                yield from kept
                return
            seen = []
            for x in self._make():
                seen.append(x)
                yield x
            kept[:], whole[0] = seen, True

        return self._like(make)

    # ── several at once ──

    def batch(
        self,
        batch_size: Any,
        drop_remainder: Any = False,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> Dataset:
        """So many elements as one with a new first axis; the last may have fewer."""
        return self._batched("batch", batch_size, bool(drop_remainder), el.stacked)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: Any = False,
        name: Any = None,
    ) -> Dataset:
        """`batch` of elements that are filled up to the longest of the batch, or to shapes."""
        return self._batched(
            "padded_batch", batch_size, bool(drop_remainder),
            lambda group: el.padded(group, padded_shapes, padding_values),
        )  # fmt: skip

    def _batched(
        self, where: str, batch_size: Any, drop: bool, join: Callable[[list[Any]], Any]
    ) -> Dataset:
        size = size_of(f"Dataset.{where}", "batch_size", batch_size)

        def make() -> Iterator[Any]:
            source = self._make()
            while group := list(itertools.islice(source, size)):
                if len(group) == size or not drop:
                    yield join(group) if not _is_nested(group) else _joined_windows(group, join)

        return Dataset(make, batches_of(self._count, size, drop), not drop)

    def unbatch(self, name: Any = None) -> Dataset:
        """The rows of each element as elements."""

        def make() -> Iterator[Any]:
            for x in self._make():
                for i in range(len(el.leaves(x)[0])):
                    yield el.map_leaves(lambda leaf, i=i: np.asarray(leaf[i], leaf.dtype), x)

        return Dataset(make)

    def rebatch(self, batch_size: Any, drop_remainder: bool = False, name: Any = None) -> Dataset:
        """The same rows in batches of another size."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def window(
        self,
        size: Any,
        shift: Any = None,
        stride: Any = 1,
        drop_remainder: bool = False,
        name: Any = None,
    ) -> Dataset:
        """Data sets of `size` elements `stride` apart, the first ones `shift` apart."""
        length = size_of("Dataset.window", "size", size)
        move = length if shift is None else size_of("Dataset.window", "shift", shift)
        step = size_of("Dataset.window", "stride", stride)

        def make() -> Iterator[Any]:
            reach, held, first = (length - 1) * step + 1, list[Any](), 0
            source = self._make()
            while True:
                held += itertools.islice(source, max(0, first + reach - len(held)))
                picked = held[first : first + reach : step]
                if not picked or (drop_remainder and len(picked) < length):
                    return
                yield _window(picked)
                held, first = held[first + move :], max(0, first + move - len(held))

        return Dataset(make)

    def flat_map(self, map_func: Callable[..., Any], name: Any = None) -> Dataset:
        """The elements of the data set that map_func makes of each element, one after another."""
        call = _called(map_func)
        return Dataset(lambda: (y for x in self._make() for y in call(x)._make()))

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = None,
        block_length: Any = None,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> Dataset:
        """The data sets that map_func makes, `cycle_length` at a time, by turns `block_length`
        elements of each.
        """
        call, width = (
            _called(map_func),
            16 if cycle_length in (None, AUTOTUNE) else int(cycle_length),
        )
        block = 1 if block_length is None else int(block_length)

        def make() -> Iterator[Any]:
            sources = (call(x)._make() for x in self._make())
            running = list(itertools.islice(sources, width))
            at = 0
            while running:
                group = list(itertools.islice(running[at], block))
                yield from group
                if len(group) == block:
                    at = (at + 1) % len(running)
                    continue
                following = next(sources, None)
                if following is None:
                    del running[at]
                else:
                    running[at] = following
                    at += 1
                at = at % len(running) if running else 0

        return Dataset(make)

    def bucket_by_sequence_length(
        self,
        element_length_func: Callable[..., Any],
        bucket_boundaries: Any,
        bucket_batch_sizes: Any,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
        **hints: Any,
    ) -> Dataset:
        """Padded batches of elements of like lengths."""
        call, edges = _called(element_length_func), list(bucket_boundaries)

        def make() -> Iterator[Any]:
            buckets: list[list[Any]] = [[] for _ in bucket_batch_sizes]
            for x in self._make():
                number = int(np.searchsorted(edges, int(call(x)), "right"))
                buckets[number].append(x)
                if len(buckets[number]) == bucket_batch_sizes[number]:
                    yield el.padded(buckets[number], padded_shapes, padding_values)
                    buckets[number] = []
            for rest in buckets:
                if rest and not drop_remainder:
                    yield el.padded(rest, padded_shapes, padding_values)

        return Dataset(make, UNKNOWN, True)

    # ── the rest ──

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """What a function makes of the data set."""
        return transformation_func(self)

    def prefetch(self, buffer_size: Any = None, name: Any = None) -> Dataset:
        """The data set itself: `fit` reads ahead anyway."""
        return self

    def with_options(self, options: Any, name: Any = None) -> Dataset:
        """The data set itself: options change no element."""
        return self

    def ignore_errors(self, log_warning: bool = False, name: Any = None) -> Dataset:
        """Raises: UnsupportedError: errors are shown."""
        raise UnsupportedError(
            "Dataset.ignore_errors", "is not offered: errors are shown", "a call of it",
            "use filter() before the function that fails",
        )  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        near = nearest(name, [n for n in dir(type(self)) if not n.startswith("_")], 3, 0.5)
        raise MissingNameError(
            "tf.data.Dataset", f"has no {name!r} in lamina", name,
            f"did you mean {' or '.join(near)}?" if near else "see dir(tf.data.Dataset)",
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {'?' if self._count < 0 else self._count} elements>"


_END = object()


def batches_of(count: int, size: int, drop: bool) -> int:
    """How many batches so many elements make."""
    return count if count < 0 else count // size if drop else -(-count // size)


def text_lines(filenames: Any) -> Dataset:
    """The lines of files, without their ends, as strings."""

    def make() -> Iterator[Any]:
        for name in el.on_host(
            [os.fspath(f) if isinstance(f, os.PathLike) else f for f in filenames]
            if isinstance(filenames, list | tuple) else
            os.fspath(filenames) if isinstance(filenames, os.PathLike) else filenames
        ).reshape(-1):  # fmt: skip
            with open(name, encoding="utf-8", errors="surrogateescape", newline="") as file:
                for line in file:
                    yield el.on_host(line.rstrip("\n").removesuffix("\r"))

    return Dataset(make)


def _called(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """The function of an element: the parts of a tuple are its arguments."""

    def call(element: Any) -> Any:
        given = el.as_tensors(element)
        plain = isinstance(given, tuple) and not hasattr(given, "_fields")
        return function(*given) if plain else function(given)

    return call


def _tupled(structure: Any) -> Any:
    return tuple(map(_tupled, structure)) if isinstance(structure, list) else structure


def _window(elements: list[Any]) -> Any:
    """A data set of elements; of tuples, a tuple of data sets, as in TensorFlow."""
    columns = [[el.leaves(x)[i] for x in elements] for i in range(len(el.leaves(elements[0])))]
    return el.packed(elements[0], [_of_list(column) for column in columns])


def _of_list(elements: list[Any]) -> Dataset:
    return Dataset(lambda: iter(elements), len(elements))


def _is_nested(group: list[Any]) -> bool:
    return any(isinstance(leaf, Dataset) for leaf in el.leaves(group[0]))


def _joined_windows(group: list[Any], join: Callable[[list[Any]], Any]) -> Any:
    """Batches of windows: each window as an array."""
    arrays = [el.map_leaves(lambda d: np.stack(list(d._make())), x) for x in group]
    return join(arrays)
