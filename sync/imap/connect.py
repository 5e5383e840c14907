"""From nothing to a logged-in session: connect, encrypt, log in. Never a word in clear.

The password leaves only after TLS has verified the server (sync/tls.py). With STARTTLS, a server
that does not offer it, that greets as if we were logged in already (PREAUTH), or that slips
anything between its answer and TLS, is left at once (security notes: NO STARTTLS, 2021). What is
remembered of a server changes none of this.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from store.errors import NeedsUser, Transient
from store.host import clock
from store.model.account import Account, Login, Tls
from store.model.link import Step
from sync import tls
from sync.imap import quirks
from sync.imap.dialogue import Dialogue
from sync.imap.exchange import Patience
from sync.imap.framing import Limits
from sync.imap.login import (
    ODD,
    FlightRefused,
    Password,
    Unanswered,
    capabilities,
    log_in,
    log_in_at_once,
    may_speak_first,
    unanswered,
)
from sync.imap.memory import Memory
from sync.imap.session import ImapSession
from sync.imap.stream import ImapStream
from sync.link.profile import profile_of
from sync.link.recorder import Recorder
from sync.resumption import ResumingContext, resuming_context
from sync.tokens import TokenRefused, with_token
from sync.trust.server import Trust

CONNECT_SECONDS = 60.0
OTHER_ADDRESS_SECONDS = 0.3
"""How long one of a host's addresses may take before the next one is tried beside it (RFC 8305)."""


async def connect(
    account: Account,
    password: str,
    *,
    listing: bool = False,
    much: bool = False,
    watch: bool = False,
    timeout: float = CONNECT_SECONDS,
    patience: Patience | None = None,
    limits: Limits | None = None,
    recorder: Recorder | None = None,
    remember: Callable[[str], None] | None = None,
    trust: Trust = None,
) -> ImapSession:
    """Be logged in within `timeout` seconds; twice that where a flight was not understood, or a
    token was over.

    recorder: the session's; it is told of failures too.
    remember: is told at once what the next `connect` should find in `account.capabilities`, when a
        flight was not taken; what else is to be remembered, the session knows.
    trust: what is kept of this account's authorities and of what they revoked.
    listing: the list of mailboxes is the first thing that will be asked.
    much: and much will be said behind it.
    watch: the session will wait for news, of all mailboxes where the server can (NOTIFY).

    Raises:
        Transient: `net.unreachable`, `net.timeout`, `net.name`, `net.lost`, `imap.bye`,
            `imap.busy`, `imap.protocol`; `Unanswered` once the password was said, which is then
            not said again here.
        NeedsUser: `tls.*`, `imap.login_refused`, `imap.closed_after_password`, `imap.no_login`,
            `imap.preauth`, `imap.ask_operator`, `token.*`, `certificate.*`.
    """
    door = _Door(
        account=account,
        listing=listing,
        much=much,
        watch=watch,
        timeout=timeout,
        patience=patience or Patience(),
        limits=limits or Limits(),
        recorder=recorder or Recorder(),
        remember=remember,
        trust=trust,
    )
    if account.login is Login.TOKEN:
        return await with_token(account, door.enter)
    return await door.enter(password)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """Everything a login needs but what is said."""

    account: Account
    listing: bool
    much: bool
    watch: bool
    timeout: float
    patience: Patience
    limits: Limits
    recorder: Recorder
    remember: Callable[[str], None] | None
    trust: Trust

    async def enter(self, words: str) -> ImapSession:
        """In one flight where that is known to work, else step by step. See `connect`."""
        memory = Memory.read(self.account.capabilities).at(clock.now())
        # A token is often refused, in a dialogue of its own: nothing is written behind it.
        flies = memory.takes_a_flight(clock.now()) or (self.listing and memory.is_empty)
        if self.account.login is Login.PASSWORD and flies:
            try:
                first = _speaks_first(self.account, memory)
                return await self._attempt(words, memory, at_once=True, first=first)
            except (FlightRefused, Unanswered) as error:
                memory = memory.after_a_flight(error, clock.now())
                if self.remember is not None:
                    self.remember(str(memory))
                if isinstance(error, Unanswered):
                    raise
        return await self._attempt(words, memory, at_once=False)

    async def _attempt(
        self, words: str, memory: Memory, *, at_once: bool, first: bool = False
    ) -> ImapSession:
        account, secret = self.account, Password(words)
        dialogue = Dialogue(ImapStream(account.imap, self.patience, self.limits), memory)
        dialogue.may_compress = profile_of(account).compress
        dialogue.expects_much, dialogue.remember = self.much, self.remember
        way = partial(log_in_at_once, listing=self.listing, first=first) if at_once else log_in
        login = partial(way, dialogue, account, secret, watch=self.watch)
        try:
            context = resuming_context(account, account.imap, self.trust)
            await _logged_in(
                *(dialogue, account, login, self.timeout, self.recorder, context), first=first
            )
        except Transient as error:
            if not secret.unanswered:
                raise
            if account.login is Login.TOKEN and error.code in ODD:
                # MSSanté operators are known to hang up on a token that is over.
                raise TokenRefused("token.refused", account=account.name) from error
            # Whether or not a flight was refused: it may be wrong.
            raise unanswered(error) from error
        # A list that left with the login may still show that the server takes no flight.
        flew = at_once and dialogue.listing is None
        dialogue.memory = dialogue.memory.logged_in(flew=flew)
        return ImapSession(dialogue, self.recorder)


