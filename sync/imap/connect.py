"""From an account to a logged-in session, or to the reason why not."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Iterator

from store.errors import MailError, NeedsUser, Permanent, Transient
from store.model.account import Account, Tls
from sync.imap.conversation import understood
from sync.imap.readings import CODE
from sync.imap.session import ImapSession
from sync.imap.stream import Pieces, Stream, open_stream
from sync.imap.utf7 import quote
from sync.tls import client_context, explain

CONNECT_SECONDS = 30.0


async def connect(
    account: Account, password: str, *, timeout: float = CONNECT_SECONDS
) -> ImapSession:
    """Connect, secure the line, log in, and switch on what the server offers.

    Raises:
        Transient: `net.*`, `imap.bye`, `imap.not_now`.
        NeedsUser: `tls.*`, `imap.login_refused`.
    """
    context = client_context(account)
    with _explained(account):
        stream = await open_stream(
            account.imap.host,
            account.imap.port,
            context if account.tls is Tls.IMPLICIT else None,
            timeout,
        )
    try:
        with _explained(account):
            async with asyncio.timeout(timeout):
                return await _log_in(stream, account, password, context, timeout)
    except BaseException:
        stream.fail(Transient("net.lost"))
        raise


@contextlib.contextmanager
def _explained(account: Account) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError) as error:
        raise explain(error, account.imap) from error
    except MailError as error:
        error.params = {"host": account.imap.host, "account": account.name} | error.params
        raise


async def _log_in(
    stream: Stream, account: Account, password: str, context: ssl.SSLContext, timeout: float
) -> ImapSession:
    greeting = await stream.greeting
    if greeting[:3].upper() == b"BYE":
        raise Transient("imap.bye")
    if greeting[:2].upper() != b"OK":
        # PREAUTH before TLS would let anyone on the way choose the mailbox (NO STARTTLS, 2021).
        raise NeedsUser("tls.injected" if account.tls is Tls.STARTTLS else "imap.preauth")
    if account.tls is Tls.STARTTLS:
        if "STARTTLS" not in await _capabilities(stream):
            raise NeedsUser("tls.no_starttls")
        understood(await stream.submit([b"STARTTLS\r\n"]))
        if stream.buffered():
            raise NeedsUser("tls.injected")
        await stream.start_tls(context, account.imap.host, timeout)
        greeting = b""  # what was said in clear counts for nothing
    offered = _named(greeting) or await _capabilities(stream)
    welcome = await _authenticate(stream, offered, account, password)
    offered = _named(welcome) or await _capabilities(stream)
    return ImapSession(stream, offered, await _enable(stream, offered))


def _named(text: bytes) -> frozenset[str]:
    """The capabilities a greeting or a welcome carries, so that nothing need be asked."""
    code = CODE.search(text)
    if code is None or code[1].upper() != b"CAPABILITY" or not code[2]:
        return frozenset()
    return frozenset(code[2].decode("ascii", "replace").upper().split())


async def _capabilities(stream: Stream) -> frozenset[str]:
    found: set[str] = set()

    def collect(pieces: Pieces) -> None:
        words = pieces[0].decode("ascii", "replace").upper().split()
        if words[1:2] == ["CAPABILITY"]:
            found.update(words[2:])

    understood(await stream.submit([b"CAPABILITY\r\n"], collect))
    return frozenset(found)


async def _authenticate(
    stream: Stream, offered: frozenset[str], account: Account, password: str
) -> bytes:
    secret = base64.b64encode(f"\0{account.user}\0{password}".encode())
    if "AUTH=PLAIN" in offered and "SASL-IR" in offered:
        answer = stream.submit([b"AUTHENTICATE PLAIN " + secret + b"\r\n"])
    elif "AUTH=PLAIN" in offered:
        answer = stream.submit([b"AUTHENTICATE PLAIN\r\n", secret + b"\r\n"])
    elif "LOGINDISABLED" in offered:
        raise NeedsUser("imap.no_login")
    else:
        words = quote(account.user.encode()), quote(password.encode())
        answer = stream.submit([b"LOGIN %s %s\r\n" % words])
    rest = await answer
    try:
        return understood(rest)
    except Permanent as error:
        raise NeedsUser("imap.login_refused") from error


async def _enable(stream: Stream, offered: frozenset[str]) -> frozenset[str]:
    wanted = [name for name in ("QRESYNC",) if name in offered and "ENABLE" in offered]
    if not wanted:
        return frozenset()
    found: set[str] = set()

    def collect(pieces: Pieces) -> None:
        words = pieces[0].decode("ascii", "replace").upper().split()
        if words[1:2] == ["ENABLED"]:
            found.update(words[2:])

    understood(await stream.submit([b"ENABLE " + " ".join(wanted).encode() + b"\r\n"], collect))
    return frozenset(found)
