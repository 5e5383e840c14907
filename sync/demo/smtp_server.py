"""A real submission server inside the program: aiosmtpd's, over implicit TLS, for known users.

It delivers at once into the mailboxes it is given, and reports it to who asked. It answers as an
operator's server does: nobody sends without logging in, nobody writes in another's name, an unknown
recipient is refused alone.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from sync.demo.delivery_report import Wanted, delivered, wanted, without_dsn

LOCALHOST = "127.0.0.1"
HOSTNAME = "smtp.demo.example"
LARGEST_OCTETS = 25_000_000
HANG_UP_SECONDS = 2.0
NOBODY = "<>"
"""The sender of what must not be answered (RFC 5321 §4.5.5), as aiosmtpd says it."""

# aiosmtpd logs addresses and whole protocol lines, and warns of its own deprecations.
logging.getLogger("mail.log").disabled = True

Deliver = Callable[[str, bytes], Awaitable[None]]
"""Given a user and the octets of a letter, puts the letter into the user's INBOX."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Someone who may log in, and the one address they may write as."""

    password: str
    address: str


class SmtpServer:
    """One server; `users` may log in, `mailboxes` says whose each address is."""

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        users: Mapping[str, Sender],
        mailboxes: Mapping[str, str],
        deliver: Deliver,
        now: Callable[[], int],
    ) -> None:
        self.port = 0
        """0 before the first `listen`; kept for the next ones."""
        self._context = context
        self._rules = _Rules(users, mailboxes, deliver, now)
        self._listening: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def listen(self) -> None:
        """Answer on 127.0.0.1, on a free port the first time and on the same one later."""
        loop = asyncio.get_running_loop()

        def answer() -> asyncio.BaseProtocol:
            return _Connection(self._rules, self._connections, loop)

        self._listening = await loop.create_server(answer, LOCALHOST, self.port, ssl=self._context)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def hang_up(self) -> None:
        """Stop answering, and break every connection in the middle of what it does."""
        if self._listening is None:
            return
        self._listening.close()
        gone = [connection.hang_up() for connection in list(self._connections)]
        await asyncio.wait_for(asyncio.gather(*gone, return_exceptions=True), HANG_UP_SECONDS)
        await self._listening.wait_closed()
        self._listening = None


class _Rules:
    """Who may send what to whom: aiosmtpd calls these hooks by name."""

    def __init__(
        self,
        users: Mapping[str, Sender],
        mailboxes: Mapping[str, str],
        deliver: Deliver,
        now: Callable[[], int],
    ) -> None:
        self._users = {name.encode(): sender for name, sender in users.items()}
        self._mailboxes = {address.lower(): user for address, user in mailboxes.items()}
        self._deliver, self._now = deliver, now

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, login: Any
    ) -> AuthResult:
        """PLAIN and LOGIN (RFC 4954)."""
        user = self._users.get(login.login)
        if user is None or not secrets.compare_digest(user.password.encode(), login.password):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=login)

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        # aiosmtpd reads command by command from a stream it never discards: pipelining holds.
        offered = [*replies[:-1], "250-PIPELINING", "250-CHUNKING", "250-DSN", replies[-1]]
        # In one write: asyncio warns on the terminal of the fifth to a client that has gone.
        return ["\r\n".join(offered)]

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        ours = (self._users[session.auth_data.login].address.lower(), NOBODY)
        if address.lower() not in ours:
            return "553 5.7.1 Sender address not owned by the authenticated user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.lower() not in self._mailboxes:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Deliver, each copy under the trace fields of RFC 5321 §4.4, and report it."""
        number = secrets.token_hex(5)
        for user in dict.fromkeys(self._mailboxes[to.lower()] for to in envelope.rcpt_tos):
            trace = self._trace(session, envelope.mail_from, number)
            await self._deliver(user, trace + envelope.content)
        await self._report(server, session, envelope, number)
        return f"250 2.0.0 Ok: delivered as {number}"

    async def _report(self, server: Any, session: Any, envelope: Any, number: str) -> None:
        arrived = [(to, server.wanted.get(to, Wanted())) for to in envelope.rcpt_tos]
        arrived = [(to, asked) for to, asked in arrived if asked.success]
        if not arrived or envelope.mail_from == NOBODY:
            return
        report = delivered(
            envelope.content,
            arrived,
            to=envelope.mail_from,
            host=HOSTNAME,
            number=f"report-{number}",
            envid=server.envid,
            at=self._now(),
        )
        user = self._mailboxes[envelope.mail_from.lower()]
        await self._deliver(user, self._trace(session, NOBODY, number) + report)

    def _trace(self, session: Any, mail_from: str, number: str) -> bytes:
        when = format_datetime(datetime.fromtimestamp(self._now(), UTC))
        return (
            f"Return-Path: <{mail_from.strip(NOBODY)}>\r\n"
            f"Received: from [{LOCALHOST}] by {HOSTNAME} with ESMTPSA id {number};\r\n"
            f"\t{when}\r\n"
        ).encode("ascii", "replace")


