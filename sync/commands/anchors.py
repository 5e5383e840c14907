"""`pli anchors`: who vouches for servers and signers, and how old their revocation lists are."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from store.db.anchors import anchors as imported
from store.db.anchors import replace_bundle, set_trust_policy, trust_policy
from store.db.crls import crls
from store.errors import Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.trust import Anchor, Crl, Kind
from store.plain import facts_line, plain_words, said
from store.trust_words import day
from sync.commands.account_options import NAME
from sync.trust.bundle import read_bundle
from sync.trust.certificate import read
from sync.trust.kept import IGC_SANTE, SYSTEM, follow_anchors
from sync.trust.kept import refresh as refresh_lists
from sync.trust.sealing import judge_all

DAY_SECONDS = 86_400


@click.group(help=sentence("cli.anchors.help"))
def anchors() -> None:
    """Authorities."""


@anchors.command("import", help=sentence("cli.anchors.import"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default=IGC_SANTE, help=sentence("cli.anchors.name"))
@click.pass_obj
def import_(invocation: Invocation, file: Path, name: str) -> None:
    """Trust the authorities in a file, and say which, to be compared with what is published."""
    if not NAME.fullmatch(name) or name == SYSTEM:
        raise Usage("anchors.bad_name", name=name)
    wanted = read_bundle(file, name, now())
    with invocation.store() as db:
        replace_bundle(db, name, wanted)
        follow_anchors(db)
        judge_all(db, now())
    for line in _sentences(wanted):
        click.echo(plain_words(line))
    click.echo(said("anchors.imported", n=len(wanted), name=name), err=True)
    click.echo(said("anchors.compare", name=name), err=True)


@anchors.command("list", help=sentence("cli.anchors.list"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every authority, then every list."""
    with invocation.store() as db:
        known, lists = imported(db), crls(db, octets=False)
    if as_json:
        for facts in (*map(_anchor_facts, known), *map(_crl_facts, lists)):
            click.echo(facts_line(facts))
        return
    for line in (*_sentences(known), *_list_sentences(lists)):
        click.echo(plain_words(line))


@anchors.command(help=sentence("cli.anchors.remove"))
@click.argument("name")
@click.pass_obj
def remove(invocation: Invocation, name: str) -> None:
    """Trust a bundle no longer."""
    with invocation.store() as db:
        if not imported(db, name):
            raise Usage("anchors.unknown", name=name)
        replace_bundle(db, name, [])
        follow_anchors(db)
        judge_all(db, now())
    click.echo(said("anchors.removed", name=name), err=True)


@anchors.command(help=sentence("cli.anchors.refresh"))
@click.pass_context
def refresh(ctx: click.Context) -> None:
    """Ask for every list, due or not."""
    with ctx.ensure_object(Invocation).store() as db:
        asyncio.run(refresh_lists(db, everything=True))
        judge_all(db, now())
        lists = crls(db, octets=False)
    for line in _list_sentences(lists):
        click.echo(plain_words(line))
    good = sum(not each.failures and each.checked_at is not None for each in lists)
    click.echo(said("anchors.refreshed", good=good, n=len(lists)), err=True)
    ctx.exit(0 if good == len(lists) else 1)


@anchors.command(help=sentence("cli.anchors.policy"))
@click.option(
    "--revocation", type=click.Choice(["said", "required"]), help=sentence("cli.anchors.revocation")
)
@click.option("--purpose", type=click.Choice(["mail", "any"]), help=sentence("cli.anchors.purpose"))
@click.pass_obj
def policy(invocation: Invocation, revocation: str | None, purpose: str | None) -> None:
    """Change what is given, then say what holds."""
    with invocation.store() as db:
        before = held = trust_policy(db)
        if revocation is not None:
            held = replace(held, needs_revocation=revocation == "required")
        if purpose is not None:
            held = replace(held, any_purpose=purpose == "any")
        if held != before:
            set_trust_policy(db, held)
            judge_all(db, now())
    required = held.needs_revocation
    click.echo(said("anchors.policy_required" if required else "anchors.policy_said"))
    click.echo(said("anchors.policy_any" if held.any_purpose else "anchors.policy_mail"))


def _sentences(known: list[Anchor]) -> Iterator[str]:
    for each in known:
        root = each.kind is Kind.ANCHOR
        yield sentence(
            "anchors.line",
            bundle=each.bundle,
            kind=sentence("anchors.anchor" if root else "anchors.intermediate"),
            name=each.name,
            until=day(each.not_after_at),
            at=day(each.imported_at),
            days=_days_since(each.imported_at),
        )
        yield sentence("anchors.fingerprint", fingerprint=_grouped(each.fingerprint))


def _list_sentences(lists: list[Crl]) -> Iterator[str]:
    for each in lists:
        if each.this_update_at is None:
            yield sentence("anchors.crl_never", issuer=issuer_of(each))
        else:
            yield sentence(
                "anchors.crl",
                issuer=issuer_of(each),
                at=day(each.this_update_at),
                days=_days_since(each.this_update_at),
                until=day(each.next_update_at),
            )
        if each.error:
            at, why = day(each.tried_at), sentence(each.error)
            yield sentence("anchors.crl_failed", at=at, why=why)


def issuer_of(crl: Crl) -> str:
    """Who must sign a list, as said to a person; from outside, so never printed as it is."""
    issuer = read(crl.issuer)
    return crl.url if issuer is None else issuer.name


def _anchor_facts(anchor: Anchor) -> dict[str, object]:
    facts = {"bundle": anchor.bundle, "kind": anchor.kind.value, "name": anchor.name}
    facts |= {"fingerprint": anchor.fingerprint}
    return facts | {"not_after_at": anchor.not_after_at, "imported_at": anchor.imported_at}


def _crl_facts(crl: Crl) -> dict[str, object]:
    facts: dict[str, object] = {"kind": "crl", "url": crl.url, "issuer": issuer_of(crl)}
    facts |= {"this_update_at": crl.this_update_at, "next_update_at": crl.next_update_at}
    return facts | {"checked_at": crl.checked_at, "failures": crl.failures, "error": crl.error}


def _days_since(at: int) -> int:
    return max(0, now() - at) // DAY_SECONDS


def _grouped(fingerprint: str) -> str:
    """As authorities publish it: pairs, in capitals."""
    return ":".join(re.findall("..", fingerprint.upper()))
