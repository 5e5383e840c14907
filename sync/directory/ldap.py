"""A directory asked by LDAP (RFC 4511): the words of inetOrgPerson (RFC 2798), always under TLS.

No schema of the national one has been published, so only the common words are read; an identifier
is taken for a national id when it has its shape and its key.
"""

from __future__ import annotations

import re
import socket
import ssl
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from store.compose import is_address
from store.db.fold import bare
from store.errors import MailError, NeedsUser, Transient, Usage
from store.model.account import Endpoint
from store.model.directory import Address, Person, Place, Source, network_of, once
from store.model.directory_source import DirectorySource
from store.model.identifiers import problem_with_national_id, problem_with_rpps
from sync.directory.bounds import BoundedContext, BoundedPlain, Bounds
from sync.tls import anchored_context, explain
from sync.trust.server import Trust

with warnings.catch_warnings():
    # ldap3 2.9.1 uses names that pyasn1 has renamed (2026-11).
    warnings.simplefilter("ignore", DeprecationWarning)
    import ldap3
    from ldap3.core.exceptions import LDAPStartTLSError
    from ldap3.utils.conv import escape_filter_chars

ATTRIBUTES = (
    *("cn", "sn", "givenName", "mail", "title", "o", "ou", "l", "postalCode", "street"),
    *("telephoneNumber", "uid", "employeeNumber", "userCertificate;binary"),
)
LOOKED_AT = ("cn", "sn", "givenName", "mail", "l", "o", "uid", "employeeNumber")
MOST_WORDS = 6
MOST_OCTETS = 4_000_000
"""Of all that answers one question."""
MOST_VALUES = 60
"""Of one attribute."""
MOST_CERTIFICATE = 16_384


