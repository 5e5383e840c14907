"""`pli account set NAME --author FILE`: who writes by an account, and where its files go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from store.db.authors import set_author
from store.db.open import Connection
from store.host.clock import now
from store.host.i18n import sentence
from store.model.account import Account
from store.model.identifiers import problem_with_finess, problem_with_national_id
from store.plain import said
from sync.dispatch.placing import check_folder
from sync.documents.author_file import Author, read_author
from sync.documents.strict_table import MOST_OCTETS

F = TypeVar("F", bound=Callable[..., Any])


def author_option(command: F) -> F:
    """The option `--author`."""
    file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    option = click.option("--author", type=file, metavar="F", help=sentence("cli.account.author"))
    return option(command)


def keep_author(db: Connection, account: Account, path: Path) -> None:
    """Keep a settings file once it was understood; an empty one forgets them.

    Raises:
        NeedsUser: what `read_author` and `check_folder` raise.
    """
    with path.open("rb") as file:
        octets = file.read(MOST_OCTETS + 1)
    author = read_author(octets)
    for folder in _folders(author):
        check_folder(db, folder)
    for problem in _problems(author):
        click.echo(said(problem), err=True)
    set_author(db, account.id, octets.decode("utf-8-sig").strip(), now=now())
    click.echo(said("cli.account.author_kept", name=account.name), err=True)


def _folders(author: Author) -> Iterator[str]:
    if author.dmp_folder:
        yield author.dmp_folder
    if author.software:
        yield author.software.folder


def _problems(author: Author) -> Iterator[str]:
    """Keys that are wrong: told, and nothing is refused (store/model/identifiers.py)."""
    person, structure = author.person.identifier, author.person.organization_identifier
    if person and (problem := problem_with_national_id(person.extension)):
        yield problem
    if structure and structure.extension.startswith("1"):
        problem = problem_with_finess(structure.extension[1:])
        if problem:
            yield problem
