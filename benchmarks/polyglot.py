"""Does a need find the skill of another world? `python -m benchmarks.polyglot [--part test|valid]`.

Every need of the part ranks all its skills, and ("hard") all its skills and all its hard negatives;
the best of its own skills counts. AUC is read on true pairs against the pairs of the same needs with
their own hard negatives. The untouched encoder and plain methods stand beside ours in the same run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine
from benchmarks.polyglot_measures import (
    Task,
    best_ranks,
    interval,
    pair_ranks,
    pair_scores,
    pooled_auc,
    pooled_auc_interval,
    ratio_interval,
    within_need_auc,
)
from matcher.adapters.sentence_encoder import SentenceEncoder, SentenceEncoderConfig
from matcher.complementarity import ComplementarityConfig, rank_vectors
from matcher.domain import Role
from matcher.encoder import FloatArray
from matcher.evaluation.measures import share_above
from matcher.low_rank import shipped_adapter
from matcher.polyglot import NegativeKind, Part, load_corpus, load_split, polyglot_directory, split
from matcher.taxonomy import Lang

PARAPHRASES = Path(__file__).parent / "data" / "paraphrases.jsonl"
UNTOUCHED, OURS = "e5 untouched, CSLS", "polyglot, CSLS"


@dataclass(frozen=True, slots=True)
class Scored:
    """What a method gives every need (row) and candidate (column) of the part."""

    name: str
    scores: FloatArray
    plain: FloatArray
    """Without hard negatives as candidates: a pool of their own for hubness too."""


def tfidf_scores(needs: Sequence[str], candidates: Sequence[str]) -> FloatArray:
    """Cosines of TF-IDF over words."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    vectorizer = TfidfVectorizer(sublinear_tf=True).fit([*needs, *candidates])
    return np.asarray(
        (vectorizer.transform(needs) @ vectorizer.transform(candidates).T).toarray(), dtype=np.float32
    )


def bm25_scores(
    needs: Sequence[str], candidates: Sequence[str], k1: float = 1.5, b: float = 0.75
) -> FloatArray:
    """Okapi BM25 of each candidate for each need."""
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415

    vectorizer = CountVectorizer().fit([*needs, *candidates])
    counts = vectorizer.transform(candidates).toarray().astype(np.float64)
    lengths = counts.sum(axis=1, keepdims=True)
    found = (counts > 0).sum(axis=0)
    idf = np.log(1 + (len(candidates) - found + 0.5) / (found + 0.5))
    weights = idf * counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths / lengths.mean()))
    asked = (vectorizer.transform(needs).toarray() > 0).astype(np.float64)
    return np.asarray(asked @ weights.T, dtype=np.float32)


def encoders() -> dict[str, SentenceEncoder]:
    """The untouched encoder and ours."""
    found = {"e5 untouched": SentenceEncoder()}
    adapter = shipped_adapter()
    if adapter is not None:
        found["polyglot"] = SentenceEncoder(SentenceEncoderConfig(adapter=adapter))
    return found


def scored_by_words(name: str, task: Task, score: Callable[..., FloatArray]) -> Scored:
    """A method that compares texts, not vectors."""
    only_skills = task.candidates[: len(task.skills)]
    return Scored(name, score(task.needs, task.candidates), score(task.needs, only_skills))


def scored_by_vectors(name: str, task: Task, encoder: SentenceEncoder) -> list[Scored]:
    """The plain cosine, and the product's own path with the hubness correction (`rank_texts`)."""
    needs = encoder.encode(task.needs, Role.NEED)
    candidates = encoder.encode(task.candidates, Role.SKILL)
    skills = candidates[: len(task.skills)]
    config = ComplementarityConfig()
    return [
        Scored(f"{name}, cosine", needs @ candidates.T, needs @ skills.T),
        Scored(f"{name}, CSLS", rank_vectors(needs, candidates, config), rank_vectors(needs, skills, config)),
    ]


def all_scored(task: Task, models: dict[str, SentenceEncoder]) -> list[Scored]:
    """Every method on one part."""
    found = [
        scored_by_words("TF-IDF, words", task, tfidf_scores),
        scored_by_words("BM25", task, bm25_scores),
    ]
    for name, encoder in models.items():
        found += scored_by_vectors(name, task, encoder)
    return found


