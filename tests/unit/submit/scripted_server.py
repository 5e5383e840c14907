"""A submission server that misbehaves where it is told to, over real TLS on this machine.

Each step of its conversation has a name; an `Act` planned for a step replaces the right answer,
once. What it takes is kept octet for octet, as the command lines are.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from store.model.account import Account, Endpoint, Tls
from store.model.ids import AccountId
from tests.servers.authority import Authority

USER, PASSWORD = "labo", "mot de passe é"
CHUNKING = ("PIPELINING", "CHUNKING", "8BITMIME", "DSN", "SIZE 50000000")
PIPELINING = ("PIPELINING", "8BITMIME", "SIZE 50000000")
PLAIN = ("8BITMIME",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What happens at a step instead of the right answer."""

    say: bytes = b""
    drop: bool = False
    stall: bool = False
    take: bool = False
    """At 'dot': the letter is taken first."""
    reached: asyncio.Event | None = None
    """Set when the step is reached."""
    until: asyncio.Event | None = None
    """The server thinks until this is set, then answers."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter the server has taken."""

    mail: str
    recipients: tuple[str, ...]
    octets: bytes


class Gone(Exception):
    """This connection is over."""


@dataclass
class ScriptedServer:
    """Its script, and what it has seen."""

    port: int = 0
    offers: tuple[str, ...] = CHUNKING
    login: str = "AUTH PLAIN LOGIN"
    tls: Tls = Tls.IMPLICIT
    holds_replies: bool = False
    """Answers nothing of the envelope until DATA or BDAT has come: who waits, waits for ever."""
    plan: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, str] = field(default_factory=dict)
    """Recipient -> what RCPT TO is answered."""
    taken: list[Taken] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    connections: int = 0
    ca_file: str = ""

    def account(self, **facts: object) -> Account:
        """The account that sends through here."""
        here = Endpoint(host="127.0.0.1", port=self.port)
        usual: dict[str, object] = {
            "id": AccountId(1),
            "name": "labo",
            "address": "labo@tilleuls.test",
            "imap": here,
            "smtp": here,
            "tls": self.tls,
            "user": USER,
            "ca": self.ca_file,
        }
        return Account(**(usual | facts))  # type: ignore[arg-type]

    def verbs(self) -> list[str]:
        """The commands seen, without their arguments."""
        return [line.split(" ")[0] for line in self.lines]


