"""The only module that chooses implementations: settings to a working workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from os import getuid
from pathlib import Path
from tempfile import gettempdir

from platformdirs import user_data_path

from matcher.access import DEFAULT_TENANT
from matcher.adapters.faiss_index import index_for
from matcher.adapters.sentence_encoder import EMBEDDED, SentenceEncoder, SentenceEncoderConfig
from matcher.adapters.sql_store import SqlBackend, default_store
from matcher.backend import Backend, Holdings
from matcher.complementarity import ComplementarityConfig
from matcher.complementarity import rank_texts as rank
from matcher.encoder import Encoder, FloatArray, HashingEncoder
from matcher.errors import WorkspaceError
from matcher.following import Parts
from matcher.lexicon import default_lexicon
from matcher.low_rank import shipped_adapter
from matcher.ranking import Ranking, WeightedSum
from matcher.ranking_files import Promoted
from matcher.registry import TENANTS, Registry
from matcher.settings import Settings, load_settings
from matcher.store import MemoryStore, Store
from matcher.taxonomy import Taxonomy, default_taxonomy, load_taxonomy, reference_directory
from matcher.territory import Gazetteer, default_gazetteer, load_gazetteer
from matcher.uploads import Uploads
from matcher.workspace import Workspace

MEMORY = ":memory:"
POSTGRESQL = ("postgresql://", "postgresql+psycopg://")
HASHING = "hashing"
NO_ADAPTER = "none"


def open_workspace(
    path_or_url: str | Path | None = None,
    *,
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    clock: Callable[[], date] = date.today,
) -> Workspace:
    """The workspace in a file (made when missing), a directory, at a URL (sqlite, postgresql) or ":memory:".

    `settings` come from the environment when not given, `encoder` from the settings. WorkspaceError
    when the store cannot be opened; a model is only loaded when a text has to be encoded.
    """
    settings = settings_for(path_or_url, settings)
    return Workspace(open_store(settings.workspace), make_parts(settings, encoder, clock))


def settings_for(path_or_url: str | Path | None, settings: Settings | None = None) -> Settings:
    """The settings, from the environment when None, with the workspace that is given in place of theirs."""
    settings = settings or load_settings()
    return settings if path_or_url is None else settings.model_copy(update={"workspace": str(path_or_url)})


def make_parts(
    settings: Settings,
    encoder: Encoder | None = None,
    clock: Callable[[], date] = date.today,
    tenant: str = DEFAULT_TENANT,
) -> Parts:
    """What a workspace is made of, as the settings say; `encoder` stands in for theirs."""
    reads = encoder or make_encoder(settings)
    return Parts(
        encoder=reads,
        make_index=index_for,
        ranking=_ranking(settings, reads, tenant),
        taxonomy=make_taxonomy(settings),
        gazetteer=make_gazetteer(settings),
        lexicon=default_lexicon(),
        clock=clock,
        lang=settings.lang,
    )


def rank_texts(
    needs: Sequence[str], skills: Sequence[str], *, settings: Settings | None = None
) -> FloatArray:
    """How well each skill answers each need: float32 (n_needs, n_skills), larger is better.

    The product's whole text path (encoder, then hubness correction) on bare texts, without any
    workspace; the two lists are each other's pool. The model stays loaded between calls.
    """
    encoder = make_encoder(settings or load_settings())
    return rank(needs, skills, encoder, ComplementarityConfig())


def open_store(path_or_url: str) -> Store:
    """The default tenant's store at a path or URL; WorkspaceError for an unknown kind of URL."""
    return MemoryStore() if path_or_url == MEMORY else default_store(database_url(path_or_url))


def open_backend(settings: Settings) -> Backend:
    """Everything that is kept, of all tenants; WorkspaceError when it cannot be opened."""
    return SqlBackend(database_url(settings.workspace))


