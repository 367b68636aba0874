"""The sentences of explanations, in French and English; what is in braces comes from fields."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.taxonomy import Lang

PHRASES: Mapping[str, Mapping[Lang, str]] = {
    "answers": {
        Lang.FR: "{asker} cherche : « {need} » — {giver} apporte : « {skill} »",
        Lang.EN: "{asker} needs: “{need}” — {giver} brings: “{skill}”",
    },
    "brings": {
        Lang.FR: "{name} apporte : « {text} »",
        Lang.EN: "{name} brings: “{text}”",
    },
    "needs": {
        Lang.FR: "{name} cherche : « {text} »",
        Lang.EN: "{name} needs: “{text}”",
    },
    "you_call": {
        Lang.FR: "Ce que vous appelez « {here} », {name} l'appelle « {there} ».",
        Lang.EN: "What you call “{here}”, {name} calls “{there}”.",
    },
    "calls": {
        Lang.FR: "Ce que {asker} (registre {asker_register}) appelle « {here} », "
        "{giver} (registre {giver_register}) l'appelle « {there} ».",
        Lang.EN: "What {asker} ({asker_register} register) calls “{here}”, "
        "{giver} ({giver_register} register) calls “{there}”.",
    },
    "worlds": {
        Lang.FR: "En leurs mots : {asker} (registre {asker_register}) dit « {here} » ; "
        "{giver} (registre {giver_register}) dit « {there} ».",
        Lang.EN: "In their words: {asker} ({asker_register} register) says “{here}”; "
        "{giver} ({giver_register} register) says “{there}”.",
    },
    "glossed": {
        Lang.FR: "Lexique : « {here} », que dit {name}, se dit plutôt « {there} » "
        "dans le registre {register}.",
        Lang.EN: "Lexicon: “{here}”, as {name} says, is rather “{there}” in the {register} register.",
    },
    "same_commune": {
        Lang.FR: "Les deux sont à {place}.",
        Lang.EN: "Both are in {place}.",
    },
    "same_epci": {
        Lang.FR: "Même intercommunalité : {place}.",
        Lang.EN: "Same group of communes: {place}.",
    },
    "same_departement": {
        Lang.FR: "Même département : {place}.",
        Lang.EN: "Same département: {place}.",
    },
    "same_region": {
        Lang.FR: "Même région : {place}.",
        Lang.EN: "Same region: {place}.",
    },
    "distance": {
        Lang.FR: "{km} km à vol d'oiseau les séparent.",
        Lang.EN: "They are {km} km apart as the crow flies.",
    },
    "themes": {
        Lang.FR: "Thèmes en commun : {names}.",
        Lang.EN: "Themes in common: {names}.",
    },
    "sdgs": {
        Lang.FR: "Objectifs de développement durable en commun : {names}.",
        Lang.EN: "Sustainable Development Goals in common: {names}.",
    },
    "mission": {
        Lang.FR: "Leurs présentations parlent de sujets proches.",
        Lang.EN: "Their descriptions speak of related subjects.",
    },
    "partners": {
        Lang.FR: "Partenaires passés en commun : {names}.",
        Lang.EN: "Past partners in common: {names}.",
    },
    "one_way": {
        Lang.FR: "À sens unique pour l'instant : rien de net chez {giver} ne répond aux besoins de {asker}.",
        Lang.EN: "One way for now: nothing clear in what {giver} brings answers the needs of {asker}.",
    },
    "no_link": {
        Lang.FR: "Aucun besoin de l'un ne trouve de réponse nette chez l'autre.",
        Lang.EN: "No need of either clearly finds an answer in the other.",
    },
    "far": {
        Lang.FR: "{km} km : au-delà du rayon d'action déclaré ({radius} km).",
        Lang.EN: "{km} km: beyond the declared radius of action ({radius} km).",
    },
    "full": {
        Lang.FR: "{name} a déclaré ne plus pouvoir recevoir de mise en relation.",
        Lang.EN: "{name} has said that it can take no more introductions.",
    },
    "stale": {
        Lang.FR: "Le profil de {name} n'a pas été mis à jour depuis le {day} : à vérifier.",
        Lang.EN: "The profile of {name} has not been updated since {day}: to be checked.",
    },
    "undated": {
        Lang.FR: "Le profil de {name} n'est pas daté : à vérifier.",
        Lang.EN: "The profile of {name} is undated: to be checked.",
    },
    "expired": {
        Lang.FR: "Le profil de {name} a expiré le {day}.",
        Lang.EN: "The profile of {name} expired on {day}.",
    },
    "draft": {
        Lang.FR: "Le profil de {name} est un brouillon.",
        Lang.EN: "The profile of {name} is a draft.",
    },
    "same_sector": {
        Lang.FR: "Les deux relèvent du même secteur ({sector}).",
        Lang.EN: "Both belong to the same sector ({sector}).",
    },
    "stages": {
        Lang.FR: "Leurs projets n'en sont pas au même stade : {mine} pour {asker}, {theirs} pour {giver}.",
        Lang.EN: "Their projects are at different stages: {mine} for {asker}, {theirs} for {giver}.",
    },
    "failed": {
        Lang.FR: "Une alliance passée entre elles a échoué : {title}.",
        Lang.EN: "A past alliance between them failed: {title}.",
    },
    "allied": {
        Lang.FR: "Déjà alliées : {title}.",
        Lang.EN: "Already allied: {title}.",
    },
    "sourcing": {
        Lang.FR: "Acheteur public et entreprise : cette suggestion relève du sourcing "
        "(code de la commande publique, art. R2111-1), non d'une attribution.",
        Lang.EN: "Public buyer and business: this suggestion is sourcing (French public procurement code, "
        "art. R2111-1), not an award.",
    },
}

FEATURE_LABELS: Mapping[str, Mapping[Lang, str]] = {
    "need_met": {Lang.FR: "mes besoins ← ses compétences", Lang.EN: "my needs ← their skills"},
    "skill_wanted": {Lang.FR: "mes compétences → ses besoins", Lang.EN: "my skills → their needs"},
    "reciprocity": {Lang.FR: "réciprocité", Lang.EN: "reciprocity"},
    "mission": {Lang.FR: "missions proches", Lang.EN: "related missions"},
    "shared_themes": {Lang.FR: "thèmes en commun", Lang.EN: "shared themes"},
    "shared_sdgs": {Lang.FR: "ODD en commun", Lang.EN: "shared SDGs"},
    "proximity": {Lang.FR: "proximité", Lang.EN: "proximity"},
    "same_epci": {Lang.FR: "même intercommunalité", Lang.EN: "same group of communes"},
    "same_departement": {Lang.FR: "même département", Lang.EN: "same département"},
    "same_region": {Lang.FR: "même région", Lang.EN: "same region"},
    "beyond_radius": {Lang.FR: "hors du rayon d'action", Lang.EN: "beyond the radius of action"},
    "cross_sector": {Lang.FR: "secteurs différents", Lang.EN: "different sectors"},
    "cross_register": {Lang.FR: "registres différents", Lang.EN: "different registers"},
    "stage": {Lang.FR: "stades proches", Lang.EN: "similar stages"},
    "shared_partners": {Lang.FR: "partenaires en commun", Lang.EN: "shared partners"},
    "popularity": {Lang.FR: "habitude des alliances", Lang.EN: "experience of alliances"},
    "freshness": {Lang.FR: "profils à jour", Lang.EN: "fresh profiles"},
}


def phrase(key: str, lang: Lang, **values: object) -> str:
    """A sentence in a language with its fields filled in."""
    return PHRASES[key][lang].format(**values)


def feature_label(feature: str, lang: Lang) -> str:
    """What a feature is called in a language."""
    return FEATURE_LABELS.get(feature, {}).get(lang, feature)
