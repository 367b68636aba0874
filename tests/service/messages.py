"""What pages say: the texts to translate, and what stands in a template without being one."""

import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

SERVICE = Path(__file__).parents[2] / "service"
TEMPLATES = sorted((SERVICE / "templates").glob("*.html"))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}
JINJA_OPTIONS = {"trimmed": "true", "extensions": "jinja2.ext.do", "silent": "false"}
SHOWN = {"aria-label", "title", "placeholder", "alt", "label"}
NAMES = {"Maillon", "English", "Français", "km", "min"}


def texts_of(path):
    """The messages of one file, the first form of each."""
    is_template = path.suffix == ".html"
    method = "jinja2.ext:babel_extract" if is_template else "python"
    options = JINJA_OPTIONS if is_template else None
    found = extract_from_file(method, path, keywords=KEYWORDS, options=options)
    return {message if isinstance(message, str) else message[0] for _, message, *_ in found}


def all_texts():
    """Every message of templates and pages."""
    sources = [*TEMPLATES, *sorted((SERVICE / "pages").glob("*.py"))]
    return set().union(*map(texts_of, sources))


def catalogues():
    """text -> translation, and texts that two catalogues say differently."""
    known, torn = {}, []
    for path in sorted((SERVICE / "locale" / "en").glob("*.po")):
        with path.open("rb") as file:
            messages = list(read_po(file))
        for message in messages:
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                if known.setdefault(key, message.string) != message.string:
                    torn.append(key)
    return known, torn


def untranslated(source):
    """The words of a template that no translation reaches."""
    bare = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{#.*?#\}", "", source, flags=re.DOTALL)
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", bare, flags=re.DOTALL)
    found = []

    class Words(HTMLParser):
        def handle_data(self, data):
            found.extend(word for word in re.findall(r"[^\W\d_]{2,}", data) if word not in NAMES)

        def handle_starttag(self, tag, attributes):  # noqa: ARG002
            for name, value in attributes:
                if name in SHOWN and re.search(r"[^\W\d_]{2,}", value or ""):
                    found.append(value)

    Words().feed(bare)
    return found
