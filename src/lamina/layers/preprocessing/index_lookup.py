"""IndexLookup: tokens to indices by a vocabulary, and back; the base of the lookups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lamina.errors import ArgumentError, ArgumentTypeError, DataError, StateError
from lamina.graph import dtypes
from lamina.graph.strings import STRING
from lamina.layers.preprocessing import hashes
from lamina.layers.preprocessing.adapting import batches_of, is_whole
from lamina.layers.preprocessing.choosing import one_of, output_mode_of, refuse_sparse, salt_of
from lamina.layers.preprocessing.encoding import encode_host, tally
from lamina.layers.preprocessing.host import HostLayer, as_result, host_integers, host_strings
from lamina.layers.preprocessing.vocabulary import (
    TokenCounts,
    Vocabulary,
    check_tokens,
    read_tokens,
)

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
# What a masked token counts as where it has no index: none.
NOWHERE = np.iinfo("int64").max


class IndexLookup(HostLayer):
    """Maps tokens to indices: [mask], unknown ones, then the vocabulary by frequency.

    Args:
        max_tokens: the largest size of the vocabulary, mask and unknown ones included.
        num_oov_indices: indices for unknown tokens; 0 makes them an error, more than 1 are chosen
            by a hash of the token.
        mask_token: has index 0 with output_mode "int", and is left out otherwise.
        oov_token: what unknown indices map to with `invert`.
        vocabulary: tokens, or the name of a file with one a line.
        idf_weights: one factor for each token, for "tf_idf".
        invert: maps indices to tokens.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        pad_to_max_tokens: vectors have max_tokens entries whatever the vocabulary.
        oov_method: of whole numbers, "floormod" or "farmhash"; salt: a key of the hash.
    """

    whole: ClassVar[bool]  # whether tokens are whole numbers

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary_dtype: str,
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self._frozen_vocab_size = kwargs.pop("vocabulary_size", None)
        self._has_input_vocabulary = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        # As in Keras these two change nothing.
        kwargs.pop("trainable", None)
        kwargs.pop("dtype", None)
        super().__init__(name=name, **kwargs)
        where = type(self).__name__
        self.output_mode = output_mode_of(where, output_mode, MODES)
        self.oov_method = one_of(where, "oov_method", oov_method, ("floormod", "farmhash"))
        refuse_sparse(where, sparse)
        self.salt = salt_of(where, salt)
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.sparse, self.pad_to_max_tokens = invert, sparse, pad_to_max_tokens
        self.vocabulary_dtype = vocabulary_dtype
        self.input_vocabulary = vocabulary if not isinstance(vocabulary, str) else None
        self.input_idf_weights = idf_weights
        self._check(idf_weights)
        self._counts, self._vocabulary = TokenCounts(), Vocabulary()
        self.idf_weights: np.ndarray | None = None
        if idf_weights is not None and vocabulary is None:
            self.idf_weights = np.asarray(idf_weights, dtypes.floatx())
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        self.built = True

    def _check(self, idf_weights: Any) -> None:
        """Raises: ArgumentError for arguments that do not go together."""
        count, most = self.num_oov_indices, self.max_tokens
        tf_idf = self.output_mode == "tf_idf"
        for wrong, argument, what, mend in (
            (most is not None and most <= 1, "max_tokens", "needs more than 1", "pass 1000"),
            (self.pad_to_max_tokens and most is None, "pad_to_max_tokens",
             "needs max_tokens beside it", "pass max_tokens=1000"),
            (count < 0, "num_oov_indices", "needs a number from 0", "pass 1"),
            (self.invert and self.output_mode != "int", "output_mode",
             "is 'int' where invert is true", "leave output_mode out"),
            (idf_weights is not None and not tf_idf, "idf_weights",
             "goes with output_mode='tf_idf' only", "leave idf_weights out"),
            (tf_idf and self._has_input_vocabulary and idf_weights is None
             and self.input_vocabulary is not None, "idf_weights",
             "is needed beside a vocabulary with 'tf_idf'", "pass a factor for each token"),
            (self.whole and self.salt is not None and self.oov_method != "farmhash", "salt",
             "goes with oov_method='farmhash' only", "leave salt out"),
        ):  # fmt: skip
            if wrong:
                where = f"{type(self).__name__}({argument}=...)"
                raise ArgumentError(where, what, f"{getattr(self, argument, idf_weights)!r}", mend)

    # ── the vocabulary ──

    def _oov_start(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    def _start(self) -> int:
        """The index of the first token of the vocabulary."""
        return self._oov_start() + self.num_oov_indices

    def _special(self) -> list[Any]:
        return [self.mask_token] * self._oov_start() + [self.oov_token] * self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens by index; mask and unknown ones at the front are left out on demand."""
        special = self._special() if include_special_tokens else []
        return [*special, *self._vocabulary.tokens]

    def vocabulary_size(self) -> int:
        """How many indices there are, those of mask and unknown tokens included."""
        return len(self._vocabulary) + self._start()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary by tokens, or those of a file.

        Raises: ArgumentError for repeated or reserved tokens, or more than there may be.
        """
        where = f"{type(self).__name__} '{self.name}'"
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise ArgumentError(
                where, "needs idf_weights with output_mode='tf_idf', and only then",
                f"idf_weights={idf_weights!r:.40}, output_mode={self.output_mode!r}",
                "pass a factor for each token, or leave them out",
            )  # fmt: skip
        if isinstance(vocabulary, str | Path):
            vocabulary = read_tokens(where, vocabulary, self.whole)
        given = self._tokens_of(vocabulary)
        if not given:
            raise ArgumentError(where, "needs a vocabulary with tokens", "none", "pass tokens")
        special = self._special()
        begins = bool(special) and given[: len(special)] == special
        tokens = given[len(special) :] if begins else given
        reserved = [self.mask_token, self.oov_token if self.invert else None]
        check_tokens(where, tokens, reserved, special)
        if self.max_tokens is not None and self._start() + len(tokens) > self.max_tokens:
            raise ArgumentError(
                where, f"has at most {self.max_tokens} tokens",
                f"{self._start() + len(tokens)}", "pass a larger max_tokens",
            )  # fmt: skip
        self._take(tokens)
        if idf_weights is not None:
            self._weigh(idf_weights, len(given), begins)

    def _tokens_of(self, given: Any) -> list[Any]:
        array = np.asarray(given)
        if self.whole:
            return [int(token) for token in array.ravel()]
        return [str(token) for token in host_strings(array, self._encoding()).ravel()]

    def _encoding(self) -> str:
        return "utf-8"

    def _take(self, tokens: Sequence[Any]) -> None:
        self._vocabulary = Vocabulary(tokens)
        before, now = self._frozen_vocab_size, self.vocabulary_size()
        free = self.output_mode == "int" or self.pad_to_max_tokens or before is None
        if not free and before != now and self._used:
            raise StateError(
                f"{type(self).__name__} '{self.name}'",
                "cannot change the size of its vocabulary after it was called",
                f"{now} tokens after {before}", "set pad_to_max_tokens=True, or make a new layer",
            )  # fmt: skip
        self._frozen_vocab_size = now

    _used = False

    def _weigh(self, weights: Any, given: int, begins: bool) -> None:
        """Takes weights of the tokens; special ones, if not among them, weigh the mean."""
        array = np.asarray(weights, dtypes.floatx())
        if array.shape != (given,):
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'", "needs a weight for each token",
                f"idf_weights of shape {array.shape}, {given} tokens", "pass as many",
            )  # fmt: skip
        front = 0 if begins else self._start()
        self._pad_weights(np.pad(array, (front, 0), constant_values=np.mean(array)))

    def _pad_weights(self, weights: np.ndarray) -> None:
        if self.pad_to_max_tokens and self.max_tokens is not None:
            weights = np.pad(weights, (0, self.max_tokens - len(weights)))
        self.idf_weights = weights.astype(dtypes.floatx())

    # ── learning it ──

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learns the vocabulary of data: an array, or what yields batches.

        Args:
            batch_size: accepted; it changes no result.
            steps: how many batches are looked at.
        """
        self.reset_state()
        whole = is_whole(data)
        for batch in batches_of(type(self).__name__, data, steps):
            array = self._read(batch)
            # Each entry of whole data is a document; a batch of one axis from a source is one.
            self.update_state(array[:, None] if whole and array.ndim == 1 else array)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Counts the tokens of a batch: each row is a document."""
        array = np.atleast_2d(self._read(data))
        self._count([row.ravel().tolist() for row in array])

    def _count(self, rows: list[list[Any]]) -> None:
        if self._has_input_vocabulary:
            raise ArgumentError(
                f"{type(self).__name__} '{self.name}'", "cannot adapt: its vocabulary was given",
                "adapt()", "leave vocabulary= out to learn it",
            )  # fmt: skip
        self._counts.add(rows)

    def finalize_state(self) -> None:
        """Takes what was counted as the vocabulary."""
        if self._has_input_vocabulary or not self._counts.tokens:
            self._frozen_vocab_size = self.vocabulary_size()
            return
        limit = self.max_tokens - self._start() if self.max_tokens else None
        tokens = self._counts.most_frequent((self.mask_token, self.oov_token), limit)
        self._take(tokens)
        if self.output_mode == "tf_idf":
            weights = self._counts.weights(tokens)
            mean = np.mean(weights.astype(dtypes.floatx()))
            self._pad_weights(np.pad(weights, (self._start(), 0), constant_values=mean))
        self.reset_state()

    def reset_state(self) -> None:
        """Forgets what was counted."""
        self._counts = TokenCounts()

    # ── looking up ──

    def _read(self, inputs: Any) -> np.ndarray:
        if self.whole:
            return host_integers(f"{type(self).__name__} '{self.name}'", inputs)
        return host_strings(inputs, self._encoding())

    def call(self, inputs: Any) -> Any:
        """The indices, or their vectors, or the tokens of indices."""
        if self.invert:
            return as_result(self._named(host_integers(self.name, inputs)))
        ids = self._ids(self._read(inputs))
        if self.output_mode == "int":
            return as_result(ids)
        where = f"{type(self).__name__} '{self.name}'"
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        return as_result(self._weighted(encode_host(where, ids, mode, self._depth())))

    def encode_rows(self, rows: list[np.ndarray]) -> np.ndarray:
        """Rows of ids as vectors (rows, depth)."""
        if self.output_mode == "one_hot":
            return encode_host(self.name, np.asarray(rows), "one_hot", self._depth())
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        return self._weighted(tally(rows, self._depth(), mode))

    def _weighted(self, counts: np.ndarray) -> np.ndarray:
        if self.output_mode != "tf_idf":
            return counts
        if self.idf_weights is None:
            raise StateError(
                f"{type(self).__name__} '{self.name}'", "has no idf_weights", "'tf_idf'",
                "call adapt(data) first",
            )  # fmt: skip
        found: np.ndarray = counts.astype(self.idf_weights.dtype) * self.idf_weights
        return found

    def _depth(self) -> int:
        self._used = True
        depth = self.max_tokens if self.pad_to_max_tokens else self._frozen_vocab_size
        if depth is None:
            raise StateError(
                f"{type(self).__name__} '{self.name}'", "has no vocabulary yet",
                f"output_mode={self.output_mode!r}", "call adapt(data), or pass vocabulary=",
            )  # fmt: skip
        return int(depth)

    def _ids(self, tokens: np.ndarray) -> np.ndarray:
        start, first = self._start(), self._oov_start()
        single = first if self.num_oov_indices == 1 else -1
        ids = self._vocabulary.places(tokens, start, single)
        masked = None
        if self.mask_token is not None:
            masked = tokens == self.mask_token
            ids = np.where(masked, 0 if self.output_mode == "int" else NOWHERE, ids)
        if self.num_oov_indices == 0 and (ids == -1).any():
            unknown = sorted(set(tokens[ids == -1].tolist()))[:5]
            raise DataError(
                f"{type(self).__name__} '{self.name}'", "knows all tokens with num_oov_indices=0",
                f"{unknown!r}", "set num_oov_indices=1",
            )  # fmt: skip
        if self.num_oov_indices > 1 and (ids == -1).any():
            ids[ids == -1] = self._hashed(tokens[ids == -1]) + first
        return ids

    def _hashed(self, tokens: np.ndarray) -> np.ndarray:
        if self.whole and self.oov_method == "floormod":
            found: np.ndarray = np.mod(tokens, self.num_oov_indices)
            return found
        return hashes.buckets(tokens.astype(str).astype(object), self.num_oov_indices, self.salt)

    def _named(self, ids: np.ndarray) -> np.ndarray:
        dtype = "int64" if self.whole else object
        found = self._vocabulary.named(ids, self._start(), self.oov_token, dtype)
        if self.mask_token is not None:
            found[ids == 0] = self.mask_token
        return found

    # ── as a layer ──

    def _output_dtype(self) -> str:
        if self.invert:
            return "int64" if self.whole else STRING
        return "int64" if self.output_mode == "int" else dtypes.floatx()

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs, or of their vectors."""
        shape = tuple(input_shape)
        if self.output_mode == "int":
            return shape
        depth = self.max_tokens if self.pad_to_max_tokens else self._frozen_vocab_size
        if self.output_mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1):
            return (*shape, depth)
        return (*shape[:-1], depth)

    def get_build_config(self) -> dict[str, Any]:
        """Nothing: the layer is built when it is made."""
        return {}

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer; a learnt vocabulary is no argument."""
        return {
            **super().get_config(), "invert": self.invert, "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices, "oov_token": self.oov_token,
            "mask_token": self.mask_token, "output_mode": self.output_mode,
            "sparse": self.sparse, "pad_to_max_tokens": self.pad_to_max_tokens,
            "vocabulary_dtype": self.vocabulary_dtype,
            "idf_weights": listed(self.input_idf_weights),
            "vocabulary": listed(self.input_vocabulary),
            "vocabulary_size": self._frozen_vocab_size, "oov_method": self.oov_method,
            "salt": self.salt,
        }  # fmt: skip

    def save_own_variables(self, store: Any) -> None:
        """Puts the weights of tokens, if any, into a store of arrays."""
        if self.output_mode == "tf_idf":
            store["idf_weights"] = self.idf_weights

    def load_own_variables(self, store: Any) -> None:
        """Takes the weights of tokens from a store."""
        if self.output_mode == "tf_idf":
            self.idf_weights = np.asarray(store["idf_weights"], dtypes.floatx())

    def save_assets(self, dir_path: Any) -> None:
        """Writes a learnt vocabulary to vocabulary.txt in a folder."""
        if self.input_vocabulary is None:
            lines = "\n".join(str(token) for token in self.get_vocabulary())
            (Path(dir_path) / "vocabulary.txt").write_text(lines, "utf-8")

    def load_assets(self, dir_path: Any) -> None:
        """Reads a learnt vocabulary from vocabulary.txt in a folder."""
        if self.input_vocabulary is None:
            path = Path(dir_path) / "vocabulary.txt"
            tokens = read_tokens(f"{self.name}.load_assets", path, self.whole)
            weights = self.idf_weights if self.output_mode == "tf_idf" else None
            self.set_vocabulary(tokens, weights)


def listed(value: Any) -> Any:
    """An array or tensor as nested lists, everything else as it is."""
    return np.asarray(value).tolist() if hasattr(value, "__array__") else value


def checked_dtype(where: str, dtype: Any, legal: str) -> str:
    """Raises: ArgumentTypeError for a vocabulary of another dtype."""
    if dtype == legal:
        return legal
    raise ArgumentTypeError(
        f"{where}(vocabulary_dtype=...)", f"is {legal!r}", repr(dtype), "leave it out"
    )