class _Connection(SMTP):  # type: ignore[misc]
    """One client. Adds BDAT (RFC 3030), DSN (RFC 3461) and an end that leaves no task behind."""

    def __init__(
        self, rules: _Rules, connections: set[_Connection], loop: asyncio.AbstractEventLoop
    ) -> None:
        # auth_require_tls only knows STARTTLS (aiosmtpd 1.4.6, 2026-11): with it, AUTH is never
        # offered under implicit TLS. The rules above refuse whoever has not logged in.
        super().__init__(
            rules,
            data_size_limit=LARGEST_OCTETS,
            hostname=HOSTNAME,
            ident="ESMTP Pli demo",
            auth_require_tls=False,
            authenticator=rules.authenticate,
            loop=loop,
        )
        self._connections = connections
        self._chunks: bytearray | None = None
        """What BDAT has brought of the letter; None outside of one."""
        self.envid = ""
        self.wanted: dict[str, Wanted] = {}
        """What is asked for each recipient of the letter."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._connections.discard(self)

    def hang_up(self) -> asyncio.Task[None]:
        """Break the line; the returned task ends once nothing is left of the connection."""
        task: asyncio.Task[None] = self._handler_coroutine
        self.transport.abort()
        return task

    async def _handle_client(self) -> None:
        # A client that breaks the line is no error of ours; without this, asyncio reports one.
        try:
            await super()._handle_client()
        except (ConnectionError, asyncio.IncompleteReadError):
            if self.transport is not None:
                self.transport.abort()

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()
        self._chunks = None

    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL, its DSN parameters kept aside: aiosmtpd refuses what it does not know."""
        plain, said = without_dsn(arg or "")
        self.envid, self.wanted = said.get("ENVID", ""), {}
        await super().smtp_MAIL(plain)

    async def smtp_RCPT(self, arg: str | None) -> None:
        """RCPT, the same; what is asked counts for a recipient that was taken."""
        plain, said = without_dsn(arg or "")
        before = len(self.envelope.rcpt_tos) if self.envelope else 0
        await super().smtp_RCPT(plain)
        for taken in self.envelope.rcpt_tos[before:] if self.envelope else ():
            self.wanted[taken] = wanted(said)

    async def smtp_DATA(self, arg: str) -> None:
        """DATA, except in a letter begun with BDAT (RFC 3030 §2)."""
        if self._chunks is not None:
            await self.push("503 5.5.1 DATA after BDAT")
            return
        await super().smtp_DATA(arg)

    async def smtp_BDAT(self, arg: str | None) -> None:
        """BDAT size [LAST] (RFC 3030 §2). The octets are always read, even to be refused."""
        words = (arg or "").upper().split()
        if not words or not words[0].isdigit() or words[1:] not in ([], ["LAST"]):
            # Without a size there is no telling where the octets end.
            await self.push("501 5.5.4 Syntax: BDAT size [LAST]")
            self.transport.close()
            return
        size, last = int(words[0]), len(words) == 2
        if size > LARGEST_OCTETS:
            await self.push("552 5.3.4 Message too big")
            self.transport.close()
            return
        chunk = await self._reader.readexactly(size)
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Need RCPT command")
            return
        await self.push(await self._taken(chunk, last=last))

    async def _taken(self, chunk: bytes, *, last: bool) -> str:
        self._chunks = (self._chunks or bytearray()) + chunk
        if len(self._chunks) > LARGEST_OCTETS:
            self._set_post_data_state()
            return "552 5.3.4 Message too big"
        if not last:
            return f"250 2.0.0 {len(chunk)} octets received"
        self.envelope.content = bytes(self._chunks)
        reply: str = await self._call_handler_hook("DATA")
        self._set_post_data_state()
        return reply