def _speaks_first(account: Account, memory: Memory) -> bool:
    """Whether the flight leaves with the end of the handshake: a turn is saved.

    Whom we talk to, TLS has verified; what the greeting then says is heeded all the same.
    """
    return memory.before_greeting and account.tls is Tls.IMPLICIT and not account.client_cert


async def _logged_in(
    dialogue: Dialogue,
    account: Account,
    login: Callable[[], Awaitable[None]],
    timeout: float,
    recorder: Recorder,
    context: ResumingContext,
    *,
    first: bool,
) -> None:
    stream = dialogue.stream
    try:
        async with asyncio.timeout(timeout):
            with recorder.step(Step.CONNECT, stream.traffic):
                await _reach(stream, account, context, first=first)
                words = b"" if first else (await stream.greeting()).text
            dialogue.without = quirks.without(account.imap.host, words)
            with recorder.step(Step.LOGIN, stream.traffic):
                await login()
            dialogue.memory = replace(
                dialogue.memory, before_greeting=await may_speak_first(dialogue)
            )
            context.remember(stream.transport.get_extra_info("ssl_object"))
    except Exception as error:
        context.forget()
        # Being late cancels the wait inside, which then says that the line was lost.
        explained = tls.explain(error, account.imap)
        recorder.blame(explained)
        await stream.close()
        if explained is error:
            raise
        raise explained from error
    except BaseException:
        context.forget()
        await stream.close()
        raise


async def _reach(
    stream: ImapStream, account: Account, context: ssl.SSLContext, *, first: bool
) -> None:
    """An encrypted connection to the right server; `first`: it need not have greeted."""
    implicit = account.tls is Tls.IMPLICIT
    await asyncio.get_running_loop().create_connection(
        lambda: stream,
        account.imap.host,
        account.imap.port,
        ssl=context if implicit else None,
        happy_eyeballs_delay=OTHER_ADDRESS_SECONDS,
    )
    if first:
        return
    greeting = await stream.greeting()
    if implicit:
        if greeting.kind == b"PREAUTH" and not account.client_cert:
            # Logged in as whom? Only a certificate of ours could have told.
            raise NeedsUser("imap.preauth", host=account.imap.host)
        return
    if greeting.kind == b"PREAUTH" or "STARTTLS" not in await capabilities(stream):
        raise NeedsUser("tls.no_starttls", host=account.imap.host)
    if not (await stream.start_tls(context)).ok:
        raise NeedsUser("tls.no_starttls", host=account.imap.host)
