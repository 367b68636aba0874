"""Is the corpus of register translations what it should be? `python -m benchmarks.polyglot_corpus`.

Counts, spreads, repeated phrases, words shared by the two sides of a pair, and phrases shared by the
parts. A content word has four letters or more and is compared by its first six.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from benchmarks.machine import machine
from matcher.polyglot import (
    Entry,
    NegativeKind,
    Part,
    corpus_digest,
    load_corpus,
    load_split,
    polyglot_directory,
    split,
)
from matcher.taxonomy import Lang
from matcher.territory import fold

_FRENCH = """
afin ailleurs ainsi alors apres assez aucun aucune aupres aussi aussitot autant autour autre autres
avant avec avoir beaucoup bien cela celle celles celui cent cependant certains certaines cette ceux
chacun chacune chaque chez comme comment contre dans deja depuis derriere des dessous dessus deux
devant dix doit doivent donc dont douze elle elles encore enfin entre environ est etaient etait ete
etes etre faire fait faites faut fois font guere hors huit ici ils jamais jusqu jusque juste
laquelle lequel lesquelles lesquels leur leurs lors lorsque maintenant mais malgre meme memes mieux
mille moins neuf nombre nos notamment notre nous nulle onze outre par parce parmi pas pendant
personne peut peuvent plus plusieurs plutot pour pourquoi pourrait pres presque puis puisque quand
quarante quatre quel quelle quelles quelque quelques quels quelqu quinze quoi rien sans sauf seize
selon sept sera serait seront ses seul seule seulement sinon six soit sommes sont sous souvent suis
sur surtout tant telle telles tels tous tout toute toutes tout treize trente tres trois trop une
vers via vingt voici voila vont vos votre vous
"""
FRENCH_STOP_WORDS = frozenset(_FRENCH.split())
_WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """Folded words."""
    return _WORD.findall(fold(text))


def content_words(text: str) -> set[str]:
    """First six letters of words of four or more that say something."""
    return {
        word[:6]
        for word in words(text)
        if len(word) >= 4
        and not word.isdigit()
        and word not in FRENCH_STOP_WORDS
        and word not in ENGLISH_STOP_WORDS
    }


def sequences(text: str, length: int) -> set[tuple[str, ...]]:
    """Every run of this many words."""
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def texts_of(entries: Iterable[Entry]) -> Iterator[str]:
    """Every text of the entries."""
    for entry in entries:
        for text in (entry.need, *entry.skills, *entry.hard_negatives):
            yield text.text


def repeated_share(entries: Sequence[Entry], length: int = 5) -> float:
    """The share of distinct word sequences that stand in two texts or more.

    A skill that another entry has as a wrong answer is one text.
    """
    counts = Counter(sequence for text in set(texts_of(entries)) for sequence in sequences(text, length))
    return sum(count > 1 for count in counts.values()) / max(1, len(counts))


def shared_sequences(left: Sequence[Entry], right: Sequence[Entry], length: int) -> set[tuple[str, ...]]:
    """Word sequences that stand in both parts."""
    found = [{s for text in texts_of(part) for s in sequences(text, length)} for part in (left, right)]
    return found[0] & found[1]


def alike_share(entries: Sequence[Entry]) -> float:
    """The share of (need, skill) pairs whose two sides have a content word in common."""
    pairs = [(entry.need.text, skill.text) for entry in entries for skill in entry.skills]
    return sum(bool(content_words(need) & content_words(skill)) for need, skill in pairs) / max(1, len(pairs))


def spread(title: str, values: Iterable[str]) -> str:
    """How often each value occurs, most frequent first."""
    counts = Counter(values)
    total = sum(counts.values())
    return f"- {title} ({len(counts)}): " + ", ".join(
        f"{value} {count / total:.1%}" for value, count in counts.most_common()
    )


def borrowed(entries: Sequence[Entry]) -> int:
    """How many hard negatives are, word for word, a skill that answers another need."""
    skills = {skill.text for entry in entries for skill in entry.skills}
    return sum(negative.text in skills for entry in entries for negative in entry.hard_negatives)


def length_class(text: str) -> str:
    """The class of lengths that a text belongs to, in words."""
    count = len(text.split())
    for limit, name in ((8, "1-8"), (20, "9-20"), (45, "21-45")):
        if count <= limit:
            return name
    return "46 and more"


def counts_row(name: str, entries: Sequence[Entry]) -> str:
    """One line of the table of counts."""
    pairs = sum(len(entry.skills) for entry in entries)
    english = sum(len(entry.skills) for entry in entries if entry.lang is Lang.EN)
    negatives = Counter(n.kind for entry in entries for n in entry.hard_negatives)
    least = min((len(entry.hard_negatives) for entry in entries), default=0)
    cells = [len(entries), pairs, english, *(negatives[kind] for kind in NegativeKind), least]
    shares = [f"{repeated_share(entries):.2%}", f"{alike_share(entries):.1%}"]
    return f"| {name} | " + " | ".join([*map(str, cells), *shares]) + " |"


def spreads(entries: Sequence[Entry]) -> list[str]:
    """How themes, types, registers and lengths are spread."""
    pairs = [(entry, skill) for entry in entries for skill in entry.skills]
    crossed = [f"{e.need.register} → {s.register}" for e, s in pairs if e.need.register != s.register]
    same = 1 - len(crossed) / max(1, len(pairs))
    return [
        spread("themes", (entry.theme for entry in entries)),
        spread("alliance types", (entry.alliance_type for entry in entries)),
        spread("registers of needs", (entry.need.register for entry in entries)),
        spread("registers of skills", (skill.register for _, skill in pairs)),
        spread("register pairs that differ", crossed),
        f"- pairs of one register: {same:.1%}",
        f"- hard negatives that answer another need: {borrowed(entries)}",
        spread("words of needs", (length_class(entry.need.text) for entry in entries)),
        spread("words of skills", (length_class(skill.text) for _, skill in pairs)),
        spread("words of hard negatives", (length_class(n.text) for e in entries for n in e.hard_negatives)),
        f"- distinct territories: {len({entry.territory for entry in entries})} in {len(entries)} entries",
    ]


def overlaps(parts: dict[str, list[Entry]]) -> list[str]:
    """Word sequences that two parts share, beside what the smaller one holds."""
    lines = [
        "| parts | shared 5-word sequences | shared 3-word sequences | of the smaller part | themes in both |"
    ]
    lines.append("|---|---|---|---|---|")
    for (left, a), (right, b) in combinations(parts.items(), 2):
        three = shared_sequences(a, b, 3)
        least = min(len({s for text in texts_of(part) for s in sequences(text, 3)}) for part in (a, b))
        themes = {entry.theme for entry in a} & {entry.theme for entry in b}
        five = len(shared_sequences(a, b, 5))
        lines.append(
            f"| {left}, {right} | {five} | {len(three)} | {len(three) / max(1, least):.2%} | {len(themes)} |"
        )
    return lines


def main() -> None:
    """Print the figures, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=polyglot_directory())
    corpus = parser.parse_args().corpus
    entries = load_corpus(corpus)
    parts = {part.value: split(entries, part, load_split(corpus)) for part in Part}
    print(f"`python -m benchmarks.polyglot_corpus`\n\n{machine()}; digest {corpus_digest(entries)[:12]}\n")
    print(
        "| part | entries | pairs | pairs with English | same words | same theme | competitor "
        "| least negatives | repeated 5-word sequences | pairs sharing a content word |\n|---|" + "---|" * 9
    )
    for name, part in {**parts, "all": entries}.items():
        print(counts_row(name, part))
    print("\n" + "\n".join(spreads(entries)) + "\n")
    print("\n".join(overlaps(parts)))


if __name__ == "__main__":
    main()
