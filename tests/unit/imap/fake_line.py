"""A stream without a network: what is written goes to a script, which answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from store.model.account import Endpoint
from sync.imap.dialogue import Dialogue
from sync.imap.exchange import Patience
from sync.imap.framing import Limits
from sync.imap.session import ImapSession
from sync.imap.stream import ImapStream

HERE = Endpoint(host="imap.exemple.test", port=993)
SHORT = Patience(silence_seconds=0.2, command_seconds=0.4, bulk_seconds=30)
OK = b"%s OK fait\r\n"
LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
Script = Mapping[bytes, bytes | Callable[[], None]]


class FakeLine(asyncio.Transport):
    """The transport of one stream, and the server behind it.

    script: what is answered to a command that begins so; `%s` becomes its tag. Not a command,
        but a line of its own: 'DONE', or the octets of a literal.
    """

    def __init__(self, script: Script | None = None, limits: Limits | None = None) -> None:
        super().__init__()
        self.script = script or {}
        self.packets: list[bytes] = []
        """What was written, as it was written."""
        self.written: list[bytes] = []
        """The same, command by command."""
        self.stream = ImapStream(HERE, SHORT, limits or Limits())
        self.stream.connection_made(self)
        self.say(b"* OK bonjour\r\n")
        self._over = False
        self._invited = 0
        """Size of the literal that is to come."""

    def say(self, octets: bytes) -> None:
        """The server says this now."""
        self.stream.data_received(octets)

    def session(self, capabilities: str = "IMAP4REV1") -> ImapSession:
        """Logged in, with these capabilities."""
        self.stream.capabilities = frozenset(capabilities.split())
        return ImapSession(Dialogue(self.stream))

    def write(self, data: Any) -> None:
        """asyncio: the client says something."""
        self.packets.append(bytes(data))
        for piece in self._pieces(bytes(data)):
            self.written.append(piece)
            self._hear(piece)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """A flight cut into commands; an invited literal, and what follows it, into two."""
        if self._invited:
            given, data = data[: self._invited], data[self._invited :]
            self._invited -= len(given)
            yield given
        at = start = 0
        while at < len(data):
            at = data.index(b"\r\n", at) + 2
            if found := LITERAL.search(data[start:at]):
                if found[2]:
                    at += int(found[1])
                    continue
                self._invited = int(found[1])
            yield data[start:at]
            start = at

    def _hear(self, data: bytes) -> None:
        tag, _, command = data.partition(b" ")
        for beginning, answer in self.script.items():
            if command.startswith(beginning):
                self._answer(answer, tag)
                return
            if data.startswith(beginning):
                self._answer(answer, self.commands[-1].partition(b" ")[0])
                return

    @property
    def commands(self) -> list[bytes]:
        """What was written that begins with a tag."""
        return [line for line in self.written if line[:1] in b"ABCDEFGHIJKLMNOP" and b" " in line]

    @property
    def words(self) -> list[bytes]:
        """The commands without their tags and line ends."""
        return [line.partition(b" ")[2].rstrip(b"\r\n") for line in self.commands]

    def abort(self) -> None:
        """asyncio: the connection is over."""
        if not self._over:
            self._over = True
            asyncio.get_running_loop().call_soon(self.stream.connection_lost, None)

    def close(self) -> None:
        """As `abort`: there is nothing to flush."""
        self.abort()

    def is_closing(self) -> bool:
        """Whether it is over."""
        return self._over

    def pause_reading(self) -> None:
        """Nothing comes but what the script says."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket."""
        return default

    def _answer(self, answer: bytes | Callable[[], None], tag: bytes) -> None:
        loop = asyncio.get_running_loop()
        if callable(answer):
            loop.call_soon(answer)
        else:
            loop.call_soon(self.say, answer.replace(b"%s", tag))
