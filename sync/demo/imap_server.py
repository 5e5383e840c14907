"""A real IMAP server inside the program: pymap's, over implicit TLS, its mailboxes in memory.

It listens on 127.0.0.1 alone, on a free port. It can be taken off the line and brought back on the
same port with its mailboxes as they were, which is how the demo shows a cut line. pymap offers
neither CONDSTORE nor QRESYNC, so the demo always takes Pli's plainest way of synchronising.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login, Session
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.parsing.specials.flag import Flag
from pymap.user import UserMetadata
from pysasl.hashing import BuiltinHash

from store.host.log import event

log = logging.getLogger(__name__)
# pymap logs whole protocol lines.
logging.getLogger("pymap.imap").disabled = True
LOCALHOST = "127.0.0.1"
ROLES = {"Sent": b"Sent", "Drafts": b"Drafts", "Trash": b"Trash", "Archive": b"Archive"}
"""Mailboxes of each user besides INBOX, with their SPECIAL-USE attribute (RFC 6154 §2)."""
PLAIN = ("Résultats",)
HASH_ROUNDS = 1_000
"""Few: the passwords are random, live in memory, and end with the program."""
COMMAND_OCTETS = 1 << 20
HANG_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLetter:
    """A letter as the server holds it."""

    uid: int
    flags: frozenset[str]
    octets: bytes


class ImapServer:
    """One server and all its users."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.port = 0
        """0 before the first `listen`; kept for the next ones."""
        self._context = context
        self._config = _Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=LOCALHOST,
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            ssl_context=context,
            tls_enabled=False,  # STARTTLS; this server speaks TLS from the first octet
            hash_context=BuiltinHash(rounds=HASH_ROUNDS),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        self._login = _Login(self._config)
        self._answer = IMAPServer(self._login, self._config)
        self._listening: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    async def add_user(self, name: str, password: str) -> None:
        """Give `name` its mailboxes, empty, and let them log in with `password`."""
        hashed = self._config.hash_context.hash(password)
        identity = Identity(name, self._login, None, frozenset())
        await identity.set(UserMetadata(self._config, name, password=hashed))
        mailboxes = MailboxSet()
        for mailbox in (*ROLES, *PLAIN):
            await mailboxes.add_mailbox(mailbox)
            await mailboxes.set_subscribed(mailbox, True)
        self._config.set_cache[name] = (mailboxes, FilterSet())

    async def deliver(
        self,
        user: str,
        octets: bytes,
        *,
        received_at: int,
        mailbox: str = "INBOX",
        flags: Iterable[str] = (),
    ) -> None:
        """Put a letter into a mailbox; whoever waits in IDLE is told."""
        place = await self._mailbox(user, mailbox)
        when = datetime.fromtimestamp(received_at, UTC)
        kept = frozenset(Flag(flag.encode("ascii")) for flag in flags)
        await place.append(AppendMessage(octets, when, kept), recent=True)

    async def held(self, user: str, mailbox: str) -> list[HeldLetter]:
        """What the mailbox holds, by UID, seen from inside the server."""
        letters = []
        place = await self._mailbox(user, mailbox)
        async for message in place.messages():
            content = await message.load_content(FetchRequirement.CONTENT)
            flags = frozenset(str(flag) for flag in message.permanent_flags)
            octets = bytes(content.get_body([]))
            letters.append(HeldLetter(uid=message.uid, flags=flags, octets=octets))
        return letters

    async def listen(self) -> None:
        """Answer on 127.0.0.1, on a free port the first time and on the same one later."""
        self._listening = await asyncio.start_server(
            self._serve, LOCALHOST, self.port, ssl=self._context, limit=COMMAND_OCTETS
        )
        self.port = self._listening.sockets[0].getsockname()[1]

    async def hang_up(self) -> None:
        """Stop answering, and break every connection in the middle of what it does."""
        if self._listening is None:
            return
        self._listening.close()
        for writer in self._connections.values():
            writer.transport.abort()
        if self._connections:
            # A broken connection ends by itself; cancelling would leave pymap's IDLE task behind.
            _, late = await asyncio.wait(self._connections, timeout=HANG_UP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._listening.wait_closed()
        self._listening = None

    async def _mailbox(self, user: str, mailbox: str) -> Any:
        mailboxes, _ = self._config.set_cache[user]
        return await mailboxes.get_mailbox(mailbox)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            await self._answer(reader, _Gathered(writer), SocketInfo.get(writer, None))
        except (OSError, EOFError):
            pass  # the client left in the middle of a sentence; ssl.SSLError is an OSError
        except Exception as error:
            event(log, logging.WARNING, "demo.imap_failed", error=error)
        finally:
            del self._connections[task]
            writer.close()


class _Gathered:
    """A stream writer that sends each answer in one piece.

    pymap writes every word of it apart: as many TLS records, and a warning of asyncio on the
    terminal for each one written to a client that has gone (pymap 0.36.7, 2026-11).
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer, self._words = writer, bytearray()

    def write(self, words: bytes) -> None:
        self._words += words

    async def drain(self) -> None:
        self._writer.write(bytes(self._words))
        self._words.clear()
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


class _Config(Config):  # type: ignore[misc]
    @property
    def greeting(self) -> bytes:
        """Without the machine's name: looking it up may wait for a name server."""
        return b"Bienvenue dans la demonstration de Pli"


class _Login(Login):  # type: ignore[misc]
    async def authorize(self, authenticated: Any, authzid: str) -> Identity:
        identity = await super().authorize(authenticated, authzid)
        return _Identity(identity.name, self, None, identity.roles)


class _Identity(Identity):  # type: ignore[misc]
    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        async with super().new_session() as plain:
            yield _Session(plain.owner, plain.config, plain.mailbox_set, plain.filter_set)


class _Session(Session):  # type: ignore[misc]
    async def list_mailboxes(self, *args: Any, **kwargs: Any) -> Any:
        """Says what each mailbox is for, as RFC 6154 §2 allows in any LIST reply."""
        listed, selected = await super().list_mailboxes(*args, **kwargs)
        return [(name, sep, _with_role(name, attrs)) for name, sep, attrs in listed], selected

    async def check_mailbox(
        self, selected: Any, *, wait_on: Any = None, housekeeping: bool = False
    ) -> Any:
        """In IDLE, tells at once what changed since the last look.

        pymap waits for the next change, and so never tells of one that came while it was telling
        of another (0.36.7, 2026-11; tests/unit/demo/test_imap_server.py).
        """
        told = selected.mod_sequence
        current = await super().check_mailbox(selected, housekeeping=housekeeping)
        if wait_on is None or current.mod_sequence != told:
            return current
        return await super().check_mailbox(current, wait_on=wait_on)


def _with_role(name: str, attributes: Sequence[bytes]) -> Sequence[bytes]:
    return [*attributes, ROLES[name]] if name in ROLES else attributes
