"""Introductions: each side is written to in its own register, quoting both in their own words."""

import string

import pytest

from matcher.errors import InputError
from matcher.introductions import PIECES, default_templates, introduce, is_sourcing, load_templates
from matcher.lexicon import Lexicon
from matcher.taxonomy import Lang, default_taxonomy

NONE = Lexicon({}, 0)
KNOWN = {
    "opening": {"me", "other", "place"},
    "need": {"other", "need", "skill"},
    "skill": {"other", "need", "skill"},
    "call": {"here", "there"},
    "next": set(),
    "closing": {"signature"},
}


def side(name, sector, register, commune="Redon"):
    return {"id": name, "name": f"Nom de {name}", "sector": sector, "register": register, "commune": commune}


def link(need_actor, need, skill_actor, skill, strength=0.8):
    return {
        "need_actor": need_actor,
        "need": need,
        "skill_actor": skill_actor,
        "skill": skill,
        "strength": strength,
    }


def served(**changes):
    return {
        "actor": side("ville", "public", "administratif"),
        "other": side("velo", "interet_general", "associatif", None),
        "needs_met": [link("ville", "un {diagnostic} mobilité", "velo", "des bénévoles qui réparent")],
        "skills_wanted": [link("velo", "un local", "ville", "un entrepôt vide")],
    } | changes


def write(to, lang=Lang.FR, lexicon=NONE, **changes):
    return introduce(served(**changes), to, "Ana, catalyseuse", lang, lexicon, default_templates())


def fields_of(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("register", default_taxonomy().registers)
def test_every_register_has_every_sentence_in_both_languages(register, lang):
    pieces = default_templates().registers[register][lang]
    assert set(pieces) == set(PIECES)
    for piece, text in pieces.items():
        assert fields_of(text) <= KNOWN[piece]
    assert {"need", "skill"} <= fields_of(pieces["need"]) & fields_of(pieces["skill"])


def test_no_two_registers_say_it_alike():
    for lang in Lang:
        for piece in PIECES:
            said = [pieces[lang][piece] for pieces in default_templates().registers.values()]
            assert len(set(said)) == len(said)


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("to", ["ville", "velo"])
def test_both_directions_are_quoted_to_both_as_each_wrote_them(to, lang):
    message = write(to, lang)
    for text in ("un {diagnostic} mobilité", "des bénévoles qui réparent", "un local", "un entrepôt vide"):
        assert text in message.body
    assert message.body.endswith("Ana, catalyseuse")
    assert "Nom de ville" in message.subject


def test_each_side_is_written_to_in_its_register():
    assert write("ville").body.startswith("Madame, Monsieur")
    assert write("velo").body.startswith("Bonjour,")
    unknown = write("ville", actor=side("ville", "public", "martien"))
    assert unknown.body.startswith("Madame, Monsieur")


def test_the_sector_decides_whether_it_is_sourcing():
    business = side("velo", "economique", "entreprise")
    assert "R2111-1" in write("ville", other=business).body
    assert "R2111-1" not in write("ville").body
    assert is_sourcing(served(other=business))


def test_what_one_calls_x_the_other_calls_y_seen_from_each_side():
    words = Lexicon({("local",): ("place",), ("entrepot",): ("place",)}, 1)
    assert (
        "vous appelez « entrepôt », votre interlocuteur l'appelle « local »"
        in write("ville", lexicon=words).body
    )
    assert "vous appelez « local », eux l'appellent « entrepôt »" in write("velo", lexicon=words).body


def test_weak_links_are_left_out_unless_there_is_no_other():
    strong, weak = link("ville", "fort", "velo", "s"), link("ville", "faible", "velo", "s", 0.1)
    assert "faible" not in write("ville", needs_met=[strong, weak]).body
    assert "faible" in write("ville", needs_met=[weak]).body


def test_a_pair_without_links_is_still_introduced():
    body = write("velo", needs_met=[], skills_wanted=[]).body
    assert "Nom de ville" in body


def test_only_one_of_the_pair_is_written_to():
    with pytest.raises(InputError, match="ville, velo"):
        write("mars")


def test_a_broken_file_of_templates_is_named(tmp_path):
    path = tmp_path / "t.json"
    path.write_text('{"subject": {}}')
    with pytest.raises(InputError, match="missing"):
        load_templates(path)
    path.write_text("[")
    with pytest.raises(InputError, match="JSON"):
        load_templates(path)
