"""What the columns of a file of actors hold, in the words of those who fill it."""

from __future__ import annotations

from collections.abc import Mapping

from service.pages.language import mark

MEANINGS: Mapping[str, str] = {
    "id": mark("identifiant, unique et stable"),
    "name": mark("nom de l'organisation"),
    "sector": mark("public, economique, interet_general ou academique_accompagnement"),
    "register": mark("sa langue : administratif, entreprise, associatif, cooperatif ou academique"),
    "legal_form": mark("catégorie juridique de l'INSEE, 4 chiffres ; 1xxx (une personne) est refusée"),
    "description": mark("qui elle est et pour qui, dans ses mots"),
    "needs": mark("ce qui lui manque, un texte par besoin"),
    "skills": mark("ce qu'elle peut apporter, un texte par contribution"),
    "themes": mark("thèmes WALDEC, 6 chiffres"),
    "stage": mark("idee, preuve_de_concept, deploiement ou essaimage"),
    "aims": mark("fragilite, moteur"),
    "sdgs": mark("objectifs de développement durable, de 1 à 17"),
    "alliances_sought": mark(
        "alliances recherchées : mecenat, pratiques_responsables, cooperation_economique, "
        "innovation_societale, demarche_collective"
    ),
    "size": mark("personnes qui y travaillent"),
    "capacity": mark("mises en relation possibles en ce moment"),
    "commune": mark("code INSEE de sa commune ; le reste du territoire s'en déduit"),
    "commune_name": mark("nom de sa commune ou de sa ville"),
    "epci": mark("SIREN de son intercommunalité"),
    "epci_name": mark("nom de son intercommunalité"),
    "departement": mark("code de son département"),
    "region": mark("code de sa région ; code NUTS hors de France"),
    "country": mark("code ISO du pays, FR si vide"),
    "lat": mark("latitude en degrés"),
    "lon": mark("longitude en degrés"),
    "radius_km": mark("rayon d'action en kilomètres"),
    "updated": mark("jour où le profil était exact"),
    "expires": mark("après ce jour, il n'est plus proposé"),
    "status": mark("draft (brouillon) ou published (publié si vide)"),
    "contact_name": mark("qui demander ; gardé à part"),
    "contact_email": mark("adresse électronique ; gardée à part"),
    "contact_phone": mark("téléphone ; gardé à part"),
}
