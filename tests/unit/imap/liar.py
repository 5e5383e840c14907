"""A server over TLS that answers each line by a rule: too little, too soon, or a lie."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import ssl
from collections.abc import Callable

from store.model.account import Account, Endpoint, Tls
from store.model.ids import AccountId

TAGGED = re.compile(r"([A-P]+\d+) (.*)")
HELLO = "* OK bonjour\r\n"
CAPABLE = "* OK [CAPABILITY IMAP4rev1 {}] bonjour\r\n"
SECRET = base64.b64encode("\0alice\0mot de pässe".encode()).decode()


class Liar:
    """A server that answers each line by the rule of its beginning, in clear until STARTTLS."""

    def __init__(self, context: ssl.SSLContext, rules: dict[str, str], greeting: str) -> None:
        self.context, self.rules, self.greeting = context, rules, greeting
        self.heard: list[str] = []
        self.then: dict[str, str] = {}
        """Rules that replace those of the same beginning once they were used."""
        self.later: dict[str, str] | None = None
        """The rules of the second connection and of those after it."""
        self.greets_after = ""
        """The beginning of what it hears before it greets, the first time."""
        self.then_greets = ""
        """How it greets from the second connection on, if otherwise."""
        self.cut_at: int | None = None
        """The octet of its words with which the first connection ends."""
        self.connections: list[asyncio.Event] = []

    async def over(self) -> None:
        """Until every client has been heard to its end."""
        for ended in self.connections:
            await ended.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = asyncio.Event()
        if self.connections:
            self.rules = self.rules if self.later is None else self.later
            self.greeting, self.greets_after = self.then_greets or self.greeting, ""
            self.cut_at = None
        self.connections.append(ended)
        with contextlib.suppress(OSError):
            await self._answer(reader, writer)
        writer.close()
        ended.set()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, silent, tag = [self.greeting], bool(self.greets_after), ""
        while True:
            if not silent:
                words = "".join(answers).encode()
                answers.clear()
                writer.write(words[: self.cut_at])
                await writer.drain()
                if self.cut_at is not None:
                    self.cut_at -= len(words)
                    if self.cut_at <= 0:
                        return
            if not (line := (await reader.readline()).decode().strip()):
                return
            if found := TAGGED.match(line):
                tag, line = found.groups()
            self.heard.append(line)
            silent = silent and not line.startswith(self.greets_after)
            beginning = next((b for b in self.rules if line.startswith(b)), None)
            if beginning is None:
                continue
            answer = self.rules[beginning]
            if answer == "hang up":
                return
            answers.append(answer.replace("%s", tag))
            if beginning in self.then:
                self.rules = {**self.rules, beginning: self.then.pop(beginning)}
            if line == "STARTTLS":
                writer.write("".join(answers).encode())
                answers.clear()
                await writer.drain()
                await writer.start_tls(self.context)


Lie = Callable[..., "asyncio.Future[tuple[Liar, Account]]"]


def account(port: int, *, ca: str = "system", way: Tls = Tls.IMPLICIT) -> Account:
    here = Endpoint(host="127.0.0.1", port=port)
    return Account(
        id=AccountId(1),
        name="alice",
        address="alice@exemple.test",
        imap=here,
        smtp=here,
        user="alice",
        ca=ca,
        tls=way,
    )
