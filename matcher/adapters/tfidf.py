"""TF-IDF over scikit-learn: the lexical method that embeddings are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher.encoder import FloatArray


def tfidf_vectors(texts: Sequence[str]) -> FloatArray:
    """One row of L2 norm 1 a text (n, terms): words and pairs of words, accents aside."""
    vectorizer = TfidfVectorizer(strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True, min_df=1)
    return np.asarray(vectorizer.fit_transform(texts).toarray(), dtype=np.float32)
