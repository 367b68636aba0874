"""The sentences of quality hints, in French and English: what was seen, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.quality import Hint, HintCode, Part
from matcher.taxonomy import Lang

_FR, _EN = Lang.FR, Lang.EN
HINTS: Mapping[HintCode, Mapping[Lang, tuple[str, str]]] = {
    HintCode.PERSONAL_DATA: {
        _FR: (
            "« {found} » désigne une personne.",
            "Écrivez la fonction (« la direction », « l'accueil ») ; un nom va dans les coordonnées.",
        ),
        _EN: (
            "“{found}” names a person.",
            "Write the function (“management”, “reception”); a name belongs to the contact.",
        ),
    },
    HintCode.SENSITIVE_DATA: {
        _FR: (
            "« {found} » peut être une donnée de santé ou une autre donnée sensible d'une personne (RGPD).",
            "Parlez du public accompagné en général, jamais de la situation d'une personne.",
        ),
        _EN: (
            "“{found}” may be health data or other sensitive data of a person (GDPR).",
            "Speak of the people you support in general, never of one person's situation.",
        ),
    },
    HintCode.CONTACT_IN_TEXT: {
        _FR: (
            "Des coordonnées se trouvent dans un texte : {found}.",
            "Déplacez-les dans les coordonnées, gardées à part ; les propositions ne les lisent pas.",
        ),
        _EN: (
            "A text holds contact details: {found}.",
            "Move them to the contact, which is kept apart; proposals do not read them.",
        ),
    },
    HintCode.EXPIRED: {
        _FR: (
            "Le profil a expiré le {day} : il n'est plus proposé.",
            "Vérifiez-le avec l'acteur, puis donnez une nouvelle date de fin.",
        ),
        _EN: (
            "The profile expired on {day}: it is no longer proposed.",
            "Check it with the actor, then give it a new end date.",
        ),
    },
    HintCode.NO_NEED: {
        _FR: (
            "Aucun besoin n'est écrit : personne ne peut y répondre.",
            "Demandez-lui : « quels sont vos défis ? » et notez au moins un besoin précis.",
        ),
        _EN: (
            "No need is written: nobody can answer one.",
            "Ask: “what are your challenges?” and note one precise need at least.",
        ),
    },
    HintCode.NO_SKILL: {
        _FR: (
            "Aucune contribution n'est écrite : l'acteur ne sera proposé à personne pour ce qu'il apporte.",
            "Demandez-lui : « que pouvez-vous apporter ? » (des heures, un lieu, une machine, un réseau).",
        ),
        _EN: (
            "No contribution is written: the actor is proposed to nobody for what it brings.",
            "Ask: “what can you contribute?” (hours, a place, a machine, a network).",
        ),
    },
    HintCode.NO_PLACE: {
        _FR: (
            "La commune n'est pas connue : ni distance ni territoire ne comptent.",
            "Choisissez la commune où l'acteur agit.",
        ),
        _EN: (
            "The commune is not known: neither distance nor territory counts.",
            "Choose the commune where the actor works.",
        ),
    },
    HintCode.PLACE_UNKNOWN: {
        _FR: (
            "La commune {commune} n'est pas dans le répertoire : seul son département est connu.",
            "Vérifiez le code INSEE, ou demandez à votre administrateur le fichier complet des communes.",
        ),
        _EN: (
            "The commune {commune} is not in the gazetteer: only its département is known.",
            "Check the INSEE code, or ask your administrator for the full file of communes.",
        ),
    },
    HintCode.VAGUE_NEED: {
        _FR: (
            "Le besoin « {text} » est trop vague pour être rapproché d'une compétence.",
            "Dites quoi, combien, quand, où et sous quelle contrainte.",
        ),
        _EN: (
            "The need “{text}” is too vague to meet a skill.",
            "Say what, how much, when, where and under which constraint.",
        ),
    },
    HintCode.VAGUE_SKILL: {
        _FR: (
            "La contribution « {text} » est trop vague pour répondre à un besoin.",
            "Dites ce qui est offert, en quelle quantité et à quelles conditions.",
        ),
        _EN: (
            "The contribution “{text}” is too vague to answer a need.",
            "Say what is offered, how much of it and on which conditions.",
        ),
    },
    HintCode.SAME_TEXT: {
        _FR: (
            "Un besoin et une contribution disent la même chose : « {text} » et « {other} ».",
            "Gardez ce que l'acteur cherche d'un côté, ce qu'il apporte de l'autre.",
        ),
        _EN: (
            "A need and a contribution say the same: “{text}” and “{other}”.",
            "Keep what the actor lacks on one side, what it brings on the other.",
        ),
    },
    HintCode.LONG_TEXT: {
        _FR: (
            "Le texte « {text} » est long : il mêle sans doute plusieurs choses.",
            "Écrivez un besoin ou une contribution par ligne ; le reste va dans la présentation.",
        ),
        _EN: (
            "The text “{text}” is long: it probably says several things.",
            "Write one need or contribution a line; the rest belongs to the description.",
        ),
    },
    HintCode.STALE: {
        _FR: ("Le profil date du {day}.", "Relisez-le avec l'acteur et datez-le d'aujourd'hui."),
        _EN: ("The profile is of {day}.", "Go through it with the actor and date it today."),
    },
    HintCode.UNDATED: {
        _FR: ("Le profil n'est pas daté.", "Dites quand il était exact pour la dernière fois."),
        _EN: ("The profile is not dated.", "Say when it was last true."),
    },
    HintCode.EXPIRES_SOON: {
        _FR: ("Le profil expire le {day}.", "Vérifiez-le avant cette date pour qu'il reste proposé."),
        _EN: ("The profile expires on {day}.", "Check it before that day so that it stays proposed."),
    },
    HintCode.REGISTER_DOUBTFUL: {
        _FR: (
            "Le registre « {register} » est rare pour une forme juridique {legal_form}.",
            "Choisissez le registre dans lequel ses textes sont écrits.",
        ),
        _EN: (
            "The register “{register}” is rare for a legal form of {legal_form}.",
            "Choose the register in which its texts are written.",
        ),
    },
    HintCode.NO_DESCRIPTION: {
        _FR: (
            "La présentation manque ou tient en quelques mots.",
            "Deux phrases suffisent : qui est-ce, pour qui, avec quels moyens.",
        ),
        _EN: (
            "The description is missing or a few words long.",
            "Two sentences are enough: who it is, for whom, with which means.",
        ),
    },
    HintCode.NO_CAPACITY: {
        _FR: (
            "On ne sait pas combien de mises en relation l'acteur peut recevoir.",
            "Demandez-lui un nombre ; 0 le met en pause.",
        ),
        _EN: (
            "How many introductions the actor can take is not known.",
            "Ask for a number; 0 pauses it.",
        ),
    },
    HintCode.FULL: {
        _FR: (
            "L'acteur a dit ne plus pouvoir recevoir de mise en relation.",
            "Il n'est plus proposé ; augmentez le nombre quand il est de nouveau disponible.",
        ),
        _EN: (
            "The actor said that it takes no more introductions.",
            "It is not proposed; raise the number when it is available again.",
        ),
    },
    HintCode.NO_CONTACT: {
        _FR: (
            "Ni adresse électronique ni téléphone : on ne saura pas comment le joindre.",
            "Notez des coordonnées de l'organisation ; elles restent à part du profil.",
        ),
        _EN: (
            "Neither e-mail address nor telephone: nobody will know how to reach it.",
            "Note how to reach the organisation; it is kept apart from the profile.",
        ),
    },
    HintCode.DRAFT: {
        _FR: (
            "Le profil est un brouillon : il n'est pas proposé.",
            "Publiez-le quand l'acteur est d'accord.",
        ),
        _EN: ("The profile is a draft: it is not proposed.", "Publish it once the actor agrees."),
    },
}
PARTS: Mapping[Part, Mapping[Lang, str]] = {
    Part.NEEDS: {_FR: "au moins un besoin", _EN: "one need at least"},
    Part.SKILLS: {_FR: "au moins une contribution", _EN: "one contribution at least"},
    Part.PLACE: {_FR: "la commune", _EN: "the commune"},
    Part.DESCRIPTION: {_FR: "une présentation de deux phrases", _EN: "a description of two sentences"},
    Part.FRESH: {_FR: "un profil de moins de dix-huit mois", _EN: "a profile of the last eighteen months"},
    Part.THEMES: {_FR: "un thème", _EN: "a theme"},
    Part.CAPACITY: {
        _FR: "le nombre de mises en relation possibles",
        _EN: "how many introductions it can take",
    },
    Part.CONTACT: {_FR: "une adresse ou un téléphone", _EN: "an address or a telephone number"},
}


def said_of(hint: Hint, lang: Lang) -> tuple[str, str]:
    """What was seen, and what to do."""
    seen, to_do = HINTS[hint.code][lang]
    return seen.format(**hint.values), to_do
