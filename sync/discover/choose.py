"""Which servers to propose, of those a domain names. Pure; every name in it was said by a stranger.

An account reads from one server and writes through one. IMAP goes before POP3, TLS from the first
octet before STARTTLS (RFC 8314 section 3), what the domain prefers before what it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.model.account import Endpoint, Incoming, Tls

HOST = re.compile(
    r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))+\Z", re.A
)
USER = re.compile(r"[!-~]{1,254}")
ORDER = {
    ("imap", Tls.IMPLICIT): 0,
    ("imap", Tls.STARTTLS): 1,
    ("pop3", Tls.IMPLICIT): 2,
    ("pop3", Tls.STARTTLS): 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server that a domain names for its mail."""

    protocol: str
    """'imap', 'pop3' or 'smtp'."""
    host: str
    port: int
    tls: Tls
    preference: int = 0
    """The lower the better, among servers of one kind."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""
        return Endpoint(host=self.host, port=self.port)

    def is_inside(self, domain: str) -> bool:
        """Whether its name is the domain or lies in it."""
        domain = domain.lower()
        return self.host == domain or self.host.endswith("." + domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A proposal."""

    source: str
    """Where it was said: a DNS name, or the address of a file."""
    incoming: Server | None
    sending: Server | None
    user: str | None = None
    """What to log in as, where that was said."""

    @property
    def servers(self) -> tuple[Server, ...]:
        """Both."""
        return tuple(each for each in (self.incoming, self.sending) if each is not None)

    def options(self) -> list[str]:
        """The same, as `pli account add` is told."""
        words = [f"--{each.protocol} {each.host}:{each.port}" for each in self.servers]
        if self.incoming is not None:
            words.append(f"--tls {self.incoming.tls.value}")
        if self.sending is not None:
            words.append(f"--smtp-tls {self.sending.tls.value}")
        return words


def host_name(said: str) -> str | None:
    """A host name in lower case; None for whatever else was said."""
    name = said.removesuffix(".").lower()
    return name if HOST.match(name) else None


def user_name(said: str, address: str) -> str | None:
    """A user name with its placeholders filled; None for what is none."""
    local, _, domain = address.rpartition("@")
    for placeholder, words in (
        ("%EMAILADDRESS%", address),
        ("%EMAILLOCALPART%", local),
        ("%EMAILDOMAIN%", domain),
    ):
        said = said.replace(placeholder, words)
    return said if USER.fullmatch(said) and "%" not in said else None


def choose(servers: Iterable[Server], source: str, user: str | None = None) -> Found | None:
    """The best of each; None when there is nothing."""
    known = list(servers)
    reading = [each for each in known if each.protocol != "smtp"]
    writing = [each for each in known if each.protocol == "smtp"]
    if not known:
        return None
    return Found(
        source=source,
        incoming=_best(reading),
        sending=_best(writing),
        user=user,
    )


def _best(servers: Sequence[Server]) -> Server | None:
    def rank(each: Server) -> tuple[int, int]:
        kind = ORDER.get((each.protocol, each.tls), 0 if each.tls is Tls.IMPLICIT else 1)
        return kind, each.preference

    return min(servers, key=rank, default=None)


def missing(incoming: Incoming | None, smtp: Endpoint | None) -> list[str]:
    """The options that name servers nobody has named."""
    return [
        *(["--imap"] if incoming is None else []),
        *(["--smtp"] if smtp is None else []),
    ]