def hits(ranks: NDArray[np.float64], k: int = 5) -> NDArray[np.float64]:
    """1 where the rank is k or better."""
    return (ranks <= k).astype(np.float64)


def headline(task: Task, methods: Sequence[Scored]) -> list[str]:
    """One line a method."""
    lines = [
        (
            "| | R@1 | R@5 | MRR | hard R@1 | **hard R@5** | hard MRR | **AUC, pooled** | AUC, within a need "
            "| same words | same theme | competitor |"
        ),
        "|---|" + "---|" * 11,
    ]
    for method in methods:
        cells = [*_retrieval(best_ranks(task, method.plain))]
        hard = best_ranks(task, method.scores)
        within = within_need_auc(task, method.scores)
        one, five, mrr = _retrieval(hard)
        cells += [one, f"{five} {_shown(interval(hits(hard)))}", mrr]
        cells += [f"{pooled_auc(task, method.scores):.3f} {_shown(pooled_auc_interval(task, method.scores))}"]
        cells += [f"{np.nanmean(within):.3f} {_shown(interval(within))}"]
        cells += [
            f"{np.nanmean(within_need_auc(task, method.scores, kind.value)):.3f}" for kind in NegativeKind
        ]
        lines.append(f"| {method.name} | " + " | ".join(cells) + " |")
    return lines


def comparison(task: Task, methods: Sequence[Scored]) -> list[str]:
    """How many times the untouched encoder's hard recall@5 ours is."""
    by_name = {method.name: best_ranks(task, method.scores) for method in methods}
    lines = []
    for ours, other in (
        ("polyglot, CSLS", "e5 untouched, CSLS"),
        ("polyglot, cosine", "e5 untouched, cosine"),
    ):
        if ours in by_name:
            above, below = hits(by_name[ours]), hits(by_name[other])
            ratio = above.mean() / max(below.mean(), 1 / len(below))
            lines.append(
                f"- hard recall@5, {ours} / {other}: {ratio:.2f} {_shown(ratio_interval(above, below))}"
            )
    return lines


def breakdown(
    title: str, groups: Sequence[str], before: NDArray[np.float64], after: NDArray[np.float64]
) -> list[str]:
    """Hard recall@5 of both encoders by group."""
    lines = [f"| {title} | n | untouched | polyglot |", "|---|---|---|---|"]
    for group in sorted(set(groups)):
        rows = np.array([g == group for g in groups])
        lines.append(
            f"| {group} | {rows.sum()} | {hits(before[rows]).mean():.2f} | {hits(after[rows]).mean():.2f} |"
        )
    return lines


def breakdowns(task: Task, methods: Sequence[Scored]) -> list[str]:
    """By language and length of the need (its best skill), and by register pair (each skill)."""
    scores = {method.name: method.scores for method in methods}
    if OURS not in scores:
        return []
    before, after = (best_ranks(task, scores[name]) for name in (UNTOUCHED, OURS))
    language = ["English on a side" if e.lang is Lang.EN else "French" for e in task.entries]
    lines = [*breakdown("language", language, before, after), ""]
    lines += [*breakdown("words of the need", [_length(need) for need in task.needs], before, after), ""]
    pairs = [f"{task.entries[row].need.register} → {skill.register}" for row, skill in task.skills]
    before, after = (pair_ranks(task, scores[name]) for name in (UNTOUCHED, OURS))
    return lines + breakdown("register of the need → of the skill", pairs, before, after)


def by_author(task: Task, methods: Sequence[Scored]) -> list[str]:
    """Hard recall@5 and AUC of both encoders by author of the need, all candidates of the part kept."""
    scores = {method.name: method.scores for method in methods}
    if OURS not in scores:
        return []
    lines = [
        "| author | n | hard R@5, untouched | polyglot | AUC, untouched | polyglot | polyglot, cosine |",
        "|---|---|---|---|---|---|---|",
    ]
    found = [hits(best_ranks(task, scores[name])) for name in (UNTOUCHED, OURS)]
    for author in sorted({entry.author for entry in task.entries}):
        rows = np.array([entry.author == author for entry in task.entries])
        recall = [hit[rows].mean() for hit in found]
        aucs = [author_auc(task, scores[name], rows) for name in (UNTOUCHED, OURS, "polyglot, cosine")]
        cells = [f"{rows.sum()}", *(f"{value:.3f}" for value in (*recall, *aucs))]
        lines.append(f"| {author} | " + " | ".join(cells) + " |")
    return lines


