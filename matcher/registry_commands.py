"""`maillon models`, `maillon promote`, `maillon rollback`: what was trained, and what serves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from matcher.access import DEFAULT_TENANT
from matcher.access_commands import Tenant
from matcher.assembly import make_encoder, make_registry, settings_for
from matcher.errors import ConflictError, InputError, ModelError
from matcher.evaluate_commands import Beside
from matcher.evaluation.assessment import HEADLINE
from matcher.figures import Loss, losses, on_the_same, read_figures
from matcher.low_rank import models_directory
from matcher.printing import print_json, say
from matcher.ranking_files import load_weights
from matcher.registry import DAY_ONE, FIGURES, ModelKind, Registry

registry_app = typer.Typer(rich_markup_mode=None)
Reason = Annotated[str, typer.Option(help="Why; it is kept in the log.")]


@registry_app.command()
def models(
    *,
    log: Annotated[bool, typer.Option("--log", help="Every training, promotion and rollback too.")] = False,
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Beside = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """The trained models, what they reached, and which one serves."""
    registry = make_registry(settings_for(workspace), tenant)
    current = {kind.value: registry.current(kind) for kind in ModelKind}
    serves = current[ModelKind.RANKING] or DAY_ONE
    found = [_line(registry, name, current) for name in registry.names()]
    shipped = sorted(path.parent.name for path in models_directory().glob("*/adapter.json"))
    happened = [asdict(one) for one in registry.log()]
    if as_json:
        told = {"directory": str(registry.directory), "serves": serves, "models": found, "adapters": shipped}
        print_json(told | ({"log": happened} if log else {}))
        return
    say(f"serves: {serves}   (models in {registry.directory.resolve()})")
    for one in found:
        say(_row(one))
    for name in shipped:
        say(f"{name:24} adapter of the encoder, ships with Maillon")
    for one in happened if log else ():
        why = f" because: {one['reason']}" if one["reason"] else ""
        worse = f" although worse on {'; '.join(one['worse'])}" if one["worse"] else ""
        say(f"{one['at']} {one['action']} {one['name']} ({one['kind']}){worse}{why}")


def _line(registry: Registry, name: str, current: dict[str, str | None]) -> dict[str, Any]:
    try:
        manifest = registry.manifest(name)
        headline = manifest["measured"]["slices"]["all"][HEADLINE]
        task = manifest["task"]
        return {
            "name": name,
            "kind": manifest["kind"].value,
            "promoted": current[manifest["kind"]] == name,
            "trainer": manifest["trainer"],
            "encoder": manifest["encoder"],
            "measured": {"from": task["cut"], "until": task["until"], HEADLINE: headline},
            "error": None,
        }
    except (ModelError, KeyError, TypeError) as error:
        return {"name": name, "error": f"damaged: {error}"}


def _row(one: dict[str, Any]) -> str:
    if one["error"]:
        return f"{one['name']:24} {one['error']}"
    headline = one["measured"][HEADLINE]
    low, high = headline["by_query"]
    first = "  ← promoted" if one["promoted"] else ""
    return (
        f"{one['name']:24} {one['kind']:8} {one['trainer']:11} {one['measured']['from']} to "
        f"{one['measured']['until']}  nDCG@10 {headline['mean']:.4f} [{low:.4f}, {high:.4f}]{first}"
    )


@registry_app.command()
def promote(
    name: Annotated[str, typer.Argument(help="A trained model; `maillon models` lists them.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Even when it is worse, or not comparable.")] = False,
    reason: Reason = "",
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Beside = None,
) -> None:
    """Put a model in the place of the one promoted before it, unless it is worse on any slice.

    A model of the product's features serves from then on. A model of histories becomes the one that
    later models of histories are judged by; it never serves.
    """
    if force and not reason.strip():
        raise InputError("reason", reason, "--force needs a --reason, which is kept in the log")
    settings = settings_for(workspace)
    registry = make_registry(settings, tenant)
    kind = ModelKind(registry.manifest(name)["kind"])
    if kind is ModelKind.RANKING:
        load_weights(registry.path(name), make_encoder(settings).name)
    standing = registry.current(kind) or (DAY_ONE if kind is ModelKind.RANKING else None)
    against = [] if standing in (None, name) else _against(registry, name, str(standing))
    if against and not force:
        raise ConflictError(
            f"{name} is not promoted, {standing} stays: {'; '.join(against)}. Promote it all the same with "
            '--force --reason "…"'
        )
    registry.promote(name, kind, against, reason)
    say(f"{name} is promoted, {standing or 'nothing'} was before; `maillon rollback` takes it back")
    if kind is ModelKind.HISTORY:
        serves = registry.current(ModelKind.RANKING) or DAY_ONE
        say(f"{name} is the reference for histories; {serves} serves, since histories have other features")


def _against(registry: Registry, name: str, standing: str) -> list[str]:
    """What speaks against a promotion, in words."""
    figures = {
        one: read_figures(registry.directory / one / FIGURES) for one in (name, standing) if one != DAY_ONE
    }
    both = on_the_same(name, standing, figures)
    if both is None:
        return [f"never measured on the same queries as {standing}: run `maillon evaluate` with both"]
    found: list[Loss] = losses(*both[1:])
    return [f"worse on {loss}" for loss in found]


@registry_app.command()
def rollback(
    *,
    kind: Annotated[
        ModelKind | None, typer.Option(help="Of which kind; that of the last promotion when not given.")
    ] = None,
    reason: Reason = "",
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Beside = None,
) -> None:
    """Take the last promotion back: the model before it serves again."""
    registry = make_registry(settings_for(workspace), tenant)
    happened = registry.rollback(kind, reason)
    say(f"{happened.name} is back in place of {happened.before} ({happened.kind})")