class Conversation:
    """One connection."""

    def __init__(
        self,
        server: ScriptedServer,
        context: ssl.SSLContext,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server, self._context = server, context
        self._reader, self._writer = reader, writer
        self._secure = server.tls is Tls.IMPLICIT
        self._held = b""
        self._reset()

    def _reset(self) -> None:
        self._mail: str | None = None
        self._recipients: list[str] = []
        self._octets = b""

    async def run(self) -> None:
        """Until it ends, one way or another."""
        self.server.connections += 1
        try:
            await self._say("greeting", b"220 ready\r\n")
            while line := await self._reader.readline():
                text = line.decode().rstrip("\r\n")
                self.server.lines.append(text)
                await self._command(text)
        except (Gone, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            self._writer.transport.abort()

    async def _say(self, step: str, right: bytes) -> None:
        if not await self._perhaps(step):
            await self._write(right, hold=step == "mail")

    async def _perhaps(self, step: str) -> bool:
        """Do what is planned for this step; False when nothing is."""
        acts = self.server.plan[step]
        if not acts:
            return False
        act = acts.pop(0)
        if act.take:
            self._take()
        if act.reached:
            act.reached.set()
        if act.until:
            await act.until.wait()
        if act.say:
            await self._write(act.say)
        if act.drop:
            raise Gone
        if act.stall:
            await asyncio.Event().wait()
        return True

    async def _write(self, octets: bytes, *, hold: bool = False) -> None:
        if hold and self.server.holds_replies:
            self._held += octets
            return
        self._writer.write(self._held + octets)
        self._held = b""
        await self._writer.drain()

    async def _command(self, text: str) -> None:
        verb, _, rest = text.partition(" ")
        does: dict[str, Callable[[str], object]] = {
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail_from,
            "RCPT": self._rcpt_to,
            "DATA": self._data,
            "BDAT": self._bdat,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
        }
        done = does.get(verb, self._unknown)(rest)
        assert asyncio.iscoroutine(done)
        await done

    async def _unknown(self, _: str) -> None:
        await self._write(b"502 5.5.1 unknown\r\n")

    async def _ehlo(self, _: str) -> None:
        offers = ["here", *self.server.offers]
        if self._secure:
            offers += [self.server.login] if self.server.login else []
        else:
            offers.append("STARTTLS")
        lines = [f"250-{offer}\r\n" for offer in offers]
        lines[-1] = lines[-1].replace("250-", "250 ")
        await self._say("ehlo", "".join(lines).encode())

    async def _starttls(self, _: str) -> None:
        await self._say("starttls", b"220 go\r\n")
        await self._writer.start_tls(self._context)
        self._secure = True

    async def _auth(self, rest: str) -> None:
        assert self._secure, "a password in clear"
        method, _, first = rest.partition(" ")
        if method == "PLAIN":
            good = base64.b64decode(first).decode() == f"\0{USER}\0{PASSWORD}"
        else:
            await self._write(b"334 UGFzc3dvcmQ6\r\n")
            second = await self._reader.readline()
            good = [base64.b64decode(w).decode() for w in (first, second)] == [USER, PASSWORD]
        await self._say("auth", b"235 2.7.0 ok\r\n" if good else b"535 5.7.8 no\r\n")

    async def _mail_from(self, rest: str) -> None:
        assert self._mail is None, "MAIL inside a transaction"
        self._mail = rest.partition(">")[0].removeprefix("FROM:<")
        await self._say("mail", b"250 2.1.0 ok\r\n")

    async def _rcpt_to(self, rest: str) -> None:
        email = rest.partition(">")[0].removeprefix("TO:<")
        answer = self.server.answers.get(email, "250 2.1.5 ok")
        if self._mail is None:
            answer = "503 5.5.1 MAIL first"
        if await self._perhaps("rcpt"):
            return
        if answer.startswith("2"):
            self._recipients.append(email)
        await self._write(f"{answer}\r\n".encode(), hold=True)

    async def _data(self, _: str) -> None:
        if not self._recipients:
            await self._say("data", b"554 5.5.1 no valid recipients\r\n")
            return
        await self._say("data", b"354 go\r\n")
        await self._body(self._reader.readuntil(b"\r\n"))
        lines = [self._first]
        while lines[-1] != b".\r\n":
            lines.append(await self._reader.readuntil(b"\r\n"))
        self._octets = b"".join(line.removeprefix(b".") for line in lines[:-1])
        await self._dot()

    async def _body(self, first: object) -> None:
        """The first line of a letter; what is planned for 'body' happens after it."""
        assert asyncio.iscoroutine(first)
        self._first: bytes = await first
        await self._perhaps("body")

    async def _bdat(self, rest: str) -> None:
        size, _, last = rest.partition(" ")
        if self.server.plan["body"]:
            await self._reader.readexactly(int(size) // 2)
            await self._perhaps("body")
        octets = await self._reader.readexactly(int(size))
        if not self._recipients:
            await self._say("data", b"503 5.5.1 RCPT first\r\n")
            return
        self._octets += octets
        if last:
            await self._dot()
        else:
            await self._say("data", b"250 2.0.0 continue\r\n")

    async def _dot(self) -> None:
        if not self.server.plan["dot"]:
            self._take()
        await self._say("dot", b"250 2.0.0 queued\r\n")
        self._reset()

    def _take(self) -> None:
        taken = Taken(self._mail or "", tuple(self._recipients), self._octets)
        self.server.taken.append(taken)

    async def _rset(self, _: str) -> None:
        self._reset()
        await self._say("rset", b"250 2.0.0 ok\r\n")

    async def _noop(self, _: str) -> None:
        await self._say("noop", b"250 2.0.0 here\r\n")

    async def _quit(self, _: str) -> None:
        await self._say("quit", b"221 2.0.0 bye\r\n")
        raise Gone


@asynccontextmanager
async def scripted_server(
    authority: Authority, *, certificate: str = "good", **script: object
) -> AsyncIterator[ScriptedServer]:
    """A running one; every conversation is over when the block ends."""
    server = ScriptedServer(**script)  # type: ignore[arg-type]
    server.ca_file = str(authority.ca_file)
    files = authority.server(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert_file, files.key_file)
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        await Conversation(server, context, reader, writer).run()

    # A kernel that takes a megabyte for a server that reads nothing would hide that it does not.
    bound = socket.create_server(("127.0.0.1", 0))
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    listening = await asyncio.start_server(
        serve, sock=bound, ssl=context if server.tls is Tls.IMPLICIT else None
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)
