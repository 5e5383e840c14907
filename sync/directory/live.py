"""Directories that are asked: LDAP and FHIR behind one interface, each in a thread, bounded.

Whatever they are, a question ends within SECONDS and brings at most MOST people; one that does not
answer keeps no other from doing so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from store.errors import MailError, Transient
from store.host.secrets import read_secret
from store.model.directory import Person, merged
from store.model.directory_source import DirectorySource, SourceKind
from sync.trust.server import Trust

SECONDS = 8.0
"""For each silence of a server."""
PATIENCE_SECONDS = 20.0
"""For all of a question; its thread ends by itself when its own silences are over."""
MOST = 40
NONE_KEPT: Mapping[int, Trust] = MappingProxyType({})


class Finder(Protocol):
    """How a kind of source is asked; what it raises says what to do."""

    def __call__(
        self,
        source: DirectorySource,
        typed: str,
        secret: str,
        *,
        limit: int,
        seconds: float,
        trust: Trust,
    ) -> list[Person]:
        """The people that answer to what was typed."""


class Answers(NamedTuple):
    """What all of them said."""

    people: list[Person]
    error: str
    """The code of what kept one of them from answering; '' when nothing did."""


def finder_of(kind: SourceKind) -> Finder:
    """Loaded when first asked: neither library is light."""
    if kind is SourceKind.LDAP:
        from sync.directory.ldap import find as find_by_ldap

        return find_by_ldap
    from sync.directory.fhir import find as find_by_fhir

    return find_by_fhir


async def look_up(
    sources: Sequence[DirectorySource], typed: str, trusts: Mapping[int, Trust] = NONE_KEPT
) -> Answers:
    """Ask all of them at once; one person for all that have an RPPS or an address in common.

    Args:
        trusts: by the id of a source, what its server is judged by.
    """
    asking = (_ask(source, typed, trusts.get(source.id)) for source in sources)
    answers = await asyncio.gather(*asking)
    errors = [error.code for _, error in answers if error is not None]
    people = merged(person for found, _ in answers for person in found)
    return Answers(people[:MOST], next(iter(errors), ""))


async def _ask(
    source: DirectorySource, typed: str, trust: Trust
) -> tuple[list[Person], MailError | None]:
    def work() -> list[Person]:
        secret = read_secret(source.name, source.secret_file, source.secret_command)
        find = finder_of(source.kind)
        return find(source, typed, secret, limit=MOST, seconds=SECONDS, trust=trust)

    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.to_thread(work), None
    except TimeoutError:
        return [], Transient("net.timeout", host=source.url)
    except MailError as error:
        return [], error
