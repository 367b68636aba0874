"""Every method ranks every candidate, sees no future, and does what its name says."""

import numpy as np
import pytest

from matcher.adapters.factorisation import svd_factors
from matcher.adapters.tfidf import tfidf_space
from matcher.domain import ActorId
from matcher.evaluation import methods
from matcher.evaluation.evidence import make_evidence
from matcher.evaluation.pair_features import PAIR_GROUPS, feature_names, measure
from matcher.evaluation.protocol import Among, Block, rank_all
from matcher.evaluation.split import split, split_needs
from matcher.evaluation.texts import centred_view, make_view
from tests.unit.histories import CUT, UNTIL, event, planted_chronicle, small_chronicle


def evidence_of(known):
    rows, read = tfidf_space([e.text for e in known.events])
    dense = centred_view(known, rows.toarray(), lambda needs: read(needs).toarray())
    left, _ = svd_factors(known.partners, 8, 1)
    return make_evidence(known, {"lexical": make_view(known, rows, read), "dense": dense}, {"svd": left})


def everyone(known):
    rows = np.arange(len(known.chronicle.actors))
    return Block(rows, ("bike",) * len(rows))


def all_scores(known):
    evidence = evidence_of(known)
    block = everyone(known)
    scorers = {
        "popularity": methods.same_for_all(methods.popularity(known)),
        "geography": methods.geography(known),
        "text": methods.text_cosine(evidence.views["lexical"]),
        "need": methods.need_cosine(evidence.views["dense"]),
        "common": methods.common_neighbours(known),
        "adamic": methods.adamic_adar(known),
        "svd": methods.factors(*svd_factors(known.partners, 8, 1)),
    }
    found = {name: np.array(scorer(block)) for name, scorer in scorers.items()}
    found["features"] = measure(evidence, block, (*PAIR_GROUPS, "need"))
    return found


def test_a_planted_future_changes_no_score():
    future = [
        event(
            "leak", 2025, 1, "a00", "a02", "a04", text="zeppelin bike soup", need="zeppelin",
            labels=[("strand", "bike"), ("topic", "zeppelin")],
        ),
        event("leak2", 2025, 6, "a06", text="zeppelin"),
    ]  # fmt: skip
    plain = all_scores(split(planted_chronicle(), CUT, UNTIL).known)
    leaky = all_scores(split(planted_chronicle(extra=future), CUT, UNTIL).known)
    for name, scores in plain.items():
        assert np.array_equal(scores, leaky[name]), name


def test_the_same_event_before_the_cut_does_change_scores():
    past = [event("leak", 2024, 12, "a00", "a02", "a04", text="zeppelin bike soup", need="zeppelin")]
    plain = all_scores(split(planted_chronicle(), CUT, UNTIL).known)
    other = all_scores(split(planted_chronicle(extra=past), CUT, UNTIL).known)
    assert not any(np.array_equal(plain[name], other[name]) for name in plain if name != "geography")


def test_text_finds_partners_where_chance_does_not():
    task = split(planted_chronicle(), CUT, UNTIL)
    view = evidence_of(task.known).views["lexical"]
    scorers = {"text": methods.text_cosine(view), "random": methods.random_scores(task.known, 1)}
    found = rank_all(task, scorers)
    assert np.nanmean(found["text"].ranks[Among.ALL]) < np.nanmean(found["random"].ranks[Among.ALL]) - 2
    assert len(found["text"].ranks[Among.ALL]) == sum(len(q.positives) for q in task.queries)


def test_ranks_among_fewer_candidates_are_never_worse():
    task = split(planted_chronicle(), CUT, UNTIL)
    found = rank_all(task, {"geography": methods.geography(task.known)})["geography"]
    at_home = found.ranks[Among.COUNTRY]
    held = ~np.isnan(at_home)
    assert held.any()
    assert not held.all()
    assert (at_home[held] <= found.ranks[Among.ALL][held]).all()
    assert (found.ranks[Among.SECTOR] <= found.ranks[Among.ALL]).all()


def test_nobody_ineligible_is_shown():
    task = split(small_chronicle(), CUT, UNTIL)
    shown = rank_all(task, {"random": methods.random_scores(task.known, 1)})["random"].shown
    for query, rows in zip(task.queries, shown, strict=True):
        eligible = task.eligible(np.array([query.row]))[0]
        assert set(rows[rows >= 0]) == set(np.flatnonzero(eligible))


def test_shared_partners_are_counted_and_weighted():
    chronicle = small_chronicle(
        event("more", 2024, 5, "firm", "maker"), event("and", 2024, 6, "maker", "shop")
    )
    known = split(chronicle, CUT, UNTIL).known
    row = {name: chronicle.rows[ActorId(name)] for name in ("town", "firm", "shop", "maker")}
    block = Block(np.array([row["town"]]), ("",))
    assert methods.common_neighbours(known)(block)[0, [row["firm"], row["shop"]]].tolist() == [1, 1]
    weight = methods.adamic_adar(known)(block)[0, row["firm"]]
    assert weight == pytest.approx(1 / np.log(3)), "maker has worked with three"


def test_fusion_prefers_who_stands_high_everywhere():
    first = methods.same_for_all(np.array([9.0, 8.0, 1.0, 0.0], dtype=np.float32))
    second = methods.same_for_all(np.array([0.0, 9.0, 8.0, 1.0], dtype=np.float32))
    fused = methods.fused([first, second], np.ones(4, dtype=bool))(Block(np.array([0]), ("",)))[0]
    assert fused.argmax() == 1


def test_features_have_the_same_names_whatever_the_block():
    task = split_needs(planted_chronicle(), CUT, UNTIL)
    evidence = evidence_of(task.known)
    names = feature_names(evidence, PAIR_GROUPS)
    assert len(set(names)) == len(names)
    assert measure(evidence, everyone(task.known), PAIR_GROUPS).shape[2] == len(names)


def test_a_view_measures_cosines_of_what_actors_said():
    known = split(planted_chronicle(), CUT, UNTIL).known
    view = evidence_of(known).views["lexical"]
    rows = np.arange(4)
    profiles = view.profiles.toarray()
    profiles = profiles / np.linalg.norm(profiles, axis=1, keepdims=True)
    assert view.profile_cosines(rows) == pytest.approx(profiles[rows] @ profiles.T, abs=1e-5)
    assert (view.nearest_event(rows) <= 1 + 1e-5).all()


def test_texts_without_a_word_make_rows_of_zeros():
    rows, read = tfidf_space(["", "  "])
    assert rows.nnz == 0
    assert read(["bike"]).shape == (1, 1)