def endpoint_of(url: str) -> tuple[Endpoint, bool]:
    """Host and port of an ldap: or ldaps: URL; whether TLS comes first.

    Raises:
        Usage: `directory.bad_url`.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in ("ldap", "ldaps") or not url.isprintable():
        raise Usage("directory.bad_url", url=url)
    implicit = parts.scheme == "ldaps"
    return Endpoint(host=host, port=port or (636 if implicit else 389)), implicit


def find(
    source: DirectorySource,
    typed: str,
    secret: str,
    *,
    limit: int,
    seconds: float,
    trust: Trust = None,
) -> list[Person]:
    """Who answers to what was typed, at most `limit`, within about `seconds`.

    Raises:
        MailError: of the connection (sync/tls.py); `directory.key_refused`, `directory.bad_answer`.
    """
    words = bare(typed).split()[:MOST_WORDS] if "@" not in typed else [typed.strip()]
    if not words:
        return []
    endpoint, implicit = endpoint_of(source.url)
    context = anchored_context(source.ca, endpoint.host, BoundedContext, trust)
    with (
        Bounds(2 * seconds, MOST_OCTETS, endpoint.host) as context.bounds,
        closing(_connected(source, secret, endpoint, implicit, context, seconds)) as line,
    ):
        try:
            _log_in(line, endpoint, implicit)
            line.connection.search(
                source.base,
                filter_of(words),
                attributes=list(ATTRIBUTES),
                size_limit=limit,
                time_limit=max(1, int(seconds)),
            )
            entries = [e for e in line.connection.response or () if "raw_attributes" in e]
        except MailError:
            raise
        except Exception as error:  # ldap3 takes an answer to be what it should be, by index
            raise _explained(line, error, endpoint) from error
    return [person for entry in entries[:limit] if (person := person_of(entry["raw_attributes"]))]


def filter_of(words: Sequence[str]) -> str:
    """Every word somewhere in what is looked at. What is typed is never syntax."""
    parts = (
        "(|" + "".join(f"({name}=*{escape_filter_chars(word)}*)" for name in LOOKED_AT) + ")"
        for word in words
    )
    return f"(&(mail=*){''.join(parts)})"


class _OurTls(ldap3.Tls):  # type: ignore[misc]
    """The same TLS as everywhere else, instead of ldap3's own."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context, self._host = context, host
        self.failure: OSError | None = None
        """Why it could not be had: ldap3 tells it in words of its own."""

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Called by ldap3 with a connection in clear."""
        try:
            connection.socket = self._context.wrap_socket(
                connection.socket, server_hostname=self._host
            )
        except OSError as error:
            self.failure = error
            raise


class _Line:
    """A connection whose socket is ours to open and to close: ldap3 leaves some open."""

    def __init__(self, connection: Any, tls: _OurTls) -> None:
        self.connection, self.tls = connection, tls
        self._first = connection.socket

    def close(self) -> None:
        """At once; LDAP has no words to end with that anybody waits for."""
        for each in (self.connection.socket, self._first):
            if each is not None:
                each.close()


def _plain(endpoint: Endpoint, bounds: Bounds, seconds: float) -> socket.socket:
    made = socket.create_connection((endpoint.host, endpoint.port), timeout=seconds)
    line = BoundedPlain(fileno=made.detach())
    line.settimeout(seconds)
    line.bounds = bounds
    bounds.watch(line)
    return line


def _connected(
    source: DirectorySource,
    secret: str,
    endpoint: Endpoint,
    implicit: bool,
    context: BoundedContext,
    seconds: float,
) -> _Line:
    try:
        line = _plain(endpoint, context.bounds, seconds)
        try:
            if implicit:
                line = context.wrap_socket(line, server_hostname=endpoint.host)
        except BaseException:
            line.close()
            raise
    except OSError as error:
        raise explain(error, endpoint) from error
    tls = _OurTls(context, endpoint.host)
    connection = ldap3.Connection(
        ldap3.Server(endpoint.host, endpoint.port, use_ssl=implicit, tls=tls, get_info=ldap3.NONE),
        user=source.user or None,
        password=secret or None,
        authentication=ldap3.SIMPLE if source.user else ldap3.ANONYMOUS,
        auto_referrals=False,  # a referral would take the password elsewhere
        read_only=True,
    )
    connection.socket, connection.closed, connection.listening = line, False, True
    connection.strategy._outstanding = {}  # what its own `open` would have set
    return _Line(connection, tls)


def _log_in(line: _Line, endpoint: Endpoint, implicit: bool) -> None:
    # An anonymous line may not be in clear either: what is asked says who is cared for.
    if not implicit and not line.connection.start_tls(read_server_info=False):
        raise NeedsUser("tls.failed", host=endpoint.host)
    if not line.connection.bind(read_server_info=False):
        raise NeedsUser("directory.key_refused", host=endpoint.host)


def _explained(line: _Line, error: BaseException, endpoint: Endpoint) -> MailError:
    """What kept it from answering."""
    if line.tls.failure is not None:
        return explain(line.tls.failure, endpoint)
    if isinstance(error, LDAPStartTLSError):
        return NeedsUser("tls.failed", host=endpoint.host)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError):
            return explain(seen, endpoint)
        seen = seen.__cause__ or seen.__context__
    return Transient("directory.bad_answer", host=endpoint.host)


def person_of(raw: Mapping[str, Sequence[bytes]]) -> Person | None:
    """What an entry says; None of one without an address."""
    attributes = {name.partition(";")[0].lower(): values for name, values in raw.items()}

    def texts(name: str) -> list[str]:
        return [w for v in attributes.get(name, ())[:MOST_VALUES] if (w := _text(v))]

    def text(name: str) -> str:
        return next(iter(texts(name)), "")

    emails = [email for email in texts("mail") if is_address(email)]
    if not emails:
        return None
    place = Place(
        name=text("o"),
        service=text("ou"),
        street=text("street"),
        postcode=text("postalcode"),
        town=text("l"),
        phone=text("telephonenumber"),
    )
    national_id = next(_national_ids([*texts("employeenumber"), *texts("uid")]), "")
    given = text("givenname")
    return Person(
        id=national_id or emails[0],
        organisation=not (text("sn") or given or national_id),
        family=text("sn") or ("" if given else text("cn")),
        given=given,
        national_id=national_id,
        professions=once(texts("title")),
        places=(place,) if any(place) else (),
        addresses=tuple(Address(email, network_of(email)) for email in once(emails)),
        certificates=once(_certificates(attributes.get("usercertificate", ())[:MOST_VALUES])),
        sources=(Source.LDAP,),
    )


def _text(value: bytes) -> str:
    try:
        return value.decode()[:400].strip()
    except UnicodeDecodeError:
        return ""


def _national_ids(values: Sequence[str]) -> Iterator[str]:
    for value in values:
        if re.fullmatch(r"[0-9]{11}", value) and not problem_with_rpps(value):
            yield f"8{value}"
        elif re.fullmatch(r"8[0-9]{11}", value) and not problem_with_national_id(value):
            yield value


def _certificates(values: Sequence[bytes]) -> Iterator[bytes]:
    for value in values:
        if value[:1] == b"\x30" and len(value) <= MOST_CERTIFICATE:
            yield value
