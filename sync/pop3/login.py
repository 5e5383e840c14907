"""From nothing to a logged-in maildrop: connect, encrypt, log in. Never a word in clear.

As sync/imap/connect.py, in POP3: TLS from the first octet, or STLS (RFC 2595), required, nothing
said around it; what was offered in clear is forgotten. Then SASL (RFC 5034), or USER and PASS where
the server knows nothing else, which under TLS is no worse.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Login, Tls
from store.model.link import Step
from sync import sasl, tls
from sync.link.profile import profile_of
from sync.link.recorder import Recorder
from sync.pop3.maildrop import Maildrop, capabilities
from sync.pop3.stream import Pop3Stream
from sync.resumption import resuming_context
from sync.tokens import TokenRefused, with_token

OTHER_ADDRESS_SECONDS = 0.3
BUSY = re.compile(rb"-ERR \[(?:IN-USE|LOGIN-DELAY|SYS/TEMP)\]", re.I)
"""RFC 2449, RFC 3206: not a wrong password."""
NOT_OFFERED = {Login.TOKEN: "token.not_offered", Login.CERTIFICATE: "certificate.not_offered"}
HUNG_UP = {"net.lost", "pop3.protocol"}


async def connect(
    account: Account,
    password: str,
    *,
    timeout: float | None = None,
    recorder: Recorder | None = None,
) -> Maildrop:
    """Be logged in within `timeout` seconds, the profile's by default.

    Raises:
        Transient: `net.*`, `pop3.busy`, `pop3.protocol`.
        NeedsUser: `tls.*`, `pop3.login_refused`, `pop3.no_login`, `token.*`, `certificate.*`.
    """
    seconds = profile_of(account).connect_seconds if timeout is None else timeout
    enter = partial(_enter, account, seconds=seconds, recorder=recorder or Recorder())
    if account.login is Login.TOKEN:
        return await with_token(account, enter)
    return await enter(password)


async def _enter(account: Account, secret: str, *, seconds: float, recorder: Recorder) -> Maildrop:
    stream = Pop3Stream(account.imap, profile_of(account).silence_seconds)
    context = resuming_context(account, account.imap)
    try:
        async with asyncio.timeout(seconds):
            with recorder.step(Step.CONNECT, stream.traffic):
                await _reach(stream, account)
            with recorder.step(Step.LOGIN, stream.traffic):
                offered = await capabilities(stream)
                await _log_in(stream, account, secret, offered)
                offered = await capabilities(stream)
            if stream.secure is not None:
                context.remember(stream.secure)
    except BaseException as error:
        context.forget()
        stream.fail(Transient("net.lost", host=account.imap.host))
        if not isinstance(error, Exception):
            raise
        explained = tls.explain(error, account.imap)
        recorder.blame(explained)
        if explained is error:
            raise
        raise explained from error
    return Maildrop(stream, offered, recorder)


async def _reach(stream: Pop3Stream, account: Account) -> None:
    """An encrypted connection to the right server, which has greeted."""
    implicit, context = account.tls is Tls.IMPLICIT, resuming_context(account, account.imap)
    await asyncio.get_running_loop().create_connection(
        lambda: stream,
        account.imap.host,
        account.imap.port,
        ssl=context if implicit else None,
        happy_eyeballs_delay=OTHER_ADDRESS_SECONDS,
    )
    greeting = await stream.line()
    if BUSY.match(greeting):
        raise Transient("pop3.busy", host=account.imap.host)
    if not greeting.startswith(b"+OK"):
        raise Transient("pop3.protocol")
    if implicit:
        return
    # What is offered in clear decides nothing: STLS is said, and accepted, or we leave.
    if not (await stream.say_stls()).startswith(b"+OK"):
        raise NeedsUser("tls.no_starttls", host=account.imap.host)
    await stream.start_tls(context)


async def _log_in(
    stream: Pop3Stream, account: Account, secret: str, offered: dict[bytes, bytes]
) -> None:
    if stream.secure is None:
        raise NeedsUser("tls.no_starttls", host=account.imap.host)
    names = set(offered.get(b"SASL", b"").decode("ascii", "replace").upper().split()) - {"LOGIN"}
    mechanism = sasl.mechanism(account.login, names)
    if mechanism is None and account.login is not Login.PASSWORD:
        raise NeedsUser(NOT_OFFERED[account.login], host=account.imap.host)
    try:
        if mechanism is None:
            answer = await _user_and_pass(stream, account, secret)
        else:
            answer = await _auth(stream, account, secret, mechanism)
    except Transient as error:
        if account.login is Login.TOKEN and error.code in HUNG_UP:
            # MSSanté operators are known to hang up on a token that is over.
            raise TokenRefused("token.refused", account=account.name) from error
        raise
    if not answer.startswith(b"+OK"):
        raise _refusal(answer, account)


async def _auth(stream: Pop3Stream, account: Account, secret: str, mechanism: str) -> bytes:
    words = sasl.first_words(mechanism, account, secret, account.imap)
    command = b"AUTH " + mechanism.encode("ascii")
    if len(command) + len(words) + 3 <= 255:  # RFC 5034 section 4
        await stream.say(command + b" " + words)
    else:
        await stream.say(command)
        answer = await stream.line()
        if not answer.startswith(b"+ "):
            return answer
        await stream.say(words)
    answer = await stream.line()
    if answer.startswith(b"+") and not answer.startswith(b"+OK"):
        if mechanism not in sasl.LAST_WORD:
            raise Transient("pop3.protocol")
        await stream.say(sasl.LAST_WORD[mechanism])
        answer = await stream.line()
    return answer


async def _user_and_pass(stream: Pop3Stream, account: Account, secret: str) -> bytes:
    if any(character in account.user + secret for character in "\r\n\0"):
        raise NeedsUser("pop3.no_login", host=account.imap.host)
    await stream.say(b"USER " + sasl.octets(account.user))
    answer = await stream.line()
    if not answer.startswith(b"+OK"):
        return answer
    await stream.say(b"PASS " + sasl.octets(secret))
    return await stream.line()


def _refusal(answer: bytes, account: Account) -> MailError:
    host = account.imap.host
    if BUSY.match(answer):
        return Transient("pop3.busy", host=host)
    if account.login is Login.TOKEN:
        return TokenRefused("token.refused", account=account.name)
    if account.login is Login.CERTIFICATE:
        return NeedsUser("certificate.login_refused", host=host)
    return NeedsUser("pop3.login_refused", host=host)
