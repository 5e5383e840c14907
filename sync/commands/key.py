"""`pli key`: our private keys, and the certificates of others."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from store.db.accounts import account_by_name, accounts
from store.db.certificates import learn
from store.db.open import Connection
from store.db.smime_keys import key_by_id, keys, remove_key
from store.errors import NeedsUser, Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation, read_passphrase
from store.model.account import Account
from store.model.certificate import SmimeKey, Source
from store.model.ids import KeyId
from store.plain import facts_line, plain_words, said

MOST_FILE = 4 * 1024 * 1024
YES = {"o", "oui", "y", "yes"}
as_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(help=sentence("cli.key.help"))
def key() -> None:
    """Keys and certificates."""


@key.command("import", help=sentence("cli.key.import"))
@click.argument("file", type=as_file)
@click.option("--passphrase-file", type=as_file, metavar="F", help=sentence("cli.key.passphrase"))
@click.option("--account", metavar="NAME", help=sentence("cli.key.account"))
@click.pass_obj
def import_(
    invocation: Invocation, file: Path, passphrase_file: Path | None, account: str | None
) -> None:
    """Take the keys of a PKCS#12 or PEM file. The file is left as it is."""
    from sync.keyring import keep_key
    from sync.smime.keys import keys_in

    octets = _octets(file)
    passphrase = None if passphrase_file is None else read_passphrase(passphrase_file)
    with invocation.store() as db:
        chosen = _account(db, account)
        try:
            found = keys_in(octets, passphrase)
        except NeedsUser as error:
            if error.code != "smime.passphrase_needed" or not sys.stdin.isatty():
                raise
            found = keys_in(octets, getpass.getpass(sentence("cli.key.ask_passphrase")))
        for each in found:
            key_id = keep_key(db, invocation.unlock(), chosen.id, each, now())
            kept = key_by_id(db, key_id)
            facts = {"id": key_id, "subject": kept.subject, "account": chosen.name}
            click.echo(said("cli.key.imported", **facts), err=True)


def _octets(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_FILE)
    except OSError as error:
        raise Usage("smime.file_unreadable", path=str(file)) from error


def _account(db: Connection, name: str | None) -> Account:
    if name is not None:
        return account_by_name(db, name)
    everyone = accounts(db)
    if len(everyone) != 1:
        raise Usage("cli.key.which_account")
    return everyone[0]


@key.command("list", help=sentence("cli.key.list"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every key."""
    with invocation.store() as db:
        for each in keys(db):
            if as_json:
                click.echo(facts_line(_facts(each)))
            else:
                line = f"{each.id:>4} {each.account:<16} {_until(each)}  {each.subject}"
                click.echo(plain_words(line))


def _facts(kept: SmimeKey) -> dict[str, object]:
    return {
        "id": kept.id,
        "account": kept.account,
        "subject": kept.subject,
        "fingerprint": kept.fingerprint,
        "not_before_at": kept.not_before_at,
        "not_after_at": kept.not_after_at,
        "imported_at": kept.imported_at,
    }


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%Y")


def _until(kept: SmimeKey) -> str:
    expired = kept.not_after_at < now()
    return said("cli.key.expired" if expired else "cli.key.until", day=_day(kept.not_after_at))


@key.command(help=sentence("cli.key.show"))
@click.argument("key_id", metavar="ID", type=click.INT)
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def show(invocation: Invocation, key_id: int, as_json: bool) -> None:
    """One key: what its certificate says."""
    from sync.keyring import opened_key
    from sync.smime.certificates import read_certificate

    with invocation.store() as db:
        kept = key_by_id(db, KeyId(key_id))
    opened_key(invocation.unlock(), kept)  # says when the row is damaged
    read = read_certificate(kept.certificate)
    facts = _facts(kept) | {
        "addresses": read.addresses,
        "key": f"{read.kind} {read.bits}",
        "signs": read.can_sign,
        "opens": read.can_be_sealed_to,
        "issuers": len(kept.chain),
    }
    if as_json:
        click.echo(facts_line(facts))
        return
    lines = {
        "cli.key.subject": kept.subject,
        "cli.key.addresses": ", ".join(read.addresses) or "-",
        "cli.key.kind": facts["key"],
        "cli.key.valid": f"{_day(kept.not_before_at)} - {_day(kept.not_after_at)}",
        "cli.key.uses": _uses(read.can_sign, read.can_be_sealed_to),
        "cli.key.fingerprint": kept.fingerprint,
        "cli.key.of_account": kept.account,
    }
    for name, words in lines.items():
        click.echo(plain_words(f"{sentence(name):<22} {words}"))


def _uses(signs: bool, opens: bool) -> str:
    uses = [sentence("cli.key.signs")] if signs else []
    return ", ".join([*uses, sentence("cli.key.opens")] if opens else uses) or "-"


@key.command(help=sentence("cli.key.remove"))
@click.argument("key_id", metavar="ID", type=click.INT)
@click.option("--yes", is_flag=True, help=sentence("cli.account.yes"))
@click.pass_obj
def remove(invocation: Invocation, key_id: int, yes: bool) -> None:
    """Forget a private key, once it was said what that costs."""
    with invocation.store() as db:
        kept = key_by_id(db, KeyId(key_id))
        if not yes and not _agreed(kept):
            click.echo(said("cli.key.kept", id=key_id), err=True)
            return
        remove_key(db, kept.id)
    click.echo(said("cli.key.removed", id=key_id), err=True)


def _agreed(kept: SmimeKey) -> bool:
    if not sys.stdin.isatty():
        raise Usage("cli.key.needs_yes", id=kept.id)
    question = said("cli.key.ask_remove", subject=kept.subject)
    answer = click.prompt(question, default="", show_default=False, prompt_suffix=" ", err=True)
    return str(answer).strip().lower() in YES


@key.command("add-certificate", help=sentence("cli.key.add_certificate"))
@click.argument("file", type=as_file)
@click.option("--address", metavar="A", help=sentence("cli.key.address"))
@click.pass_context
def add_certificate(ctx: click.Context, file: Path, address: str | None) -> None:
    """Remember the certificates of a file for the addresses they name. Nothing is trusted yet."""
    invocation = ctx.ensure_object(Invocation)
    from sync.keyring import facts_of
    from sync.smime.certificate_files import VCARD, certificates_in
    from sync.trust.sealing import judge_all

    octets = _octets(file)
    source = Source.VCARD if VCARD.match(octets) else Source.BY_HAND
    found = [facts_of(der) for der in certificates_in(octets)]
    given, remembered = (address,) if address else (), 0
    with invocation.store() as db:
        for facts in found:
            learnt = learn(db, facts, source=source, at=now(), addresses=given)
            remembered += len(learnt)
            if not learnt:
                click.echo(said("cli.key.no_address", subject=facts.subject), err=True)
            for each, what in learnt.items():
                names = {"address": each, "subject": facts.subject}
                click.echo(said(f"cli.key.learnt.{what.value}", **names), err=True)
        judge_all(db, now())
    ctx.exit(0 if remembered else 1)
