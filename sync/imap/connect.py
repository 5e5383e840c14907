"""From nothing to a logged-in session: connect, encrypt, log in. Never a word in clear.

The password leaves only after TLS has verified the server (sync/tls.py). With STARTTLS, a server
that does not offer it, that greets as if we were logged in already (PREAUTH), or that slips
anything between its answer and TLS, is left at once (security notes: NO STARTTLS, 2021).
"""

from __future__ import annotations

import asyncio
import base64
import ssl

from store.errors import MailError, NeedsUser
from store.model.account import Account, Tls
from store.model.link import Step
from sync import tls
from sync.imap.dialogue import Dialogue
from sync.imap.exchange import Patience
from sync.imap.framing import Limits
from sync.imap.quoting import astring
from sync.imap.replies import Status, login_refusal
from sync.imap.session import ImapSession
from sync.imap.stream import ImapStream
from sync.link.recorder import Recorder

CONNECT_SECONDS = 60.0
OTHER_ADDRESS_SECONDS = 0.3
"""How long one of a host's addresses may take before the next one is tried beside it (RFC 8305)."""


async def connect(
    account: Account,
    password: str,
    *,
    timeout: float = CONNECT_SECONDS,
    patience: Patience | None = None,
    limits: Limits | None = None,
    recorder: Recorder | None = None,
) -> ImapSession:
    """Be logged in within `timeout` seconds. `recorder` is the session's, and told of failures too.

    Raises:
        Transient: `net.unreachable`, `net.timeout`, `net.name`, `net.lost`, `imap.bye`,
            `imap.busy`, `imap.protocol`.
        NeedsUser: `tls.*`, `imap.login_refused`, `imap.no_login`, `imap.preauth`,
            `imap.ask_operator`.
    """
    context = tls.client_context(account)
    recorder = recorder or Recorder()
    stream = ImapStream(account.imap, patience or Patience(), limits or Limits())
    try:
        async with asyncio.timeout(timeout):
            with recorder.step(Step.CONNECT, stream.traffic):
                await _reach(stream, account, context)
            with recorder.step(Step.LOGIN, stream.traffic):
                await _log_in(stream, account, password)
            dialogue = Dialogue(stream)
            await dialogue.begin_enabling()
    except Exception as error:
        # Being late cancels the wait inside, which then says that the line was lost.
        explained = tls.explain(error, account.imap)
        recorder.blame(explained)
        await stream.close()
        if explained is error:
            raise
        raise explained from error
    except BaseException:
        await stream.close()
        raise
    return ImapSession(dialogue, recorder)


async def _reach(stream: ImapStream, account: Account, context: ssl.SSLContext) -> None:
    """An encrypted connection to the right server."""
    implicit = account.tls is Tls.IMPLICIT
    await asyncio.get_running_loop().create_connection(
        lambda: stream,
        account.imap.host,
        account.imap.port,
        ssl=context if implicit else None,
        happy_eyeballs_delay=OTHER_ADDRESS_SECONDS,
    )
    greeting = await stream.greeting()
    if implicit:
        if greeting.kind == b"PREAUTH" and not account.client_cert:
            # Logged in as whom? Only a certificate of ours could have told.
            raise NeedsUser("imap.preauth", host=account.imap.host)
        return
    if greeting.kind == b"PREAUTH" or "STARTTLS" not in await _capabilities(stream):
        raise NeedsUser("tls.no_starttls", host=account.imap.host)
    if not (await stream.start_tls(context)).ok:
        raise NeedsUser("tls.no_starttls", host=account.imap.host)


async def _log_in(stream: ImapStream, account: Account, password: str) -> None:
    if (await stream.greeting()).kind == b"PREAUTH":
        await _capabilities(stream)
        return
    offered = await _capabilities(stream)
    stream.capabilities = offered - {"AUTH=PLAIN", "STARTTLS"}
    before = stream.capabilities
    if "AUTH=PLAIN" in offered:
        status = await _plain(stream, account, password, at_once="SASL-IR" in offered)
    elif "LOGINDISABLED" in offered:
        raise NeedsUser("imap.no_login", host=account.imap.host)
    else:
        user, secret = astring(_octets(account.user)), astring(_octets(password))
        status = await stream.answered(await stream.exchange(b"LOGIN ", user, b" ", secret))
    if not status.ok:
        raise _refused(status, account)
    if stream.capabilities is before:
        stream.capabilities = frozenset()
        await _capabilities(stream)


async def _plain(stream: ImapStream, account: Account, password: str, *, at_once: bool) -> Status:
    """AUTHENTICATE PLAIN (RFC 4616), in one turn with SASL-IR (RFC 4959)."""
    secret = base64.b64encode(b"\0" + _octets(account.user) + b"\0" + _octets(password))
    if at_once:
        return await stream.answered(await stream.exchange(b"AUTHENTICATE PLAIN " + secret))
    command = await stream.invited_exchange(b"AUTHENTICATE PLAIN")
    if await stream.invitation(command) is not None:
        await stream.say(secret)
    return await stream.answered(command)


async def _capabilities(stream: ImapStream) -> frozenset[str]:
    """What is offered now: mostly said already, else asked."""
    if not stream.capabilities:
        await stream.answered(await stream.exchange(b"CAPABILITY"))
    return stream.capabilities


def _refused(status: Status, account: Account) -> MailError:
    if status.kind == b"BAD":
        return NeedsUser("imap.no_login", host=account.imap.host)
    return login_refusal(status, account.imap.host)


def _octets(words: str) -> bytes:
    return words.encode("utf-8", "surrogateescape")
