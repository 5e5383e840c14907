"""Logging in: step by step, or all that is always asked in one flight.

A server whose offers are remembered gets the login, ENABLE and LIST written together and answers
them together: a pass over mailboxes in which nothing changed then costs one turn. A server that
says BAD to that is connected to once more and asked step by step, now and for some days
(sync/imap/memory.py). One that asks for more, talks nonsense or hangs up is asked step by step the
next time: it may have refused the password in its own way, and too many refusals lock a mailbox.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Login
from sync import sasl
from sync.imap import mailboxes, quirks
from sync.imap.dialogue import Dialogue
from sync.imap.memory import LOGIN
from sync.imap.quoting import astring
from sync.imap.replies import Status, login_refusal
from sync.imap.reputation import surely_offers
from sync.imap.stream import ImapStream
from sync.tokens import TokenRefused

ODD = {"net.lost", "imap.bye", "imap.protocol"}
CLOSED = "imap.closed_after_password"
REFUSED = {"imap.login_refused", "imap.ask_operator", CLOSED}
"""A password was said, and it is not taken: said often, it locks a mailbox."""
NOT_OFFERED = {
    Login.TOKEN: "token.not_offered",
    Login.CERTIFICATE: "certificate.not_offered",
}


class FlightRefused(Transient):
    """The server did not take the flight as one that can would. Ask it step by step."""


class Unanswered(Transient):
    """The password was said, and the connection ended without a word on it.

    A bad line does that, and so does a server that has had enough of a wrong password.
    """


def unanswered(error: Transient) -> MailError:
    """What it means that a connection ended so after the password and before a word on it.

    A goodbye in so many words, to a login said by itself, is how some servers refuse a password.
    """
    by_itself = not isinstance(error, FlightRefused)
    if by_itself and error.code == "imap.bye" and not error.params["for_now"]:
        return NeedsUser(CLOSED, **error.params)
    return Unanswered(error.code, **error.params)


class Password:
    """What is said once per connection."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.unanswered = False
        """It was said, and the server has not answered."""


async def capabilities(stream: ImapStream) -> frozenset[str]:
    """What is offered now: mostly said already, else asked."""
    if not stream.capabilities:
        await stream.answered(await stream.exchange(b"CAPABILITY"))
    return stream.capabilities


async def log_in(dialogue: Dialogue, account: Account, password: Password, *, watch: bool) -> None:
    """Step by step. What the session will need enabled is asked for, and not waited for.

    watch: and to be told of changes in any mailbox.

    Raises:
        NeedsUser: `imap.login_refused`, `imap.no_login`, `imap.ask_operator`; `token.*`,
            `certificate.*`.
    """
    stream = dialogue.stream
    if (await stream.greeting()).kind == b"PREAUTH":
        await capabilities(stream)
    else:
        await _say_who(dialogue, account, password)
    await _begin(dialogue, watch=watch)


async def log_in_at_once(
    dialogue: Dialogue,
    account: Account,
    password: Password,
    *,
    listing: bool,
    watch: bool,
    first: bool = False,
) -> None:
    """As `log_in`, and with `listing` LIST: as far as `dialogue.memory` says they are offered.

    first: the server's greeting is not waited for.

    Of a server nobody remembers, its greeting tells what may be assumed (sync/imap/reputation.py).

    Raises:
        FlightRefused: nothing is known of this server after all.
        NeedsUser: as `log_in`.
    """
    stream, volunteers = dialogue.stream, True
    if not first:
        greeting = await stream.greeting()
        volunteers = greeting.code == b"CAPABILITY"
        poor = stream.capabilities and not stream.capabilities >= LOGIN
        if not dialogue.memory.offered and stream.capabilities >= LOGIN:
            dialogue.memory = replace(dialogue.memory, offered=surely_offers(greeting.text))
        if greeting.kind == b"PREAUTH" or poor or not dialogue.memory.offered:
            await log_in(dialogue, account, password, watch=watch)
            return
    fly = partial(_fly, volunteers=volunteers, listing=listing, watch=watch)
    try:
        status = await fly(dialogue, account, password)
    except Transient as error:
        if error.code == "imap.bye" and not stream.greeted:
            password.unanswered = False  # it has no time, and read nothing
        elif error.code in ODD:
            raise FlightRefused(error.code, **error.params) from error
        raise
    if status.kind == b"BAD" or (first and not await may_speak_first(dialogue)):
        raise FlightRefused("imap.protocol")
    if not status.ok:
        raise login_refusal(status, account.imap.host)


