"""`pli contact`: the entries of the directory that a person keeps themselves."""

from __future__ import annotations

import click

from store.compose import parse_addresses
from store.db import contacts
from store.errors import Usage
from store.host.clock import now
from store.host.directory_words import networks_words, what_words
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.directory import Person, as_facts
from store.model.identifiers import problem_with_adeli, problem_with_rpps
from store.plain import facts_line, plain_words, said

json_option = click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))


@click.group(help=sentence("cli.contact.help"))
def contact() -> None:
    """One's own entries."""


@contact.command(help=sentence("cli.contact.add"))
@click.argument("name")
@click.option(
    "--email",
    "emails",
    required=True,
    multiple=True,
    metavar="ADDR",
    help=sentence("cli.contact.email"),
)
@click.option("--organisation", is_flag=True, help=sentence("cli.contact.organisation"))
@click.option("--profession", default="", help=sentence("cli.contact.profession"))
@click.option("--town", default="", help=sentence("cli.contact.town"))
@click.option("--rpps", default="", help=sentence("cli.contact.rpps"))
@click.option("--adeli", default="", help=sentence("cli.contact.adeli"))
@click.pass_obj
def add(
    invocation: Invocation,
    name: str,
    emails: tuple[str, ...],
    organisation: bool,
    profession: str,
    town: str,
    rpps: str,
    adeli: str,
) -> None:
    """Keep somebody, with all their addresses. A number that looks wrong is said and kept."""
    addresses = [a.email for text in emails for a in parse_addresses(text)]
    if not name.strip() or not addresses:
        raise Usage("contact.nothing")
    with invocation.store() as db:
        kept = contacts.add(
            db,
            name=name.strip(),
            emails=addresses,
            organisation=organisation,
            profession=profession,
            town=town,
            national_id=f"8{rpps}" if rpps else f"0{adeli}" if adeli else "",
            now=now(),
        )
    problem = problem_with_rpps(rpps) if rpps else problem_with_adeli(adeli) if adeli else ""
    if problem:
        click.echo(said(problem), err=True)
    click.echo(plain_words(_line(kept)))


@contact.command("list", help=sentence("cli.contact.list"))
@json_option
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every entry, by name."""
    with invocation.store() as db:
        for person in contacts.everyone(db):
            click.echo(facts_line(as_facts(person)) if as_json else plain_words(_line(person)))


@contact.command(help=sentence("cli.contact.remove"))
@click.argument("id")
@click.pass_obj
def remove(invocation: Invocation, id: str) -> None:
    """Forget somebody."""
    with invocation.store() as db:
        gone = contacts.remove(db, id)
    click.echo(said("contact.removed", name=gone.name), err=True)


def _line(person: Person) -> str:
    emails = ", ".join(address.email for address in person.addresses)
    parts = (what_words(person), ", ".join(person.towns), networks_words(person), emails)
    return f"{person.id:<5} {person.name:<28} {' · '.join(filter(None, parts))}"
