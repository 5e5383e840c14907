"""`pli whitelist`: the mail domains of the trust space. `pli policy`: what this site allows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from store import route_words
from store.compose import parse_addresses
from store.db.accounts import account_by_name, accounts
from store.db.routing import routes
from store.db.whitelist import policies, replace_whitelist, set_policy, trust_space
from store.errors import Permanent, Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.route import Content, Way
from store.plain import facts_line, said
from sync.commands.ways import both_books, say_remarks
from sync.whitelist import MOST_OCTETS, read_whitelist


@click.group(help=sentence("cli.whitelist.help"))
def whitelist() -> None:
    """The white list."""


@whitelist.command("import", help=sentence("cli.whitelist.import"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shrunk", is_flag=True, help=sentence("cli.whitelist.shrunk"))
@click.pass_obj
def import_(invocation: Invocation, file: Path, shrunk: bool) -> None:
    """Replace the list, whole or not at all."""
    if file.stat().st_size > MOST_OCTETS:
        raise Permanent("whitelist.too_large", most_mb=MOST_OCTETS // 2**20)
    octets = file.read_bytes()
    read = read_whitelist(octets)
    with invocation.store() as db:
        new, gone = replace_whitelist(
            db,
            read.domains,
            digest=hashlib.sha256(octets).digest(),
            published_at=read.published_at,
            now=now(),
            shrunk=shrunk,
        )
        space = trust_space(db)
    click.echo(said("whitelist.imported", n=space.domains, new=new, gone=gone))
    if read.published_at is not None:
        click.echo(said("whitelist.dated", date=route_words.list_date(space)))
    if read.unreadable:
        click.echo(said("whitelist.unreadable", n=read.unreadable), err=True)


@whitelist.command(help=sentence("cli.whitelist.status"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def status(invocation: Invocation, as_json: bool) -> None:
    """How many domains, of when."""
    with invocation.store() as db:
        space = trust_space(db)
    if as_json:
        facts = {"domains": space.domains, "published_at": space.published_at}
        click.echo(facts_line({**facts, "imported_at": space.imported_at}))
    elif space.known:
        click.echo(said("whitelist.known", n=space.domains, date=route_words.list_date(space)))
    else:
        click.echo(said("whitelist.none"))


@whitelist.command(help=sentence("cli.whitelist.check"))
@click.argument("address", nargs=-1, required=True)
@click.option("--account", "account_name", help=sentence("cli.send.account"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_context
def check(
    ctx: click.Context, address: tuple[str, ...], account_name: str | None, as_json: bool
) -> None:
    """Say the way to each address; exit 1 when one has none."""
    emails = [a.email for text in address for a in parse_addresses(text)]
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        known = [account_by_name(db, account_name)] if account_name else accounts(db)
        if not known:
            raise Usage("send.no_account")
        with both_books(invocation, db, emails) as shelf:
            found = routes(db, known[0].id, emails, Content(), now=now(), listings=shelf.listings)
        space, names = trust_space(db), {a.id: a.name for a in accounts(db)}
    for one in found:
        if as_json:
            facts = {"email": one.email, "way": one.way.value, "reason": one.reason}
            click.echo(
                facts_line({**facts, "account": names[one.account_id], "offers": one.offers})
            )
            continue
        click.echo(route_words.line(one, space))
        say_remarks(one, names[one.account_id])
    ctx.exit(1 if any(one.way is Way.REFUSED for one in found) else 0)


@click.command(help=sentence("cli.policy.help"))
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.pass_obj
def policy(invocation: Invocation, name: str | None, value: str | None) -> None:
    """Decide for the site, then say what holds."""
    with invocation.store() as db:
        if name is not None:
            set_policy(db, name, value or "")
        chosen = policies(db)
    for rule, decided in chosen.items():
        click.echo(said(f"policy.{rule}", value=decided))
