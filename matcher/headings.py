"""Columns of people's own tables: which field of the schema each one was probably meant for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from matcher.schema import Field
from matcher.territory import fold

Names = Mapping[str, str] | None
"""Column -> the field that it is read as, "" for none; None when every column goes by its own name."""

CLOSE = 0.84
"""How much two names must share to be taken for one another (difflib's ratio)."""

SYNONYMS: Mapping[str, str] = {
    "id": "identifiant ident code reference ref numero num siret siren rna",
    "name": "nom denomination raison_sociale organisation structure acteur intitule "
    "nom_de_la_structure organization",
    "sector": "secteur type_d_acteur categorie type_de_structure",
    "register": "registre langage ton",
    "legal_form": "forme_juridique categorie_juridique statut_juridique",
    "description": "presentation objet activite activites mission missions qui_etes_vous resume",
    "needs": "besoin besoins defi defis quels_defis recherche attentes enjeux need",
    "skills": "competence competences contribution contributions quelles_contributions offre offres apports "
    "ressources savoir_faire skill",
    "themes": "theme thematique thematiques domaine domaines",
    "stage": "phase avancement maturite etape",
    "aims": "but buts finalite finalites aim",
    "sdgs": "odd objectifs_de_developpement_durable sdg",
    "alliances_sought": "alliances alliances_recherchees quelles_alliances type_d_alliance types_d_alliance",
    "size": "effectif effectifs taille nombre_de_salaries salaries",
    "capacity": "capacite disponibilite nombre_de_mises_en_relation",
    "commune": "code_insee insee code_commune",
    "commune_name": "nom_de_la_commune ville localite",
    "epci": "code_epci siren_epci",
    "epci_name": "intercommunalite nom_epci agglomeration",
    "departement": "dept code_departement",
    "region": "code_region",
    "country": "pays",
    "lat": "latitude",
    "lon": "longitude lng long",
    "radius_km": "rayon rayon_km rayon_d_action perimetre_km",
    "updated": "date_maj mise_a_jour derniere_mise_a_jour maj date",
    "expires": "expiration date_de_fin fin_de_validite valable_jusqu_au",
    "status": "statut publication etat",
    "contact_name": "contact nom_du_contact personne_a_contacter interlocuteur referent",
    "contact_email": "email courriel mail e_mail adresse_electronique adresse_mail",
    "contact_phone": "telephone tel portable numero_de_telephone phone",
    "members": "membres partenaires",
    "type": "type_alliance nature",
    "started": "debut date_de_debut depuis",
    "ended": "fin",
    "title": "titre",
    "notes": "note remarques commentaire commentaires",
}
"""field -> what people call it, folded, its words joined by underscores."""


def field_meant(column: str, fields: Iterable[Field]) -> str | None:
    """The field that a column was probably meant for, None when nothing is near."""
    names = _names(fields)
    asked = _folded(column)
    if asked in names:
        return names[asked]
    close = get_close_matches(asked, names, n=1, cutoff=CLOSE)
    return names[close[0]] if close else None


def suggested_columns(columns: Sequence[str], fields: Sequence[Field]) -> dict[str, str]:
    """Column -> field for those that can be told; a field's own name comes first, and no field twice."""
    known = {field.name for field in fields}
    found = {column: column.strip().lower() for column in columns if column.strip().lower() in known}
    for column in columns:
        meant = None if column in found else field_meant(column, fields)
        if meant is not None and meant not in found.values():
            found[column] = meant
    return {column: found[column] for column in columns if column in found}


def renamed(column: str, names: Names) -> str:
    """What a column is read as: the field that `names` gives it, else its own name.

    One that is to be left out ("") is called by its name in brackets, which no field has.
    """
    return (column if names is None else names.get(column, column)) or f"({column})"


def _names(fields: Iterable[Field]) -> dict[str, str]:
    """Every folded name of these fields -> the field."""
    names: dict[str, str] = {}
    for field in fields:
        for name in (field.name, *SYNONYMS.get(field.name, "").split()):
            names.setdefault(_folded(name), field.name)
    return names


def _folded(name: str) -> str:
    return fold(name).replace(" ", "_")
