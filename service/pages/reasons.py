"""Why the engine refused a row or a file, in French: it speaks English."""

from __future__ import annotations

import re

from matcher.taxonomy import Lang

_TOLD: tuple[tuple[str, str], ...] = (
    (r"^missing; every record needs one", "absent ; chaque ligne doit en avoir un"),
    (r"^expected a list", "une liste est attendue"),
    (r"^expected a text", "un texte est attendu"),
    (r"^longer than (\d+) characters", "plus de {0} caractères : raccourcissez"),
    (r"^expected a whole number", "un nombre entier est attendu"),
    (r"^expected a number from (\S+) to (\S+)", "un nombre de {0} à {1} est attendu"),
    (r"^expected a (?:finite )?number", "un nombre est attendu"),
    (r"^expected a date", "une date est attendue : 2026-09-01 ou 01/09/2026"),
    (r"^unknown; expected one of: (.*)", "inconnu ; écrivez l'un de : {0}"),
    (r"^not an e-mail address", "ce n'est pas une adresse électronique"),
    (r"^expected an INSEE legal category", "une catégorie juridique de l'INSEE est attendue : 4 chiffres"),
    (r"^a natural person in business", "personne physique : Maillon ne garde que des organisations"),
    (
        r"^reads as a natural person",
        "semble désigner une personne ; si c'est une organisation, donnez sa forme juridique",
    ),
    (r"^expected an INSEE code", "un code INSEE est attendu : 5 caractères, et non un code postal"),
    (r"^latitude and longitude go together", "latitude et longitude vont ensemble"),
    (
        r"^already used with another content \((.*), line (\d+)\)",
        "identifiant déjà pris ligne {1} avec un autre contenu ; la première est gardée",
    ),
    (
        r"^the byte (\S+) does not fit",
        "l'octet {0} ne va pas avec l'encodage du fichier ; enregistrez-le en UTF-8",
    ),
    (r"^the character (\S+) does not belong", "le caractère {0} n'a pas sa place dans un texte ; enlevez-le"),
    (
        r"^(\d+) cells where the header has (\d+)",
        "{0} cellules pour {1} colonnes ; mettez entre guillemets celles qui contiennent un séparateur",
    ),
    (r"^a quote is opened and never closed", "un guillemet est ouvert et jamais fermé"),
    (r"^not CSV", "cette ligne n'est pas du CSV"),
    (r"^not JSON", "cette ligne n'est pas du JSON"),
    (r"^expected (?:a )?JSON", "un objet JSON par ligne est attendu"),
    (r"^the cell shows an error", "la cellule affiche une erreur ; corrigez sa formule ou videz-la"),
    (r"^two of its fields are read as", "deux de ses champs sont lus comme le même"),
    (
        r"^not of your territories",
        "hors de vos territoires : seuls leurs catalyseurs peuvent le changer",
    ),
    (
        r"no column (.*), which every record needs",
        "Il manque une colonne pour : {0}. Dites quelle colonne la contient, ou ajoutez-la au fichier.",
    ),
    (r"a column comes twice", "Deux colonnes sont lues comme le même champ : n'en gardez qu'une."),
    (r"the header names (.*) more than once", "La première ligne nomme deux fois : {0}."),
    (
        r"not an .xlsx workbook",
        "Ce fichier n'est pas un classeur .xlsx lisible : enregistrez-le de nouveau, ou passez par le CSV.",
    ),
    (
        r"this is a workbook or an archive",
        "Ce fichier est un classeur ou une archive, pas du texte : donnez-lui son vrai suffixe (.xlsx).",
    ),
    (r"no header found|the sheet is empty", "Le fichier est vide : sa première ligne nomme les colonnes."),
    (
        r"unpacks to (\d+) bytes",
        "Le classeur est trop gros une fois ouvert ({0} octets) : envoyez-le en plusieurs parties.",
    ),
    (
        r"a sheet holds more than (\d+) rows or (\d+) columns",
        "Une feuille a plus de {0} lignes ou {1} colonnes : coupez-la, ou effacez ce qui la suit.",
    ),
    (r"^(\d+) rows, more than (\d+)", "{0} lignes, plus que {1} : envoyez le fichier en plusieurs parties."),
    (r"not utf-16", "Le fichier se dit en UTF-16 et ne l'est pas : enregistrez-le en UTF-8."),
    (r"cannot be written: ", "La base ne peut pas être écrite : rien n'est importé. Réessayez plus tard."),
    (r"unknown format", "Format inconnu : envoyez un fichier .csv, .xlsx ou .jsonl."),
    (
        r"^interrupted",
        "Le travail a été interrompu. Envoyez le fichier de nouveau : ce qui est entré reste inchangé.",
    ),
    (r"^failed", "Une erreur est survenue ; elle a été notée. Envoyez le fichier de nouveau."),
)
_PATTERNS = tuple((re.compile(pattern), french) for pattern, french in _TOLD)
_PLAIN_ENGLISH = {
    "interrupted": "The work was interrupted; upload the file again: what went in stays unchanged.",
    "failed": "Something went wrong and was logged. Upload the file again.",
}


def reason_in(lang: Lang, reason: str) -> str:
    """A reason in a language; one that nobody translated stays in English."""
    if lang is not Lang.FR:
        return _PLAIN_ENGLISH.get(reason, reason)
    for pattern, french in _PATTERNS:
        if found := pattern.search(reason):
            return french.format(*found.groups())
    return reason
