"""A real browser on a running service with the sample data, and somebody signed in."""

import os
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from argon2 import PasswordHasher
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from matcher.access import Person, Scope
from matcher.adapters.tables import read_rows
from matcher.importing import RecordKind
from matcher.settings import Settings
from matcher.taxonomy import sample_directory
from service.app import create_app
from service.proposal_schemas import ProposeIn
from service.routes.proposals import generate
from tests.browser.pictures import picture_of

CHROMIUM = Path(os.environ.get("MAILLON_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KEEP_SCREENS = bool(os.environ.get("MAILLON_SCREENS"))
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
SPREADSHEET = """identifiant;nom;secteur;registre;code INSEE;besoins;couleur
redon-bassin;Syndicat mixte de la Basse-Prée;public;administratif;44092;un four|du sel;bleu
maison-neuve;La Maison neuve;interet_general;associatif;35236;un local chauffé le mercredi;vert
inventee;Mme Inventée;interet_general;associatif;;;
"""
NAME, PASSWORD = "Ana", "un mot de passe long"


class Site:
    """A service on a loopback port, and what it keeps."""

    def __init__(self, workspace):
        model = "embedded" if KEEP_SCREENS else "hashing"  # pictures show what users will see
        self.app = create_app(
            Settings(workspace=str(workspace), model=model, uploads=workspace.parent / "uploads")
        )
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    @property
    def tenant(self):
        return self.app.state.tenants.of("default")

    @property
    def access(self):
        return self.app.state.tenants.backend.access

    def add_person(self, name=NAME, territories=(), scopes=(Scope.READ, Scope.WRITE, Scope.REVIEW)):
        kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        self.access.put_person(
            Person(name, "default", name, frozenset(scopes), kept, territories=tuple(territories))
        )

    def close(self):
        self._server.should_exit = True
        self._thread.join(10)
        self.app.state.tenants.close()


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium; without it the tests are skipped, except in CI where they fail.

    A module at a time, because playwright holds an event loop in this thread while it is open.
    """
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is not here: install Debian's chromium or set MAILLON_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A service that holds the sample data, shared by tests that only read."""
    made = make_site(tmp_path_factory.mktemp("site"))
    yield made
    made.close()


@pytest.fixture
def own_site(tmp_path):
    """A service of this test alone, for tests that write."""
    made = make_site(tmp_path)
    yield made
    made.close()


def make_site(directory):
    """A service on the sample data with proposals in Ana's whole country."""
    made = Site(directory / "maillon.db")
    workspace = made.tenant.workspace
    for name, kind in (("actors.jsonl", RecordKind.ACTORS), ("alliances.jsonl", RecordKind.ALLIANCES)):
        assert not workspace.import_rows(kind, read_rows(sample_directory() / name, kind)).rejects
    generate(ProposeIn(limit=40), made.tenant)
    made.add_person(territories=("FR",))
    return made


@pytest.fixture
def make_page(browser):
    """Makes pages of fresh browsers; `width`, `lang`, `script` as the visitor has them."""
    opened = []

    def make(width=1280, lang="fr", *, script=True):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            locale={"fr": "fr-FR", "en": "en-GB"}[lang],
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield make
    for context in opened:
        context.close()


def sign_in(page, site, name=NAME, to="/a-examiner"):
    """Open the form as a visitor does, and land on a page."""
    page.goto(f"{site.url}/connexion?suite={to}")
    page.locator("input[name=nom]").fill(name)
    page.locator("input[name=mot_de_passe]").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url(f"{site.url}{to}")
    return page


@pytest.fixture
def signed_in(make_page, site):
    """A page of somebody signed in, on the service that tests share."""
    return sign_in(make_page(), site)


@pytest.fixture
def check_axe():
    """Fails on any violation of WCAG 2.1 A and AA that axe-core finds on a page."""
    axe = Axe()

    def check(page):
        found = axe.run(page, options=RULES).response["violations"]
        told = [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
        assert told == []

    return check


@pytest.fixture
def screenshot():
    """Keeps a picture of a page in docs/screens when MAILLON_SCREENS is set (`make screens`)."""

    def take(page, name, lang, width):
        if KEEP_SCREENS:
            SCREENS.mkdir(exist_ok=True)
            reader = page.context.browser.new_page()
            (SCREENS / f"{name}-{lang}-{width}.png").write_bytes(picture_of(page, reader))
            reader.close()

    return take
