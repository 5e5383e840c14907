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
from typing import Any
from urllib.parse import urlsplit

from store.compose import is_address
from store.db.fold import bare
from store.errors import MailError, NeedsUser, Transient, Usage
from store.model.account import Endpoint
from store.model.directory import Address, Person, Place, Source, network_of, once
from store.model.directory_source import DirectorySource
from store.model.identifiers import problem_with_national_id, problem_with_rpps
from sync.tls import anchored_context, explain

with warnings.catch_warnings():
    # ldap3 2.9.1 uses names that pyasn1 has renamed (2026-11).
    warnings.simplefilter("ignore", DeprecationWarning)
    import ldap3
    from ldap3.core.exceptions import (
        LDAPExceptionError,
        LDAPInvalidCredentialsResult,
        LDAPSocketOpenError,
    )
    from ldap3.utils.conv import escape_filter_chars

ATTRIBUTES = (
    *("cn", "sn", "givenName", "mail", "title", "o", "ou", "l", "postalCode", "street"),
    *("telephoneNumber", "uid", "employeeNumber", "userCertificate", "objectClass"),
)
LOOKED_AT = ("cn", "sn", "givenName", "mail", "l", "o", "uid", "employeeNumber")
MOST_WORDS = 6
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
    source: DirectorySource, typed: str, secret: str, *, limit: int, seconds: float
) -> list[Person]:
    """Who answers to what was typed, at most `limit`, within about `seconds`.

    Raises:
        MailError: of the connection (sync/tls.py); `directory.key_refused`, `directory.bad_answer`.
    """
    words = bare(typed).split()[:MOST_WORDS] if "@" not in typed else [typed.strip()]
    if not words:
        return []
    endpoint, implicit = endpoint_of(source.url)
    try:
        line = _bound(source, endpoint, implicit, secret, seconds)
        try:
            line.search(
                source.base,
                filter_of(words),
                attributes=list(ATTRIBUTES),
                size_limit=limit,
                time_limit=max(1, int(seconds)),
            )
            entries = [entry for entry in line.response or () if "raw_attributes" in entry]
        finally:
            line.unbind()
    except MailError:
        raise
    except LDAPInvalidCredentialsResult as error:
        raise NeedsUser("directory.key_refused", host=endpoint.host) from error
    except LDAPSocketOpenError as error:
        raise explain(_cause(error), endpoint) from error
    except (LDAPExceptionError, OSError, ValueError) as error:
        raise Transient("directory.bad_answer", host=endpoint.host) from error
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

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Called by ldap3 with a socket that is connected."""
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=self._host, do_handshake_on_connect=do_handshake
        )


def _bound(
    source: DirectorySource, endpoint: Endpoint, implicit: bool, secret: str, seconds: float
) -> Any:
    context = anchored_context(source.ca, endpoint.host)
    server = ldap3.Server(
        endpoint.host,
        endpoint.port,
        use_ssl=implicit,
        tls=_OurTls(context, endpoint.host),
        get_info=ldap3.NONE,
        connect_timeout=seconds,
    )
    line = ldap3.Connection(
        server,
        user=source.user or None,
        password=secret or None,
        authentication=ldap3.SIMPLE if source.user else ldap3.ANONYMOUS,
        receive_timeout=seconds,
        auto_referrals=False,  # a referral would take the password elsewhere
        raise_exceptions=False,
        read_only=True,
    )
    line.open()
    # An anonymous line may never be in clear either: what is asked says who is cared for.
    if not implicit and not line.start_tls():
        raise NeedsUser("tls.failed", host=endpoint.host)
    if not line.bind():
        raise NeedsUser("directory.key_refused", host=endpoint.host)
    return line


def _cause(error: BaseException) -> BaseException:
    """What kept the socket from being opened, which ldap3 tells in its own words."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError | socket.gaierror | ConnectionError | TimeoutError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return OSError()


def person_of(raw: Mapping[str, Sequence[bytes]]) -> Person | None:
    """What an entry says; None of one without an address."""
    attributes = {name.partition(";")[0].lower(): values for name, values in raw.items()}

    def texts(name: str) -> list[str]:
        return [w for v in attributes.get(name, ()) if (w := _text(v))]

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
        certificates=once(_certificates(attributes.get("usercertificate", ()))),
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