async def may_speak_first(dialogue: Dialogue) -> bool:
    """Whether this server's greeting says nothing that changes what is said after it."""
    stream = dialogue.stream
    greeting = await stream.greeting()
    usual = quirks.without(dialogue.host, b"") == quirks.without(dialogue.host, greeting.text)
    return usual and greeting.kind == b"OK" and stream.offered_first >= LOGIN


async def _fly(
    dialogue: Dialogue,
    account: Account,
    password: Password,
    *,
    volunteers: bool,
    listing: bool,
    watch: bool,
) -> Status:
    stream = dialogue.stream
    secret = sasl.first_words("PLAIN", account, password.words, account.imap)
    dialogue.before_login = LOGIN
    stream.capabilities = assumed = dialogue.memory.offered
    password.unanswered = True
    login = await stream.exchange(b"AUTHENTICATE PLAIN " + secret)
    await _begin(dialogue, watch=watch)
    # A server that greets without saying what it offers will not say it to the login either.
    asked = None if volunteers else await stream.exchange(b"CAPABILITY")
    if listing and mailboxes.in_one_turn(dialogue):
        dialogue.listing = await mailboxes.ask_list(dialogue)
        await mailboxes.deflate_behind_list(dialogue)
    status = await stream.answered(login)
    password.unanswered = False
    if status.ok and asked is not None:
        await stream.answered(asked)
    if status.ok and any(stream.capabilities is said for said in (assumed, stream.offered_first)):
        stream.capabilities = frozenset()
        await capabilities(stream)
    if status.ok:
        await _begin(dialogue, watch=watch)
    return status


async def _begin(dialogue: Dialogue, *, watch: bool) -> None:
    await dialogue.begin_enabling()
    if watch:
        await dialogue.begin_watching()


async def _say_who(dialogue: Dialogue, account: Account, password: Password) -> None:
    stream = dialogue.stream
    offered = await capabilities(stream)
    dialogue.before_login = offered & LOGIN
    stream.capabilities = offered - {"AUTH=PLAIN", "STARTTLS"}
    before = stream.capabilities
    mechanism = _mechanism(offered, account)
    password.unanswered = True
    if mechanism is None:
        status = await _login(stream, account, password)
    else:
        status = await _authenticate(
            stream, account, password, mechanism, at_once="SASL-IR" in offered
        )
    password.unanswered = False
    if not status.ok:
        raise _refused(status, account)
    if stream.capabilities is before:
        stream.capabilities = frozenset()
        await capabilities(stream)


def _mechanism(offered: frozenset[str], account: Account) -> str | None:
    """How to say who we are, the way the account does; None for the LOGIN command."""
    names = {word.removeprefix("AUTH=") for word in offered if word.startswith("AUTH=")}
    mechanism = sasl.mechanism(account.login, names - {"LOGIN"})
    if mechanism is not None:
        return mechanism
    if account.login is not Login.PASSWORD:
        raise NeedsUser(NOT_OFFERED[account.login], host=account.imap.host)
    if "LOGINDISABLED" in offered:
        raise NeedsUser("imap.no_login", host=account.imap.host)
    return None


async def _authenticate(
    stream: ImapStream, account: Account, password: Password, mechanism: str, *, at_once: bool
) -> Status:
    """AUTHENTICATE, in one turn with SASL-IR (RFC 4959).

    A token that is refused is first told why, in a '+' (RFC 7628 section 3.2.3): those words are
    for programs, and change nothing.
    """
    words = sasl.first_words(mechanism, account, password.words, account.imap)
    name = b"AUTHENTICATE " + mechanism.encode("ascii")
    if at_once:
        command = await stream.invited_exchange(name + b" " + words)
    else:
        command = await stream.invited_exchange(name)
        if await stream.invitation(command) is None:
            return await stream.answered(command)
        await stream.say(words, again=command)
    last = sasl.LAST_WORD.get(mechanism)
    if await stream.invitation(command) is not None:
        if last is None:
            raise Transient("imap.protocol")
        await stream.say(last)
    return await stream.answered(command)


async def _login(stream: ImapStream, account: Account, password: Password) -> Status:
    user, secret = astring(sasl.octets(account.user)), astring(sasl.octets(password.words))
    return await stream.answered(await stream.exchange(b"LOGIN ", user, b" ", secret))


def _refused(status: Status, account: Account) -> MailError:
    if status.kind == b"BAD":
        return NeedsUser("imap.no_login", host=account.imap.host)
    error = login_refusal(status, account.imap.host)
    if error.code != "imap.login_refused" or account.login is Login.PASSWORD:
        return error
    if account.login is Login.TOKEN:
        return TokenRefused("token.refused", account=account.name)
    return NeedsUser("certificate.login_refused", host=account.imap.host)
