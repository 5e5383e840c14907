"""How an account writes, on the command line: `pli account set --signature`, `--quote`..."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from store.db.open import Connection
from store.db.sender_identities import change_identity, identity
from store.errors import Usage
from store.host.i18n import sentence
from store.model.ids import AccountId
from store.model.sender_identity import DICTIONARY, NO_CHECK, Quote

MOST_CHARACTERS = 2_000
F = TypeVar("F", bound=Callable[..., object])
NAMES = ("signature", "quote", "dictionary")


def identity_options(command: F) -> F:
    """The options of how an account writes."""
    file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    for option in (
        click.option("--dictionary", metavar="D", help=sentence("cli.account.dictionary")),
        click.option(
            "--quote",
            type=click.Choice([each.value for each in Quote]),
            help=sentence("cli.account.quote"),
        ),
        click.option("--signature", type=file, help=sentence("cli.account.signature")),
    ):
        command = option(command)
    return command


def taken_from(given: dict[str, Any]) -> dict[str, Any]:
    """Those of the options that were given; they are options of nothing else."""
    return {name: value for name in NAMES if (value := given.pop(name)) is not None}


def write_as(db: Connection, account_id: AccountId, given: dict[str, Any]) -> None:
    """Change what was given and nothing else.

    Raises:
        Usage: `account.signature_not_text`, `spelling.bad_dictionary`.
    """
    changed = dict(given)
    if (path := changed.get("signature")) is not None:
        changed["signature"] = _signature(path)
    if not DICTIONARY.fullmatch(changed.get("dictionary", NO_CHECK)):
        raise Usage("spelling.bad_dictionary", dictionary=changed["dictionary"])
    if "quote" in changed:
        changed["quote"] = Quote(changed["quote"])
    change_identity(db, account_id, replace(identity(db, account_id), **changed))


def _signature(path: Path) -> str:
    try:
        text = path.read_bytes()[: 4 * MOST_CHARACTERS + 1].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Usage("account.signature_not_text", path=str(path), most=MOST_CHARACTERS) from error
    if len(text) > MOST_CHARACTERS:
        raise Usage("account.signature_not_text", path=str(path), most=MOST_CHARACTERS)
    return text.replace("\r\n", "\n").strip()
