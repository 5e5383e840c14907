"""`pli directory`: who can be written to, where that is known from, and how old it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from store.db.directory.reading import snapshots
from store.db.directory.searching import search as find
from store.db.directory.searching import show as find_one
from store.db.directory.shelf import Shelf, connect_listings, open_shelf
from store.db.sealing import want_learnt
from store.db.sources import add_source, remove_source, sources, want_sources
from store.errors import MailError, Usage
from store.host.clock import now
from store.host.directory_words import about, age_words, networks_words, what_words
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.model.directory import Answer, Person, as_facts, merged
from store.model.directory_source import DirectorySource, SourceKind
from store.plain import facts_line, plain_words, said
from store.reasons import of_directory
from sync.commands.bar import ToldGoing, bar
from sync.commands.source_words import source_facts, source_line
from sync.directory.load import Loaded, load

json_option = click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
live_option = click.option("--live", is_flag=True, help=sentence("cli.directory.live"))
shrink_option = click.option("--shrink", is_flag=True, help=sentence("cli.directory.shrink"))
NAME_CELLS = 34


@click.group(help=sentence("cli.directory.help"))
def directory() -> None:
    """The directory."""


@directory.command("import", help=sentence("cli.directory.import"))
@click.argument("file", type=click.Path(path_type=Path))
@shrink_option
@click.pass_obj
def import_(invocation: Invocation, file: Path, shrink: bool) -> None:
    """Import a national extract; the old one stays until the new one is whole."""
    with invocation.store():
        listings = connect_listings(invocation.chosen_home(), invocation.unlock())
        try:
            with bar("directory.taking_in") as tell:
                going = ToldGoing(tell)
                loaded = load(listings, file, now=now(), may_shrink=shrink, going=going)
            click.echo(plain_words(_loaded_words(loaded)))
            click.echo(plain_words(age_words(snapshots(listings), now())), err=True)
        finally:
            listings.close()


def _loaded_words(loaded: Loaded) -> str:
    source = sentence(f"directory.source.{loaded.source.value}")
    if loaded.differences is None:
        return sentence("directory.same_file", source=source)
    words = sentence("directory.imported", source=source, **loaded.differences._asdict())
    if loaded.odd:
        kinds = ", ".join(
            f"{sentence(f'directory.odd.{why}')} {n}" for why, n in sorted(loaded.odd.items())
        )
        facts = {"n": loaded.odd.total(), "kinds": kinds, "first": loaded.odd.first_line}
        words += " " + sentence("directory.odd", **facts)
    return words


@directory.command(help=sentence("cli.directory.search"))
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=20,
    show_default=True,
    help=sentence("cli.option.limit"),
)
@live_option
@json_option
@click.pass_obj
def search(
    invocation: Invocation, query: tuple[str, ...], limit: int, live: bool, as_json: bool
) -> None:
    """People and places, the nearest first."""
    typed = " ".join(query)
    with _shelf(invocation) as shelf:
        answer = find(shelf, typed, limit)
    if live:
        answer = _with_live(invocation, answer, typed, limit)
    if not as_json and answer.approximate:
        click.echo(said("directory.approximate"), err=True)
    for person in answer.people:
        click.echo(facts_line(_facts(person, answer)) if as_json else plain_words(_line(person)))
    if not as_json and not answer.people:
        click.echo(said("directory.nobody"), err=True)
    if not as_json:
        click.echo(plain_words(age_words(answer.snapshots, now())), err=True)


@directory.command(help=sentence("cli.directory.show"))
@click.argument("id")
@live_option
@json_option
@click.pass_obj
def show(invocation: Invocation, id: str, live: bool, as_json: bool) -> None:
    """All that is known of one of them, every address of every network."""
    answer = _one(invocation, id, live)
    for person in answer.people[:1]:
        if as_json:
            click.echo(facts_line(_facts(person, answer)))
            continue
        for words in (_line(person), *(f"  {words}" for words in about(person))):
            click.echo(plain_words(words))
    if not answer.people:
        raise Usage("directory.unknown", id=id)
    if not as_json:
        click.echo(plain_words(age_words(answer.snapshots, now())), err=True)


@directory.command(help=sentence("cli.directory.learn"))
@click.argument("id")
@live_option
@click.pass_obj
def learn(invocation: Invocation, id: str, live: bool) -> None:
    """Remember the certificates a directory gives of one of them; to remember is not to trust."""
    from sync.trust.sealing import judge_all, learn_wished

    found = _one(invocation, id, live).people[:1]
    with invocation.store() as db:
        if not (n := sum(want_learnt(db, each, now()) for each in found)):
            raise Usage("directory.no_certificate", id=id)
        learn_wished(db)
        judge_all(db, now())
    click.echo(said("directory.learnt", n=n, id=id), err=True)


def _one(invocation: Invocation, id: str, live: bool) -> Answer:
    with _shelf(invocation) as shelf:
        if not live:
            return find_one(shelf, id)
        try:
            answer = find_one(shelf, id)
        except Usage:
            answer = Answer((), snapshots(shelf.listings))
    return _with_live(invocation, answer, id, 1)


@contextmanager
def _shelf(invocation: Invocation) -> Iterator[Shelf]:
    with invocation.store():
        shelf = open_shelf(invocation.chosen_home(), invocation.unlock())
    try:
        yield shelf
    finally:
        shelf.close()


def _with_live(invocation: Invocation, answer: Answer, typed: str, limit: int) -> Answer:
    from sync.directory.asking import LIVE, find_live

    with invocation.store() as db:
        if not sources(db, *LIVE):
            raise Usage("directory.no_live_source")
        found = asyncio.run(find_live(db, typed))
    if found.error:
        click.echo(said("directory.live_failed", why=of_directory(found.error)), err=True)
    people = merged([*answer.people, *found.people])[:limit]
    nearly = answer.approximate and not found.people
    return answer._replace(people=tuple(people), approximate=nearly)


def _facts(person: Person, answer: Answer) -> dict[str, object]:
    """A person, and how old what is said of them is."""
    ages = {s.source.value: s.taken_at for s in answer.snapshots}
    return as_facts(person) | {"snapshots": ages, "approximate": answer.approximate}


def _line(person: Person) -> str:
    first = person.addresses[0].email if person.addresses else person.id
    parts = (what_words(person), ", ".join(person.towns[:2]), networks_words(person), first)
    return f"{person.name:<{NAME_CELLS}} {' · '.join(filter(None, parts))}"


@directory.command(help=sentence("cli.directory.status"))
@json_option
@click.pass_obj
def status(invocation: Invocation, as_json: bool) -> None:
    """What was imported, when, and from where it comes."""
    with _shelf(invocation) as shelf:
        ages, known = snapshots(shelf.listings), sources(shelf.db)
    if as_json:
        held = [each._asdict() for each in ages]
        configured = [source_facts(each) for each in known]
        click.echo(facts_line({"snapshots": held, "sources": configured}))
        return
    click.echo(plain_words(age_words(ages, now())))
    for each in ages:
        name = sentence(f"directory.source.{each.source.value}")
        click.echo(said("directory.held", source=name, listings=each.listings, odd=each.odd))
    for source in known:
        click.echo(plain_words(source_line(source)))


@directory.command(help=sentence("cli.directory.refresh"))
@shrink_option
@click.pass_context
def refresh(ctx: click.Context, shrink: bool) -> None:
    """Fetch every extract that has changed, now, whatever the line costs."""
    from sync.directory.duty import refresh as fetch_one

    invocation = ctx.ensure_object(Invocation)
    home, key, failed = invocation.chosen_home(), invocation.unlock(), False
    with invocation.store() as db:
        if not want_sources(db, now()):
            raise Usage("directory.no_source")
        for source in sources(db, SourceKind.EXTRACT):
            try:
                loaded = asyncio.run(fetch_one(db, home, key, source, may_shrink=shrink))
            except MailError as error:
                failed = True
                click.echo(said("tui.said_of", who=source.name, words=explain(error)), err=True)
                continue
            words = sentence("directory.unchanged") if loaded is None else _loaded_words(loaded)
            click.echo(said("tui.said_of", who=source.name, words=words))
    ctx.exit(1 if failed else 0)


@directory.group(help=sentence("cli.directory.source.help"))
def source() -> None:
    """Where it comes from."""


@source.command(help=sentence("cli.directory.source.add"))
@click.argument("url")
@click.option("--name", help=sentence("cli.directory.source.name"))
@click.option("--fhir", is_flag=True, help=sentence("cli.directory.source.fhir"))
@click.option("--ca", default="system", metavar="F", help=sentence("cli.directory.source.ca"))
@click.option("--base", default="", help=sentence("cli.directory.source.base"))
@click.option("--user", default="", help=sentence("cli.directory.source.user"))
@click.option("--secret-file", default="", metavar="F", help=sentence("cli.directory.secret_file"))
@click.option("--secret-command", default="", help=sentence("cli.directory.secret_command"))
@click.pass_obj
def add(
    invocation: Invocation,
    url: str,
    name: str | None,
    fhir: bool,
    ca: str,
    base: str,
    user: str,
    secret_file: str,
    secret_command: str,
) -> None:
    """An extract to fetch, an LDAP directory or the national API to ask."""
    from sync.directory.ldap import endpoint_of as ldap_endpoint
    from sync.directory.web import endpoint_of

    if url.startswith("ldap"):
        kind, host = SourceKind.LDAP, ldap_endpoint(url)[0].host
    else:
        kind, host = SourceKind.FHIR if fhir else SourceKind.EXTRACT, endpoint_of(url).host
    made = DirectorySource(
        name=name or host,
        kind=kind,
        url=url,
        ca=ca if ca in ("system", "igc-sante") else str(Path(ca).absolute()),
        base=base,
        user=user,
        secret_file=str(Path(secret_file).absolute()) if secret_file else "",
        secret_command=secret_command,
    )
    with invocation.store() as db:
        add_source(db, made)
    click.echo(said("directory.source_added", name=made.name), err=True)


@source.command("list", help=sentence("cli.directory.source.list"))
@json_option
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every source."""
    with invocation.store() as db:
        for each in sources(db):
            facts = facts_line(source_facts(each)) if as_json else plain_words(source_line(each))
            click.echo(plain_words(facts))


@source.command(help=sentence("cli.directory.source.remove"))
@click.argument("name")
@click.pass_obj
def remove(invocation: Invocation, name: str) -> None:
    """Forget a source; what was imported from it stays."""
    with invocation.store() as db:
        remove_source(db, name)
