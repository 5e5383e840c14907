"""The only sender: a logged-in TLS connection to a submission server, for letter after letter.

aiosmtplib connects, greets, encrypts and logs in. The transaction (sync/submit/transaction.py) is
ours, because it must stop just before the final dot: the caller writes to the disk, then it leaves.

Never in clear: TLS from the first octet, or STARTTLS, required, nothing said around it (RFC 3207).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import cast

import aiosmtplib

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Login, Tls
from sync import tls
from sync.imap.exchange import Traffic
from sync.resumption import resuming_context
from sync.submit.ending import told_to_stop
from sync.submit.envelope import Letter, Offer, check, read_offer
from sync.submit.login import log_in
from sync.submit.plan import CUT, Transmission
from sync.submit.sockets import unacknowledged
from sync.submit.transaction import Patience, Transaction
from sync.submit.wire import SLICE_OCTETS, Unasked, Wire
from sync.tokens import with_token
from sync.trust.server import Trust

GREETING_NAME = "[127.0.0.1]"
"""Said in EHLO: a valid name that tells nothing of the clinic's network."""
CLOSING_SECONDS = 1.0


class Submitter(aiosmtplib.SMTP):
    """A logged-in connection: `async with Submitter(account, password) as line: ...`.

    Entering raises:
        MailError: `net.*` and `tls.*` of sync/tls.py.
        NeedsUser: `smtp.login_refused`, `smtp.no_login`, `smtp.turned_away`; `tls.no_starttls`,
            `tls.injected`; `token.*`, `certificate.*`.
        Transient: `smtp.busy`, `smtp.garbled`.
    """

    protocol: Wire | None

    def __init__(
        self, account: Account, password: str, patience: Patience | None = None, trust: Trust = None
    ) -> None:
        self._account, self._password = account, password
        self.traffic, self.trust = Traffic(), trust
        self._patience = patience or Patience()
        self._wire: Wire | None = None
        self.offer = Offer()
        self.connected_at = 0.0
        """By the clock of the event loop."""
        self._context = resuming_context(account, account.smtp, trust)
        super().__init__(
            hostname=account.smtp.host,
            port=account.smtp.port,
            use_tls=account.submission_tls is Tls.IMPLICIT,
            start_tls=account.submission_tls is Tls.STARTTLS,
            tls_context=self._context,
            local_hostname=GREETING_NAME,
            timeout=self._patience.connect_seconds,
        )

    async def __aenter__(self) -> Submitter:
        """Connect, encrypt, log in; leave nothing open when any of it fails."""
        if self._account.login is Login.TOKEN:
            await with_token(self._account, self._enter)
        else:
            await self._enter(self._password)
        self.offer = read_offer(self.esmtp_extensions)
        self.connected_at = asyncio.get_running_loop().time()
        return self

    async def _enter(self, secret: str) -> None:
        try:
            async with asyncio.timeout(self._patience.connect_seconds):
                await self.connect()
                await self._log_in(secret)
            self._context.remember(self.get_transport_info("ssl_object"))
        except (aiosmtplib.SMTPException, OSError) as error:
            self._context.forget()
            await self._hang_up()
            raise self._explained(error) from error
        except BaseException:
            self._context.forget()
            await self._hang_up()
            raise

    async def __aexit__(self, *_: object) -> None:
        """See `leave`."""
        await self.leave()

    async def answers(self) -> bool:
        """Whether the server is still there, asked without waiting long for the answer."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await self.noop(timeout=self._patience.quit_seconds)
            return self.usable
        return False

    def count_anew(self) -> None:
        """What the connection has cost is counted from here on."""
        self.traffic = Traffic()
        if self.protocol is not None:
            self.protocol.traffic = self.traffic

    async def leave(self) -> None:
        """Say goodbye, without waiting long for the answer."""
        if self.usable:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await self.quit(timeout=self._patience.quit_seconds)
        await self._hang_up()

    @property
    def usable(self) -> bool:
        """True while another letter may be sent over this connection."""
        return self.protocol is not None and self.is_connected and not self.protocol.unasked

    @property
    def octets_gone(self) -> int:
        """What has been said so far and has arrived, near enough to show."""
        waiting = 0 if self.transport is None else unacknowledged(self.transport)
        return self.traffic.octets_out - waiting

    async def transmit(
        self, letter: Letter, about_to_dot: Callable[[tuple[str, ...]], Awaitable[None]]
    ) -> Transmission:
        """One mail transaction; what the server says and the line does is in what it returns.

        Cancelled before the dot, it ends the connection; after it, it waits for the answer.

        Args:
            about_to_dot: called with the accepted recipients once only the final dot is missing;
                when it raises, the connection ends without the dot.

        Raises:
            Permanent: this server can never take it, and nothing was said (`envelope.check`).
        """
        check(letter, self.offer)
        if self.protocol is None or not self.usable:
            return Transmission(broken=CUT)
        transaction = Transaction(self.protocol, letter, self.offer, self._patience)
        try:
            await transaction.all_but_the_dot()
            if transaction.said().ready_for_dot():
                await about_to_dot(transaction.said().accepted_at_rcpt())
                await transaction.dot()
        except BaseException:
            self.close()
            raise
        said = transaction.said()
        await self._ready_for_the_next(said)
        return said

    async def _ready_for_the_next(self, said: Transmission) -> None:
        """Leave no half transaction behind: nothing of one letter may end in another."""
        if said.whole():
            return
        if said.may_go_on() and not told_to_stop():
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await self.rset(timeout=self._patience.reply_seconds)
                return
        self.close()

    async def _create_connection(self, timeout: float | None) -> aiosmtplib.SMTPResponse:
        """Upstream's, with our protocol: there is no hook for one (2026-11, aiosmtplib 5.1.3)."""
        loop = asyncio.get_running_loop()
        self._wire = self.protocol = wire = Wire(loop, self._on_connection_lost, self.traffic)
        self.transport, _ = await loop.create_connection(
            lambda: wire,
            self._account.smtp.host,
            self._account.smtp.port,
            ssl=self.tls_context if self.use_tls else None,
            happy_eyeballs_delay=0.25,
        )
        greeting = await wire.read_response(timeout)
        if greeting.code != aiosmtplib.SMTPStatus.ready:
            raise aiosmtplib.SMTPConnectResponseError(greeting.code, greeting.message)
        return greeting

    async def _maybe_start_tls_on_connect(self) -> None:
        """STARTTLS where the account says so, or nothing at all: there is no "if offered"."""
        if self._account.submission_tls is not Tls.STARTTLS:
            return
        await self._say_hello()
        if not self.supports_extension("starttls"):
            raise NeedsUser("tls.no_starttls", host=self._account.smtp.host)
        try:
            await self.starttls()
        except Unasked as error:
            raise NeedsUser("tls.injected", host=self._account.smtp.host) from error

    async def _say_hello(self) -> None:
        """EHLO and nothing else. Upstream would try HELO, and find that a server which is busy for
        a while offers no way to log in, which only a person could mend."""
        if self.is_ehlo_or_helo_needed:
            await self.ehlo()

    async def _log_in(self, secret: str) -> None:
        host = self._account.smtp.host
        if self.get_transport_info("sslcontext") is None:
            raise NeedsUser("tls.no_starttls", host=host)
        cast(asyncio.WriteTransport, self.transport).set_write_buffer_limits(high=SLICE_OCTETS)
        await self._say_hello()
        await log_in(self.execute_command, self.server_auth_methods, self._account, secret)

    def _explained(self, error: Exception) -> MailError:
        code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
        if 400 <= code <= 499:
            return Transient("smtp.busy", host=self._account.smtp.host)
        if 500 <= code <= 599:
            return NeedsUser("smtp.turned_away", host=self._account.smtp.host)
        if code or isinstance(error, Unasked):
            return Transient("smtp.garbled", host=self._account.smtp.host)
        return tls.explain(error, self._account.smtp)

    def close(self) -> None:
        """Upstream's, at once: a graceful end would wait for a server that may be gone."""
        if self.transport is not None:
            cast(asyncio.WriteTransport, self.transport).abort()
        super().close()

    async def _hang_up(self) -> None:
        self.close()
        if self._wire is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
                    await self._wire.lost.wait()
