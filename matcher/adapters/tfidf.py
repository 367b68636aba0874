"""TF-IDF over scikit-learn: the lexical method that embeddings are compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from matcher.encoder import FloatArray

_FEW = 50


def tfidf_vectors(texts: Sequence[str]) -> FloatArray:
    """One row of L2 norm 1 a text (n, terms): words and pairs of words, accents aside."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 (seconds to import)

    vectorizer = TfidfVectorizer(strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True, min_df=1)
    return np.asarray(vectorizer.fit_transform(texts).toarray(), dtype=np.float32)


def tfidf_space(texts: Sequence[str]) -> tuple[csr_matrix, Callable[[Sequence[str]], csr_matrix]]:
    """Sparse rows of L2 norm 1 of the texts (n, terms), and what reads other texts in the same terms.

    Terms and their weights come from these texts alone. Texts without a single term make rows of zeros.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 (seconds to import)

    vectorizer = TfidfVectorizer(
        strip_accents="unicode", sublinear_tf=True, max_df=0.5 if len(texts) > _FEW else 1.0, dtype=np.float32
    )
    try:
        rows = csr_matrix(vectorizer.fit_transform(texts))
    except ValueError:  # no text, or none with a word
        return csr_matrix((len(texts), 1), dtype=np.float32), lambda asked: csr_matrix((len(asked), 1))
    return rows, lambda asked: csr_matrix(vectorizer.transform(asked))