@contextmanager
def opened_backend(path_or_url: str | None = None) -> Iterator[Backend]:
    """Everything that is kept at a path or URL (the settings' when None), closed again afterwards."""
    backend = open_backend(settings_for(path_or_url))
    try:
        yield backend
    finally:
        backend.close()


def database_url(path_or_url: str) -> str:
    """The URL of a workspace given as a file, a directory or a URL."""
    if path_or_url.startswith(POSTGRESQL):
        return path_or_url
    if "://" in path_or_url and not path_or_url.startswith("sqlite:///"):
        scheme = path_or_url.split("://", 1)[0]
        expected = "give a file's path, sqlite:///path or postgresql://user@host/database"
        raise WorkspaceError(f"{scheme}:// is not a workspace; {expected}")
    path = Path(path_or_url.removeprefix("sqlite:///")).expanduser()
    return f"sqlite:///{path / 'maillon.db' if path.is_dir() else path}"


def _ranking(settings: Settings, encoder: Encoder, tenant: str) -> Callable[[], Ranking]:
    """What ranks now; a workspace in memory has no models beside it."""
    if settings.workspace == MEMORY and settings.models is None:
        return WeightedSum
    return Promoted(make_registry(settings, tenant), lambda: encoder.name)


@contextmanager
def opened_tenant(
    path_or_url: str | None = None, tenant: str = DEFAULT_TENANT
) -> Iterator[tuple[Workspace, Holdings]]:
    """A tenant's workspace at a path or URL, and all that is kept for it, closed again afterwards."""
    with opened_backend(path_or_url) as backend:
        holdings = backend.holdings(tenant)
        yield Workspace(holdings.store, make_parts(settings_for(path_or_url), tenant=tenant)), holdings


def make_registry(settings: Settings, tenant: str = DEFAULT_TENANT) -> Registry:
    """The learned models of a tenant, in the directory that the settings name."""
    directory = settings.models
    if directory is None:
        url = database_url(settings.workspace)
        beside = Path(url.removeprefix("sqlite:///")).parent / "models"
        directory = beside if url.startswith("sqlite:///") else user_data_path("maillon") / "models"
    return Registry(directory if tenant == DEFAULT_TENANT else directory / TENANTS / tenant)


def make_uploads(settings: Settings) -> Uploads:
    """Where uploaded files wait, as the settings say."""
    return Uploads(settings.uploads or Path(gettempdir()) / f"maillon-uploads-{getuid()}")


def make_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name; equal settings share one, so that a model loads once."""
    if settings.model == HASHING:
        return HashingEncoder()
    return _sentence_encoder(_encoder_config(settings))


def _encoder_config(settings: Settings) -> SentenceEncoderConfig:
    adapter = _adapter(settings)
    is_e5 = settings.model == EMBEDDED or "e5" in settings.model.lower()
    prefix = settings.prefix
    if prefix is None and adapter is None and not is_e5:
        prefix = ""
    return SentenceEncoderConfig(
        model=settings.model,
        adapter=adapter,
        need_prefix=prefix,
        skill_prefix=prefix,
        mission_prefix=prefix,
        precision=settings.precision,
        threads=settings.threads,
        allow_downloads=settings.download,
        cache=settings.cache,
    )


def _adapter(settings: Settings) -> Path | None:
    """The adapter that the settings name; the shipped one fits the embedded model only."""
    if settings.adapter is None:
        return shipped_adapter() if settings.model == EMBEDDED else None
    return None if settings.adapter == NO_ADAPTER else Path(settings.adapter)


_sentence_encoder = cache(SentenceEncoder)


def make_taxonomy(settings: Settings) -> Taxonomy:
    """The taxonomy that the settings name, else the default one."""
    return load_taxonomy(settings.taxonomy) if settings.taxonomy else default_taxonomy()


def make_gazetteer(settings: Settings) -> Gazetteer:
    """The communes that the settings name, else those of the sample data."""
    if settings.communes is None:
        return default_gazetteer()
    return load_gazetteer(settings.communes, reference_directory() / "departements.csv")
