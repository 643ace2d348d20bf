"""Words and their weights: documents to a sparse matrix, by a vocabulary that new documents are read with too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from partwise.wording import counted

from .choices import checked_choice
from .dataset import SourceError

STOP_WORDS = ("english", "none")
WEIGHTS = ("tfidf", "counts")
WORD = r"(?u)\b[^\W\d_][^\W_]+\b"  # two or more letters and digits, a letter first
# what is left of "don't" and "we've" where words end at an apostrophe; "won" is a word of its own
HALVES = "ain aren couldn didn doesn don hadn hasn haven isn ll mightn mustn needn shan shouldn ve wasn weren wouldn"


@dataclass(frozen=True)
class Wording:
    """Which words count, and how much; the options of texts, checked.

    Attributes
    ----------
    stop_words : {"english", "none"} or sequence of str
        Words that are left out: scikit-learn's English list with the halves of contractions ("don", "ve"); no words;
        or a list of one's own.
    min_df, max_df : int or float
        A word is kept if at least and at most so many documents have it; a float is a share of them.
    max_features : int or None
        Keep only so many words, the most frequent.
    ngrams : int
        The most words in a row that count as one: 1 single words, 2 pairs too.
    weights : {"tfidf", "counts"}
        Tf-idf with rows of length 1, or how often a word is there.
    """

    stop_words: str | Sequence[str] = "english"
    min_df: float = 2
    max_df: float = 0.95
    max_features: int | None = None
    ngrams: int = 1
    weights: str = "tfidf"

    def __post_init__(self) -> None:
        if isinstance(self.stop_words, str):
            checked_choice("stop_words", self.stop_words, STOP_WORDS)
        checked_choice("weights", self.weights, WEIGHTS)
        for name in ("min_df", "max_df"):
            value = getattr(self, name)
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not (whole and value >= 1) and not (isinstance(value, float) and 0 <= value <= 1):
                raise SourceError(
                    f"{name} must be a number of documents, a whole number of at least 1, or a share of them, "
                    f"0.0 to 1.0, got {value!r}."
                )
        for name in ("max_features", "ngrams"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int | np.integer) and value >= 1):
                raise SourceError(f"{name} must be a whole number of at least 1, got {value!r}.")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Wording:
        """Return the wording of options by their names, of which None is the default."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in names and value is not None})

    @property
    def stopped(self) -> tuple[str, ...]:
        """The words that are left out, in order."""
        if self.stop_words == "none":
            return ()
        if self.stop_words == "english":
            from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

            return tuple(sorted({*ENGLISH_STOP_WORDS, *HALVES.split()}))
        return words_of(" ".join(self.stop_words))


@dataclass(frozen=True)
class Vocabulary:
    """The words of a fit, and what each weighs; documents that come later are read with the same.

    Attributes
    ----------
    words : tuple of str
        One for each column, in order of the alphabet; with n-grams also words in a row, a space between them.
    idf : tuple of float or None
        What a word weighs: ``ln((1 + n) / (1 + df)) + 1`` with n documents, df of which have the word; None
        where words are only counted.
    stop_words : tuple of str
        The words that were left out; they matter for words in a row.
    ngrams : int
        The most words in a row that count as one.
    """

    words: tuple[str, ...]
    idf: tuple[float, ...] | None
    stop_words: tuple[str, ...]
    ngrams: int

    @classmethod
    def learn(cls, documents: Iterable[str], wording: Wording, name: str) -> tuple[Vocabulary, Any]:
        """Find the words of documents, which are read once; return them and the counts.

        Parameters
        ----------
        documents : iterable of str
        wording : Wording
        name : str
            Of the source, for messages.

        Returns
        -------
        vocabulary : Vocabulary
        counts : csr_array of shape (n_documents, n_words)
            float64.

        Raises
        ------
        SourceError
            No word is left.
        """
        read = 0

        def seen() -> Iterable[str]:
            nonlocal read
            for read, text in enumerate(documents, start=1):  # noqa: B007
                yield text

        counter = _counter(
            wording.stopped,
            wording.ngrams,
            min_df=wording.min_df,
            max_df=wording.max_df,
            max_features=wording.max_features,
        )
        try:
            counts = _as_rows(counter.fit_transform(seen()))
        except SourceError:
            raise
        except ValueError:  # scikit-learn's words for no words at all, for none left, and for bounds that cross
            raise SourceError(_nothing_left(name, read, wording)) from None
        words = tuple(counter.get_feature_names_out().tolist())
        idf = None
        if wording.weights == "tfidf":
            having = np.bincount(counts.indices, minlength=len(words))
            idf = tuple((np.log((1 + read) / (1 + having)) + 1).tolist())
        return cls(words, idf, wording.stopped, wording.ngrams), counts

    @classmethod
    def remembered(cls, memory: Mapping[str, Any]) -> Vocabulary:
        """Return the vocabulary that `memory` gave, as JSON brings it back."""
        idf = memory["idf"]
        return cls(
            tuple(memory["feature_names"]),
            None if idf is None else tuple(idf),
            tuple(memory["stop_words"]),
            memory["ngrams"],
        )

    def memory(self) -> dict[str, Any]:
        """Return all of it, fit for JSON, which keeps every bit of a number."""
        return {
            "feature_names": list(self.words),
            "idf": None if self.idf is None else list(self.idf),
            "stop_words": list(self.stop_words),
            "ngrams": self.ngrams,
        }

    def count(self, documents: Iterable[str]) -> Any:
        """Count the words of the vocabulary in new documents; other words are passed over."""
        counter = _counter(self.stop_words, self.ngrams, vocabulary=list(self.words))
        return _as_rows(counter.transform(documents))

    def weigh(self, counts: Any) -> Any:
        """Return the matrix of counts as it is fitted: the counts, or tf-idf with rows of length 1; in place."""
        if self.idf is None:
            return counts
        from sklearn.preprocessing import normalize

        counts.data *= np.array(self.idf)[counts.indices]
        normalize(counts, copy=False)
        return counts


def words_of(text: str) -> tuple[str, ...]:
    """Return the different words of a text in order of the alphabet, split as documents are."""
    return tuple(sorted(set(_counter((), 1).build_analyzer()(text))))


def _counter(stop_words: Sequence[str], ngrams: int, **settings: Any) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(
        stop_words=list(stop_words) or None,
        ngram_range=(1, ngrams),
        token_pattern=WORD,
        dtype=np.float64,
        **settings,
    )


def _as_rows(counts: Any) -> Any:
    from scipy.sparse import csr_array

    rows = csr_array(counts)
    rows.sum_duplicates()
    return rows


def _nothing_left(name: str, count: int, wording: Wording) -> str:
    def documents(bound: float) -> str:
        return f"{bound:.3g} of them" if isinstance(bound, float) else counted(int(bound), "documents")

    if count == 0:
        return f"{name} has no documents."
    return (
        f"No word is left of {counted(count, 'documents')} of {name}: wanted are words in at least "
        f"{documents(wording.min_df)} and at most {documents(wording.max_df)}, stop words left out. "
        "Try --min-df 1 --max-df 1.0 (min_df=1, max_df=1.0)."
    )
