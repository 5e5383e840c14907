"""A token command that counts its runs, and servers that speak by script under verified TLS."""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from store.model.account import Account, Endpoint, Login
from store.model.ids import AccountId
from sync import tokens
from tests.faults.attacker import Attacker, Peer, serving
from tests.servers.authority import Authority

Serve = Callable[..., Awaitable[Account]]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    tokens._kept.clear()
    yield
    tokens._kept.clear()


class Broker:
    """What gives tokens: `jeton1`, `jeton2`... as long as `says` is empty."""

    def __init__(self, directory: Path) -> None:
        self._runs = directory / "runs"
        self._says = directory / "says"
        self._runs.write_bytes(b"")
        program = (
            "import pathlib,sys;r,s=map(pathlib.Path,sys.argv[1:]);"
            "r.write_bytes(r.read_bytes()+b'.');"
            "print(s.read_text() if s.exists() else f'jeton{len(r.read_bytes())}')"
        )
        words = [sys.executable, "-I", "-S", "-c", program, str(self._runs), str(self._says)]
        self.command = shlex.join(words)

    @property
    def runs(self) -> int:
        """How often it was asked."""
        return len(self._runs.read_bytes())

    def says(self, words: str) -> None:
        """From now on always this."""
        self._says.write_text(words)


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    """A working one."""
    return Broker(tmp_path)


def account(broker: Broker | None = None, **facts: object) -> Account:
    """One that logs in by token."""
    nowhere = Endpoint(host="127.0.0.1", port=9)
    usual: dict[str, object] = {
        "id": AccountId(1),
        "name": "cabinet",
        "address": "alice@sante.test",
        "imap": nowhere,
        "smtp": nowhere,
        "user": "alice@sante.test",
        "login": Login.TOKEN,
        "token_command": "" if broker is None else broker.command,
    }
    return Account(**(usual | facts))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for the scripted servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


class Served:
    """A scripted server of any protocol, and what it heard, connection by connection."""

    def __init__(self, talk: Callable[[Peer], Awaitable[None]], authority: Authority) -> None:
        self.heard: list[list[bytes]] = []
        certificate = authority.server()

        async def script(peer: Peer) -> None:
            lines: list[bytes] = []
            self.heard.append(lines)
            hear = peer.hear

            async def kept() -> bytes:
                lines.append(await hear())
                return lines[-1]

            peer.hear = kept  # type: ignore[method-assign]
            await peer.shake_hands(serving(certificate))
            await talk(peer)

        self.attacker = Attacker(script)
        self.ca = str(authority.ca_file)

    @property
    def here(self) -> Endpoint:
        """Where it is."""
        return Endpoint(host="127.0.0.1", port=self.attacker.port)


@pytest.fixture
async def served(
    authority: Authority,
) -> AsyncIterator[Callable[[Callable[[Peer], Awaitable[None]]], Awaitable[Served]]]:
    """Start one: `server = await served(talk)`."""
    async with AsyncExitStack() as stack:

        async def start(talk: Callable[[Peer], Awaitable[None]]) -> Served:
            server = Served(talk, authority)
            await stack.enter_async_context(server.attacker)
            return server

        yield start
