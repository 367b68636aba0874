"""What one world calls X and another calls Y: equivalences between registers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from itertools import chain
from pathlib import Path

from matcher.errors import InputError
from matcher.taxonomy import reference_directory
from matcher.territory import fold

_WORD = re.compile(r"[\w]+", re.UNICODE)
_BEGINNING = 5
_WORDS_REMEMBERED = 50_000
_TEXTS_REMEMBERED = 100_000
_Place = tuple[str, int, int]
"""A concept, and where the expression of it begins and ends in a text."""


@dataclass(frozen=True, slots=True)
class Translation:
    """Two expressions of one concept, each as it stands in its own text."""

    concept: str
    here: str
    there: str


@dataclass(frozen=True)
class Lexicon:
    """Terms, as tuples of stemmed words, and the concepts that they express."""

    concepts: Mapping[tuple[str, ...], tuple[str, ...]]
    longest: int
    terms: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Concept -> register -> how it is said there, the usual expression first."""

    @cached_property
    def _by_first(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """The first word of terms -> those terms."""
        found: dict[str, tuple[tuple[str, ...], ...]] = {}
        for term in filter(None, self.concepts):
            found[term[0]] = (*found.get(term[0], ()), term)
        return found

    @cached_property
    def _places(self) -> dict[bytes, tuple[_Place, ...]]:
        """The digest of a text -> the concepts in it and where: no word of a text is held in memory."""
        return {}

    def translations(self, here: str, there: str) -> list[Translation]:
        """What `here` and `there` say in different words, longest expressions first."""
        theirs = dict(self._spans(there))
        found = [
            Translation(concept, span, theirs[concept])
            for concept, span in self._spans(here)
            if concept in theirs and not _alike(span, theirs[concept])
        ]
        return sorted(found, key=lambda t: -len(t.here) - len(t.there))

    def glosses(self, text: str, register: str) -> list[Translation]:
        """What a text says and how another register says it, longest expressions first.

        Only acronyms and expressions of several words are glossed, for a single word has too many
        senses; nothing is said of what that register, too, calls by its name in the text.
        """
        found = []
        for concept, span in self._spans(text):
            said = self.terms.get(concept, {}).get(register, ())
            if said and _is_unambiguous(span) and not any(_alike(span, expression) for expression in said):
                found.append(Translation(concept, span, said[0]))
        return sorted(found, key=lambda t: -len(t.here))

    def _spans(self, text: str) -> list[tuple[str, str]]:
        """(concept, expression as it stands in the text), shorter expressions first."""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        places = self._places.get(digest)
        if places is None:
            if len(self._places) >= _TEXTS_REMEMBERED:
                self._places.clear()
            places = self._places[digest] = tuple(self._found(text))
        return [(concept, text[start:end]) for concept, start, end in places]

    def _found(self, text: str) -> Iterator[_Place]:
        words = list(_WORD.finditer(text))
        stems = [stem(word.group()) for word in words]
        found = [
            (len(term), start, term)
            for start, first in enumerate(stems)
            for term in self._by_first.get(first, ())
            if tuple(stems[start : start + len(term)]) == term
        ]
        for length, start, term in sorted(found):
            for concept in self.concepts[term]:
                yield concept, words[start].start(), words[start + length - 1].end()


@lru_cache(_WORDS_REMEMBERED)
def stem(word: str) -> str:
    """The word folded, without the mark of the plural: enough to find a term in a text."""
    bare = fold(word).replace(" ", "")
    if len(bare) > 4 and bare.endswith("aux"):
        return bare[:-3] + "al"
    return bare[:-1] if len(bare) > 3 and bare[-1] in "sx" else bare


def _alike(here: str, there: str) -> bool:
    """Whether the two only differ in endings: the same beginnings are no translation."""
    mine, theirs = ({stem(w)[:_BEGINNING] for w in _WORD.findall(text)} for text in (here, there))
    return mine <= theirs or theirs <= mine


def _is_unambiguous(expression: str) -> bool:
    return len(_WORD.findall(expression)) > 1 or (expression.isupper() and len(expression) > 2)


def load_lexicon(path: Path) -> Lexicon:
    """The lexicon in a JSON Lines file of {concept, terms: {register: [expression, ...]}}."""
    concepts: dict[tuple[str, ...], tuple[str, ...]] = {}
    said: dict[str, dict[str, tuple[str, ...]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
            concept, terms = str(entry["concept"]), entry["terms"]
            said[concept] = {str(register): tuple(map(str, some)) for register, some in terms.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError("lexicon", f"{path.name}:{number}", "expected {concept, terms}") from error
        for expression in chain.from_iterable(said[concept].values()):
            key = tuple(stem(word) for word in _WORD.findall(expression))
            concepts[key] = tuple(dict.fromkeys((*concepts.get(key, ()), concept)))
    return Lexicon(concepts, max((len(key) for key in concepts), default=0), said)


@cache
def default_lexicon() -> Lexicon:
    """The lexicon that ships with Maillon."""
    return load_lexicon(reference_directory() / "lexicon.jsonl")
