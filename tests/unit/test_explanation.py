"""Every sentence of an explanation traces to fields, in French and English."""

import re
from dataclasses import replace
from datetime import date

import pytest

from matcher.domain import ActorId, AllianceStatus, Need, ReasonKind, Skill, Stage
from matcher.features import FEATURES
from matcher.lexicon import Lexicon
from matcher.phrases import FEATURE_LABELS, PHRASES
from matcher.taxonomy import Lang
from matcher.workspace import Workspace
from tests.fakes import SAINT_PAUL, crowd, make_actor, make_alliance, make_workspace

TOWN = make_actor(
    "town", name="Commune de Val-Perdu", sector="public", register="administratif",
    needs=(Need("vacance de service"), Need("Réemploi des cycles en déchèterie, loi AGEC #velo")),
    skills=(Skill("une halle libre le soir #halle"),),
)  # fmt: skip
ASSO = make_actor(
    "asso", name="Les Rayons", needs=(Need("un toit pour bricoler au sec #halle"),),
    skills=(Skill("on retape les biclous #velo"),),
)  # fmt: skip


def explained(a=TOWN, b=ASSO, lang="fr", alliances=(), lexicon=None):
    workspace = make_workspace(a, b, *crowd(), alliances=alliances)
    if lexicon:
        workspace = Workspace(workspace.store, replace(workspace.parts, lexicon=lexicon))
    return workspace, workspace.explain(a.id, b.id, lang=lang)


def texts(match, kind):
    return [reason.text for reason in match.reasons if reason.kind is kind]


def test_both_directions_quote_the_need_and_the_skill():
    _, match = explained()
    (met,) = texts(match, ReasonKind.NEED_MET)
    assert met == (
        "Commune de Val-Perdu cherche : « Réemploi des cycles en déchèterie, loi AGEC #velo » — "
        "Les Rayons apporte : « on retape les biclous #velo »"
    )
    (wanted,) = texts(match, ReasonKind.SKILL_WANTED)
    assert "Les Rayons cherche : « un toit pour bricoler au sec #halle »" in wanted
    assert texts(match, ReasonKind.ONE_WAY) == []


def test_a_one_way_match_says_so():
    _, match = explained(b=replace(ASSO, needs=(Need("du miel #miel"),)))
    assert len(texts(match, ReasonKind.ONE_WAY)) == 1


def resolve(workspace, path):
    """The value that a source names; LookupError when there is none."""
    kind, rest = path.split(":", 1)
    if kind == "lexicon":
        return rest
    if kind == "alliance":
        wanted = rest.split(".")[0]
        return next(alliance for alliance in workspace.alliances() if alliance.id == wanted)
    actor_id, field = rest.split(".", 1)
    value = workspace.store.actor(ActorId(actor_id))
    for name, position in re.findall(r"(\w+)(?:\[(\d+)\])?", field):
        value = getattr(value, name)
        value = value[int(position)] if position else value
    return value


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize(
    "b",
    [
        ASSO,
        replace(ASSO, territory=SAINT_PAUL, capacity=0, updated=date(2020, 1, 1), stage=Stage.SCALING),
        replace(ASSO, sector="economique", register="entreprise", updated=None, expires=date(2020, 1, 1)),
        replace(ASSO, sector="public", needs=(), skills=(), description=""),
    ],
    ids=["near", "far", "company", "silent"],
)
def test_every_sentence_traces_to_fields_that_exist(lang, b):
    alliances = [
        make_alliance("town", "asso", title="Marché aux vélos", status=AllianceStatus.FAILED),
        make_alliance("town", "crowd-01"),
        make_alliance("asso", "crowd-01"),
    ]
    a = replace(TOWN, stage=Stage.IDEA)
    workspace, match = explained(a, b, lang, alliances)
    assert match.reasons
    for reason in match.reasons:
        assert reason.sources, reason.text
        for source in reason.sources:
            if source != "alliances.members":
                resolve(workspace, source)
        for quoted in re.findall(r"[«“]\s?(.+?)\s?[»”]", reason.text):
            said = " ".join(t.text for x in (a, b) for t in (*x.needs, *x.skills))
            assert quoted.rstrip("…") in said


def test_each_side_is_told_in_its_own_words_when_registers_differ():
    lexicon = Lexicon({("reemploi",): ("reemploi",), ("on", "retape"): ("reemploi",)}, 2)
    _, match = explained(lexicon=lexicon)
    (told, *_) = texts(match, ReasonKind.TRANSLATION)
    assert told == (
        "Ce que Commune de Val-Perdu (registre administratif) appelle « Réemploi », "
        "Les Rayons (registre associatif) l'appelle « on retape »."
    )
    same = replace(ASSO, register="administratif")
    _, match = explained(b=same, lexicon=lexicon)
    assert texts(match, ReasonKind.TRANSLATION) == []


def test_a_term_of_one_side_is_glossed_in_the_register_of_the_other():
    lexicon = Lexicon(
        {("loi", "agec"): ("consigne",)}, 2, {"consigne": {"associatif": ("rendre ses bocaux",)}}
    )
    _, match = explained(lexicon=lexicon)
    reasons = [reason for reason in match.reasons if reason.kind is ReasonKind.TRANSLATION]
    assert "En leurs mots" in reasons[0].text
    assert reasons[1].text == (
        "Lexique : « loi AGEC », que dit Commune de Val-Perdu, se dit plutôt « rendre ses bocaux » "
        "dans le registre associatif."
    )
    assert reasons[1].sources[-2:] == ("actor:asso.register", "lexicon:consigne")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"territory": SAINT_PAUL}, "au-delà du rayon d'action"),
        ({"capacity": 0}, "ne plus pouvoir recevoir"),
        ({"updated": date(2021, 3, 1)}, "01/03/2021"),
        ({"updated": None}, "n'est pas daté"),
        ({"expires": date(2026, 2, 3)}, "a expiré le 03/02/2026"),
        ({"sector": "public"}, "même secteur"),
        ({"sector": "economique"}, "R2111-1"),
        ({"stage": Stage.SCALING}, "même stade"),
        ({"needs": (), "skills": ()}, "Aucun besoin"),
    ],
)
def test_what_speaks_against_a_match_is_said(changes, words):
    _, match = explained(replace(TOWN, stage=Stage.IDEA), replace(ASSO, **changes))
    cautions = texts(match, ReasonKind.CAUTION)
    assert any(words in caution for caution in cautions), cautions
    _, plain = explained(replace(TOWN, stage=Stage.IDEA), ASSO)
    assert not any(words in caution for caution in texts(plain, ReasonKind.CAUTION))


def test_history_names_partners_in_common_and_failed_alliances():
    alliances = [
        make_alliance("town", "crowd-01"),
        make_alliance("asso", "crowd-01"),
        make_alliance("town", "asso", title="Fête du vélo", status=AllianceStatus.FAILED),
    ]
    _, match = explained(alliances=alliances)
    assert "Organisation crowd-01" in texts(match, ReasonKind.HISTORY)[0]
    assert any("Fête du vélo" in caution for caution in texts(match, ReasonKind.CAUTION))


def test_every_phrase_and_every_feature_is_told_in_both_languages():
    assert set(FEATURE_LABELS) == set(FEATURES)
    for told in [*PHRASES.values(), *FEATURE_LABELS.values()]:
        assert set(told) == set(Lang)
        assert told[Lang.FR] != told[Lang.EN]
