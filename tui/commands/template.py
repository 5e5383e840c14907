"""`pli template`: letters that are written often."""

from __future__ import annotations

from typing import BinaryIO

import click

from store.db import templates
from store.db.templates import Template
from store.errors import Usage
from store.filling import FIELD, read_template
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.plain import facts_line, plain_block, plain_words, said


@click.group(help=sentence("cli.template.help"))
def template() -> None:
    """Templates."""


@template.command(help=sentence("cli.template.add"))
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option("--subject", help=sentence("cli.template.subject"))
@click.pass_obj
def add(invocation: Invocation, name: str, file: BinaryIO, subject: str | None) -> None:
    """Keep one; one of that name gives way to it."""
    try:
        text = file.read(4 * templates.MOST_CHARACTERS + 1).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Usage("template.not_text", path=file.name) from error
    in_file, body = read_template(text)
    kept = Template(name, in_file if subject is None else subject, body)
    with invocation.store() as db:
        templates.save_template(db, kept, now=now())
    fields = dict.fromkeys(FIELD.findall(f"{kept.subject}\n{body}"))
    if fields:
        click.echo(said("cli.template.added", name=name, fields=", ".join(fields)), err=True)
    else:
        click.echo(said("cli.template.added_plain", name=name), err=True)


@template.command("list", help=sentence("cli.template.list"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every template, by name."""
    with invocation.store() as db:
        for each in templates.templates(db):
            line = f"{each.name:<24} {each.subject}"
            click.echo(facts_line(each._asdict()) if as_json else plain_words(line))


@template.command(help=sentence("cli.template.show"))
@click.argument("name")
@click.pass_obj
def show(invocation: Invocation, name: str) -> None:
    """One template."""
    with invocation.store() as db:
        shown = templates.template(db, name)
    if shown.subject:
        click.echo(plain_words(f"{sentence('letter.subject')} {shown.subject}"))
        click.echo()
    click.echo(plain_block(shown.body))


@template.command(help=sentence("cli.template.remove"))
@click.argument("name")
@click.pass_obj
def remove(invocation: Invocation, name: str) -> None:
    """Forget one."""
    with invocation.store() as db:
        templates.remove_template(db, name)
    click.echo(said("cli.template.removed", name=name), err=True)
