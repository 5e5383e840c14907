"""`pli words`: one's own words, that no dictionary has."""

from __future__ import annotations

import click

from store.db.own_words import add_word, forget_word, own_words
from store.errors import Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.plain import facts_line, plain_words, said


@click.group(help=sentence("cli.words.help"))
def words() -> None:
    """Words."""


@words.command(help=sentence("cli.words.add"))
@click.argument("word")
@click.pass_obj
def add(invocation: Invocation, word: str) -> None:
    """Never doubt one again."""
    with invocation.store() as db:
        add_word(db, word.strip(), now())
    click.echo(said("cli.words.added", word=word), err=True)


@words.command("list", help=sentence("cli.words.list"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """All of them."""
    with invocation.store() as db:
        for each in sorted(own_words(db)):
            click.echo(facts_line({"word": each}) if as_json else plain_words(each))


@words.command(help=sentence("cli.words.forget"))
@click.argument("word")
@click.pass_obj
def forget(invocation: Invocation, word: str) -> None:
    """Doubt one again."""
    with invocation.store() as db:
        if not forget_word(db, word.strip()):
            raise Usage("words.unknown", word=word)
    click.echo(said("cli.words.forgotten", word=word), err=True)
