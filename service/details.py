"""What the API answers when it refuses, in French: the engine and the service speak English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from matcher.taxonomy import Lang
from service.pages.reasons import reason_in

_TOLD: tuple[tuple[str, str], ...] = (
    (r"^Not Found$", "il n'y a rien à cette adresse"),
    (r"^Method Not Allowed$", "cette adresse ne connaît pas cette méthode ; voyez l'en-tête Allow"),
    (r"^There was an error parsing the body$", "le corps de la requête ne peut pas être lu"),
    (r"^no such actor; `maillon", "cet acteur n'existe pas ; GET /v1/actors donne les identifiants"),
    (r"^no such actor; import", "cet acteur n'existe pas ; envoyez d'abord les acteurs"),
    (r"^no such (\w+)$", "cet enregistrement n'existe pas ({0})"),
    (
        r"^no actor is there",
        "aucun acteur n'y est ; donnez une commune, EPCI, département ou région, nom ou code",
    ),
    (r"^several EPCI bear this name", "plusieurs EPCI portent ce nom ; donnez le code de l'un d'eux"),
    (
        r"^proposal (\S+) is at revision (\d+), not (\d+)",
        "la proposition {0} en est à la révision {1}, non {2} ; relisez-la",
    ),
    (
        r"^(.*) has this pair in hand",
        "{0} a cette paire en main et seul la met en relation (elle peut être réattribuée)",
    ),
    (
        r"^(\w+) is not possible while the proposal is (\w+); possible from: (.*)$",
        "{0} n'est pas possible quand la proposition est à l'état {1} ; possible depuis : {2}",
    ),
    (
        r"^(\w+) is not possible while the proposal is (\w+); there is nothing to undo",
        "il n'y a rien à annuler (la proposition est à l'état {1})",
    ),
    (r"^expected who decides", "dites qui décide"),
    (r"^expected 0 to (\d+)", "un nombre de 0 à {0} est attendu"),
    (r"^expected -1 to 3", "un nombre de -1 à 3 est attendu"),
    (r"^expected 3, 6 or 12", "3, 6 ou 12 est attendu, pour un suivi"),
    (r"^(\w+) needs one$", "{0} en demande un"),
    (r"^declining or postponing needs", "décliner ou reporter demande une raison codée"),
    (r"^an alliance has two members or more", "une alliance a deux membres ou plus"),
    (r"^missing; write it as YYYY-MM-DD", "absent ; écrivez 2026-09-01"),
    (r"^before the start, (\S+)", "avant le début, {0}"),
    (r"^expected an object with (.*)", "un objet avec {0} est attendu"),
    (r"^expected texts, none of them empty", "des textes sont attendus, aucun vide"),
    (r"^not a member of this alliance", "n'est pas membre de cette alliance"),
    (
        r"^an actor is not (?:matched with|proposed to) itself",
        "un acteur ne va pas avec lui-même ; donnez deux",
    ),
    (r"^expected a distance above 0 km", "une distance de plus de 0 km est attendue"),
    (r"^the actor has no coordinates", "l'acteur n'a pas de coordonnées d'où compter"),
    (r"^ask for at least one", "demandez-en au moins un"),
    (r"^empty; write a need or a skill", "vide ; écrivez un besoin ou une compétence en quelques mots"),
    (r"^expected need or skill", "need (besoin) ou skill (compétence) est attendu"),
    (r"^expected fr or en", "fr ou en est attendu"),
    (r"^expected one line", "une seule ligne est attendue"),
    (r"^expected one of the pair: (.*)", "l'un des deux est attendu : {0}"),
    (r"^expected one of: (.*)", "l'un de ceux-ci est attendu : {0}"),
    (r"^already used with another content", "déjà utilisé avec un autre contenu ; le premier est gardé"),
    (r"^not a cursor of ours", "ce curseur n'est pas de nous ; recommencez sans curseur"),
    (r"^unknown field$", "champ inconnu"),
    (r"^id: the body says (.*), the address (.*)", "id : le corps dit {0}, l'adresse {1}"),
    (
        r"^id: an identifier does not change",
        "id : un identifiant ne change pas ; créez un autre enregistrement",
    ),
    (r"^(\S+) was used for another request", "{0} a servi à une autre requête ; prenez-en une nouvelle"),
    (r"^the answer given to this (\S+) was", "la réponse donnée à cette {0} est scellée sous une autre clé"),
    (r"^(\S+): 1 to (\d+) printable characters", "{0} : de 1 à {1} caractères imprimables"),
    (r"^(.*) is now (\S+); read it again", "{0} est maintenant {1} ; relisez-le"),
    (
        r"^If-Match: expected a revision such as \"3\", got (.*)",
        'If-Match : une révision telle que "3", non {0}',
    ),
    (
        r"^send Authorization: Bearer KEY",
        "envoyez Authorization: Bearer CLÉ ; `maillon keys add` en fait une",
    ),
    (r"^this key may call again in (\S+) s", "cette clé peut appeler de nouveau dans {0} s"),
    (r"^this (?:key|account) lacks the scope (\w+)", "il lui manque le droit {0}"),
    (r"^erasing an actor needs the scope admin", "effacer un acteur demande le droit admin"),
    (r"^this actor is not of your territories", "cet acteur n'est pas de vos territoires"),
    (
        r"^the form is too old or not ours",
        "le formulaire est trop ancien ou n'est pas de nous ; rechargez la page",
    ),
    (r"^sign in at /connexion", "connectez-vous à /connexion"),
    (r"^try again in a moment", "recommencez dans un moment"),
    (r"^the index is being built", "l'index est en construction"),
    (r"^no OpenID Connect issuer is set", "aucun service d'identification n'est réglé"),
    (
        r"^webhooks need MAILLON_SECRET_KEY",
        "les webhooks demandent MAILLON_SECRET_KEY ; voyez docs/settings.md",
    ),
    (r"^expected an https:// address", "une adresse en https:// est attendue"),
    (r"^not an address", "ce n'est pas une adresse"),
    (
        r"^leads inside a network, not to a public address",
        "mène dans un réseau interne ; si c'est voulu, nommez-le dans MAILLON_WEBHOOK_NETWORKS",
    ),
    (
        r"^a request holds at most (\d+) bytes",
        "une requête a au plus {0} octets ; envoyez-la en plusieurs parties",
    ),
    (
        r"^the body did not arrive within (\S+) s",
        "le corps n'est pas arrivé en {0} s ; envoyez-le en plusieurs parties",
    ),
    (r"^the failure was logged", "l'échec a été noté sous l'identifiant X-Request-ID de cette requête"),
    (r"^(.*) cannot be read: ", "{0} ne peut pas être lu ; la base ne répond pas"),
    (r"^(.*) cannot be written: ", "{0} ne peut pas être écrit ; la base ne répond pas"),
    (r"^(.*) is not a Maillon workspace: ", "{0} n'est pas un espace de travail de Maillon"),
    (r"^(.*) is not a directory; make it", "{0} n'est pas un dossier ; créez-le ou donnez un autre espace"),
    (
        r"^the workspace was written by a later version",
        "l'espace a été écrit par une version plus récente de Maillon",
    ),
    (
        r"^the model (.*) cannot be used: ",
        "le modèle {0} ne peut pas être utilisé ; remettez ses fichiers en état, ou donnez-en un autre",
    ),
    (
        r"^the adapter (.*) was trained on the weights",
        "l'adaptateur {0} vient d'autres poids ; entraînez-le de nouveau, ou MAILLON_ADAPTER=none",
    ),
    (
        r"^(.*) is no adapter of an encoder, or is damaged",
        "{0} n'est pas un adaptateur, ou est abîmé ; remettez-le en état, ou MAILLON_ADAPTER=none",
    ),
    (
        r"^(.*) cannot be read \(.*\); train the model again",
        "{0} ne peut pas être lu ; entraînez de nouveau le modèle",
    ),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), french) for pattern, french in _TOLD)
_BY_FIELD = re.compile(r"^([\w.\[\]:-]{1,100}): (.*?)(?: \(got (.*)\))?$", re.DOTALL)
_BY_KIND: Mapping[str, str] = {
    "missing": "absent",
    "extra_forbidden": "champ inconnu",
    "string_type": "un texte est attendu",
    "string_too_long": "plus de {max_length} caractères",
    "string_too_short": "moins de {min_length} caractères",
    "string_pattern_mismatch": "un texte de cette forme est attendu : {pattern}",
    "string_unicode": "ce texte n'est pas en UTF-8",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "int_parsing_size": "ce nombre est trop grand",
    "float_type": "un nombre est attendu",
    "float_parsing": "un nombre est attendu",
    "finite_number": "un nombre fini est attendu",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "greater_than": "un nombre au-dessus de {gt} est attendu",
    "greater_than_equal": "un nombre d'au moins {ge} est attendu",
    "less_than": "un nombre au-dessous de {lt} est attendu",
    "less_than_equal": "un nombre d'au plus {le} est attendu",
    "enum": "l'un de ceux-ci est attendu : {expected}",
    "literal_error": "l'un de ceux-ci est attendu : {expected}",
    "list_type": "une liste est attendue",
    "dict_type": "un objet est attendu",
    "model_type": "un objet est attendu",
    "model_attributes_type": "un objet est attendu",
    "too_long": "plus de {max_length} éléments",
    "too_short": "moins de {min_length} éléments",
    "json_invalid": "ce n'est pas du JSON",
    "date_type": "une date est attendue : 2026-09-01",
    "date_parsing": "une date est attendue : 2026-09-01",
    "date_from_datetime_parsing": "une date est attendue : 2026-09-01",
    "date_from_datetime_inexact": "une date sans heure est attendue : 2026-09-01",
}
"""Faults of a request's shape by their type in pydantic, whose own words are English."""


def detail_in(lang: Lang, text: str) -> str:
    """What is told of a refusal, in a language; what nobody translated stays in English."""
    if lang is not Lang.FR:
        return text
    for pattern, french in _PATTERNS:
        if found := pattern.search(text):
            return french.format(*found.groups())
    reason = reason_in(lang, text)
    by_field = _BY_FIELD.match(text) if reason == text else None
    if by_field is None:
        return reason
    field, inner, got = by_field.groups()
    return f"{field} : {detail_in(lang, inner)}" + ("" if got is None else f" (reçu : {got})")


def fault_in(lang: Lang, fault: Mapping[str, Any]) -> str:
    """What pydantic found wrong, in a language."""
    french = _BY_KIND.get(fault["type"]) if lang is Lang.FR else None
    return str(fault["msg"]) if french is None else french.format(**fault.get("ctx", {}))


def errors_in(lang: Lang, errors: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Entries of `errors` with their reasons in a language."""
    return [dict(one) | {"reason": detail_in(lang, one["reason"])} for one in errors]
