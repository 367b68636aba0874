"""Every setting, from `MAILLON_*` environment variables; docs/settings.md is made from here."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.adapters.sentence_encoder import Precision
from matcher.errors import InputError
from matcher.taxonomy import Lang

EMPTY_IS_NONE = ("prefix", "webhook_networks")
"""Left empty these say: no prefix, no network."""


class Mode(StrEnum):
    """How careful the service is: `production` refuses what is only fit for a first try."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class TokenAlgorithm(StrEnum):
    """How an OpenID Connect issuer signs what it says of people; HS256 signs with the client's secret."""

    RS256 = "RS256"
    RS512 = "RS512"
    PS256 = "PS256"
    ES256 = "ES256"
    HS256 = "HS256"


class Settings(BaseSettings):
    """How a workspace is opened; each field may be set as MAILLON_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="MAILLON_", extra="ignore", frozen=True)

    workspace: str = Field(
        "maillon.db",
        description="path of the workspace file, a sqlite:/// URL, or postgresql://user@host/database",
    )
    model: str = Field(
        "embedded",
        description="`embedded` (multilingual-e5-small, from a registry package), `hashing` (no model, for "
        "tests), or the name or path of any sentence-transformers model",
    )
    prefix: str | None = Field(
        None,
        description="written before every text; when unset what the adapter was trained with, else "
        "`query: ` for the embedded model and others with e5 in their name, nothing for the rest",
    )
    adapter: str | None = Field(
        None,
        description="directory of an adapter that `maillon encoder train` wrote, or `none`; when unset the "
        "polyglot adapter that ships with Maillon, for the embedded model",
    )
    models: Path | None = Field(
        None,
        description="directory of learned models and of the log of promotions; when unset `models` beside a "
        "workspace that is a file, else in the user's data directory",
    )
    precision: Precision = Field(
        Precision.FLOAT32, description="arithmetic of the model; bfloat16 is faster on recent processors"
    )
    threads: int | None = Field(
        None, ge=1, description="processor threads of the model; the library's choice when unset"
    )
    download: bool = Field(
        default=False, description="whether a model that is not on disk may be fetched from a model hub"
    )
    cache: Path | None = Field(
        None, description="where models are kept; the user's cache directory when unset"
    )
    communes: Path | None = Field(
        None,
        description="CSV of communes (code, name, epci, epci_name, departement, region, lat, lon); "
        "those of the sample data when unset",
    )
    taxonomy: Path | None = Field(
        None, description="JSON of sectors, registers, alliance types and themes; the default ones when unset"
    )
    lang: Lang = Field(Lang.FR, description="language of explanations: fr or en")
    mode: Mode = Field(
        Mode.DEVELOPMENT,
        description="`development` or `production`; production needs MAILLON_WORKSPACE and https webhooks",
    )
    rate_limit: int = Field(
        1_200, ge=0, description="requests a minute that one key may make of one worker; 0 for no limit"
    )
    uploads: Path | None = Field(
        None,
        description="directory where uploaded files wait to be confirmed, an hour at most; the workers of a "
        "service share it; `maillon-uploads-UID` in the system's directory of temporary files when unset",
    )
    blind_review: bool = Field(
        default=False, description="whether scores stay hidden on pages until somebody has judged the pair"
    )
    body_limit: int = Field(8_000_000, ge=1_000, description="most bytes of a request's body")
    secret_key: SecretStr | None = Field(
        None,
        description="seals what has to be read again, such as the secrets of webhooks: 32 random characters "
        "or more; production needs it for webhooks. Several, the newest first, replace one by another",
    )
    webhook_networks: str | None = Field(
        None,
        description="networks that webhooks may reach beside public addresses, such as "
        "`10.20.0.0/16 fd00:12::/32`; when unset none in production, and this machine's own addresses "
        "(127.0.0.0/8, ::1) in development",
    )
    public_url: str | None = Field(
        None, description="address at which people reach the pages, such as https://maillon.exemple.fr"
    )
    oidc_issuer: str | None = Field(
        None,
        description="address of the OpenID Connect issuer that people may sign in with, as its discovery "
        "document names it; MAILLON_PUBLIC_URL and the next two go with it",
    )
    oidc_client_id: str | None = Field(None, description="what the issuer calls this service")
    oidc_client_secret: SecretStr | None = Field(None, description="the secret that the issuer gave to it")
    oidc_name: str = Field("OpenID Connect", description="name of the issuer on the sign-in page")
    oidc_scopes: str = Field(
        "openid email profile",
        description="what the issuer is asked to tell; for ProConnect "
        "`openid email given_name usual_name uid siret`",
    )
    oidc_acr_values: str | None = Field(
        None, description="assurance that the issuer is asked for; for ProConnect `eidas1`"
    )
    oidc_algorithm: TokenAlgorithm = Field(
        TokenAlgorithm.RS256, description="the one signature that is accepted from the issuer"
    )
    oidc_trust_email: bool = Field(
        default=False,
        description="whether every e-mail that the issuer tells counts as verified, for one that sends no "
        "`email_verified` and vouches for it otherwise, as ProConnect does",
    )
    oidc_create_in: str | None = Field(
        None,
        description="tenant in which a person unknown so far gets an account without territories; when unset "
        "such a person is refused",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object, info: ValidationInfo) -> object:
        """A variable left empty, as in a compose file, counts as unset, where none cannot be meant by it."""
        name = info.field_name or ""
        unset = value == "" and name not in EMPTY_IS_NONE and cls.model_fields[name].default is None
        return None if unset else value


def load_settings() -> Settings:
    """The settings of the environment; InputError names a variable whose value cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"MAILLON_{str(first['loc'][0]).upper()}"
        raise InputError(name, first["input"], f"{first['msg']}; see docs/settings.md") from error
