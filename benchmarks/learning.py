"""How long learning from real history takes, and how much memory: `python -m benchmarks.learning DIRECTORY`.

Reads CORDIS tables, learns LambdaMART of the periods before the cut without an encoder, ranks every
candidate of the period after it with the model, and prints the seconds and the peak memory of each part.
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import date
from pathlib import Path

from matcher.adapters.trainers import LambdaMartTrainer
from matcher.evaluate_sources import cordis_chronicle
from matcher.evaluation.assessment import HEADLINE, facts_of, values_of
from matcher.evaluation.protocol import rank_all
from matcher.evaluation.split import split
from matcher.lessons import Reader, RunConfig, gather, learn
from matcher.printing import say
from matcher.training import Measured, model_scorer

CUT, UNTIL = date(2024, 7, 1), date(2025, 1, 1)


def main() -> None:
    """Print a line a part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    started = time.perf_counter()
    reader = Reader(cordis_chronicle(parser.parse_args().directory, CUT, UNTIL), None, "none", RunConfig())
    _part("reading the tables", started)
    started = time.perf_counter()
    lessons = gather(reader, CUT, UNTIL)
    learned = learn(reader, LambdaMartTrainer(), lessons)
    _part(f"training ({lessons.examples.features.shape[0]} pairs)", started)
    started = time.perf_counter()
    task = split(reader.chronicle, CUT, UNTIL)
    measured = Measured(reader.evidence(task.known), learned.groups)
    ranked = rank_all(task, {"model": model_scorer(learned.model, measured)})["model"]
    _part(f"evaluating one model ({len(task.queries)} queries)", started)
    say(f"nDCG@10 {values_of(facts_of(task), ranked, 'all')[HEADLINE].mean():.4f}")


def _part(name: str, started: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    say(f"{name:45} {time.perf_counter() - started:7.1f} s, peak {peak:.1f} GB")


if __name__ == "__main__":
    main()
