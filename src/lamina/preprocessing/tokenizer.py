"""Tokenizer: the words of many texts, numbered by how frequent they are."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, StateError
from lamina.preprocessing.words import FILTERS, Analyzer, text_to_word_sequence

# From the counts of a row's words, the row's length, and in how many of all texts each occurs.
MODES: dict[str, Callable[[np.ndarray, int, int, np.ndarray], np.ndarray]] = {
    "binary": lambda counts, length, texts, within: np.ones(len(counts)),
    "count": lambda counts, length, texts, within: counts,
    "freq": lambda counts, length, texts, within: counts / length,
    "tfidf": lambda counts, length, texts, within: (
        (1 + np.log(counts)) * np.log(1 + texts / (1 + within))
    ),
}
TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


class NotFittedError(StateError, ValueError):
    """A question that texts must answer first (Keras raises ValueError here)."""


class Tokenizer:
    """Turns texts into lists of word numbers, or into a matrix with a column a word.

    Numbers begin with 1, for the most frequent word, or for `oov_token`.

    Args:
        num_words: only words numbered below it are used; None for all.
        filters, lower, split: how texts are cut, as in `text_to_word_sequence`.
        char_level: every character is a word.
        oov_token: stands for words that are not known or not used; without it they are left out.
        analyzer: cuts the texts instead.
        document_count: texts that count as seen already.

    Attributes:
        word_counts, word_docs: how often each word occurs, and in how many texts.
        word_index, index_word: from word to number and back; index_docs: texts by number.
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Analyzer | None = None,
        document_count: int = 0,
    ) -> None:
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.document_count = document_count
        self.word_counts: dict[str, int] = OrderedDict()
        self.word_docs: dict[str, int] = defaultdict(int)
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    # ── learning words ──

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Counts the words of texts, or of lists of words, and numbers all words anew."""
        for text in texts:
            self.document_count += 1
            words = list(self._words(text))
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in dict.fromkeys(words):
                self.word_docs[word] = self.word_docs.get(word, 0) + 1
        ranked = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        named = ranked if self.oov_token is None else [self.oov_token, *ranked]
        self.word_index = {word: i for i, word in enumerate(named, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]]) -> None:
        """Counts in how many lists of word numbers each occurs, for `sequences_to_matrix`."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in dict.fromkeys(sequence):
                self.index_docs[number] = self.index_docs.get(number, 0) + 1

    def _words(self, text: Any) -> Iterable[Any]:
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level:
            return text.lower() if self.lower else text
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    # ── texts to numbers and back ──

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The word numbers of each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """The word numbers of each text, one by one."""
        oov = None if self.oov_token is None else self.word_index.get(self.oov_token)
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            used = (n if n is not None and self._is_used(n) else oov for n in numbers)
            yield [n for n in used if n is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Texts of the words of these numbers, with a space between."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """Texts of the words of these numbers, one by one."""
        oov = self.oov_token if self.oov_token in self.word_index else None
        for sequence in sequences:
            words = (self.index_word.get(n) if self._is_used(n) else oov for n in sequence)
            used = (oov if word is None else word for word in words)
            yield " ".join(word for word in used if word is not None)

    def _is_used(self, number: int) -> bool:
        return not self.num_words or number < self.num_words

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """`sequences_to_matrix` of the texts' word numbers."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(
        self, sequences: Sequence[Sequence[int]], mode: str = "binary"
    ) -> np.ndarray:
        """A row a text, a column a word number: (texts, num_words) float64.

        Args: mode: "binary" whether the word occurs, "count" how often, "freq" its share of the
            row, "tfidf" (1 + log count) · log(1 + texts / (1 + texts with the word)).

        Raises: NotFittedError before the words are known; ArgumentError for another mode.
        """
        columns = self._columns(mode)
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            used = Counter(n for n in sequence if n < columns)
            if not used:
                continue
            numbers, counts = np.array([*used]), np.array([*used.values()], "float64")
            within = np.array([self.index_docs.get(n, 0) for n in used])
            row[numbers] = MODES[mode](counts, len(sequence), self.document_count, within)
        return matrix

    def _columns(self, mode: str) -> int:
        if mode not in MODES:
            raise ArgumentError(
                "Tokenizer.sequences_to_matrix(mode=...)", "does not know this mode", repr(mode),
                f"use one of {', '.join(MODES)}",
            )  # fmt: skip
        if not self.num_words and not self.word_index:
            raise NotFittedError(
                "Tokenizer.sequences_to_matrix", "does not know how many words there are",
                "no num_words and no texts", "pass num_words=, or call fit_on_texts first",
            )  # fmt: skip
        if mode == "tfidf" and not self.document_count:
            raise NotFittedError(
                "Tokenizer.sequences_to_matrix(mode='tfidf')", "does not know how rare words are",
                "no texts", "call fit_on_texts or fit_on_sequences first",
            )  # fmt: skip
        return self.num_words or len(self.word_index) + 1

    # ── as JSON ──

    def get_config(self) -> dict[str, Any]:
        """The arguments, and the tables as JSON."""
        names = (
            "num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count",
        )  # fmt: skip
        config = {name: getattr(self, name) for name in names}
        return config | {name: json.dumps(getattr(self, name)) for name in TABLES}

    def to_json(self, **kwargs: Any) -> str:
        """JSON from which `tokenizer_from_json` makes an equal one, but for its analyzer.

        Args: kwargs: as for `json.dumps`.
        """
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The Tokenizer that `to_json` described, Keras' own included.

    Raises: ArgumentError for other JSON.
    """
    try:
        config = dict(json.loads(json_string)["config"])
        tables = {name: json.loads(config.pop(name)) for name in TABLES}
        tokenizer = Tokenizer(**config)
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentError(
            "tokenizer_from_json", "needs what Tokenizer.to_json wrote",
            f"{type(error).__name__}: {error}", "pass that text",
        ) from None  # fmt: skip
    tokenizer.word_counts = OrderedDict(tables["word_counts"])
    tokenizer.word_docs, tokenizer.word_index = tables["word_docs"], tables["word_index"]
    # JSON has texts for keys.
    tokenizer.index_docs = {int(i): count for i, count in tables["index_docs"].items()}
    tokenizer.index_word = {int(i): word for i, word in tables["index_word"].items()}
    return tokenizer