def author_auc(task: Task, scores: FloatArray, rows: NDArray[np.bool_]) -> float:
    """The pooled AUC over the needs of these rows alone."""
    true, wrong = pair_scores(task, scores)
    return share_above(true[rows[task.skill_rows]], wrong[rows[task.negative_rows]])


def paraphrase_auc(encoder: SentenceEncoder) -> float:
    """Paraphrases against other sentences on the same subject: the general quality of the encoder."""
    pairs = [json.loads(line) for line in PARAPHRASES.read_text(encoding="utf-8").splitlines()]
    left = encoder.encode([pair["a"] for pair in pairs], Role.MISSION)
    right = encoder.encode([pair["b"] for pair in pairs], Role.MISSION)
    cosines = (left * right).sum(axis=1)
    same = np.array([pair["paraphrase"] for pair in pairs])
    return share_above(cosines[same], cosines[~same])


def echo(task: Task, encoder: SentenceEncoder) -> float:
    """The share of skills that, asked for in their own words, come first among all candidates."""
    skills = task.candidates[: len(task.skills)]
    cosines = encoder.encode(skills, Role.NEED) @ encoder.encode(task.candidates, Role.SKILL).T
    return float((cosines.argmax(axis=1) == np.arange(len(skills))).mean())


def speeds(models: dict[str, SentenceEncoder], texts: Sequence[str], rounds: int = 5) -> dict[str, float]:
    """Texts a second, the median of rounds in which the encoders take turns."""
    found: dict[str, list[float]] = {name: [] for name in models}
    for encoder in models.values():
        encoder.encode(list(texts[:32]), Role.NEED)
    for _ in range(rounds):
        for name, encoder in models.items():
            started = time.perf_counter()
            encoder.encode(list(texts), Role.NEED)
            found[name].append(len(texts) / (time.perf_counter() - started))
    return {name: float(np.median(values)) for name, values in found.items()}


def _retrieval(ranks: NDArray[np.float64]) -> list[str]:
    return [f"{hits(ranks, 1).mean():.3f}", f"{hits(ranks).mean():.3f}", f"{(1 / ranks).mean():.3f}"]


def _shown(bounds: tuple[float, float]) -> str:
    return f"[{bounds[0]:.2f}, {bounds[1]:.2f}]"


def _length(text: str) -> str:
    words = len(text.split())
    return "1-8" if words <= 8 else "9-20" if words <= 20 else "21 and more"


def main() -> None:
    """Print the report, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=[Part.TEST, Part.VALID], default=Part.TEST, type=Part)
    parser.add_argument("--corpus", type=Path, default=polyglot_directory())
    arguments = parser.parse_args()
    task = Task(split(load_corpus(arguments.corpus), arguments.part, load_split(arguments.corpus)))
    models = encoders()
    print(f"`python -m benchmarks.polyglot --part {arguments.part}`\n\n{machine()}\n")
    print(
        f"{len(task.needs)} needs, {len(task.skills)} skills, {len(task.negatives)} hard negatives; "
        "brackets are 95 % intervals over needs.\n"
    )
    methods = all_scored(task, models)
    print("\n".join(headline(task, methods)) + "\n")
    print("\n".join(comparison(task, methods)) + "\n")
    print("\n".join(breakdowns(task, methods)) + "\n")
    print("\n".join(by_author(task, methods)) + "\n")
    rates = speeds(models, task.needs[:64])
    print("| | paraphrase AUC | a skill's own words find it | texts/s |\n|---|---|---|---|")
    for name, encoder in models.items():
        print(f"| {name} | {paraphrase_auc(encoder):.3f} | {echo(task, encoder):.3f} | {rates[name]:.0f} |")


if __name__ == "__main__":
    main()
