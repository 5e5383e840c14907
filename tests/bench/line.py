"""A telephone line between a client and a server: counts what passes, and can be slow.

It sees TLS records and nothing in them, so every client is counted alike: octets both ways, and
turns, which are how often the client spoke and waited for what the server would say. What a server
answers to a goodbye costs octets, and no turn when the client has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

CHUNK = 65536


@dataclass(slots=True)
class Count:
    """What passed since the last `reset`."""

    octets: int = 0
    turns: int = 0
    connections: int = 0
    client_spoke_last: bool = False


class Line:
    """Listens on `port` of 127.0.0.1 and carries to `target_port`, in a thread of its own."""

    def __init__(self, target_port: int) -> None:
        self.count = Count()
        self.turn_seconds = 0.0
        """Added to each round trip; may be changed while nothing passes."""
        self.octets_per_second = 0.0
        """0 for no limit; each way has its own."""
        self.port = 0
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()])

    def __enter__(self) -> Line:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def reset(self) -> None:
        """Count from zero again."""
        self.count = Count()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        # A client that says goodbye and leaves is not there to end the connection.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _carry(self, client_in: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        server_in, server = await asyncio.open_connection("127.0.0.1", self._target_port)
        self.count.connections += 1
        gone = asyncio.Event()
        ways = (
            self._one_way(client_in, server, gone, from_client=True),
            self._one_way(server_in, client, gone, from_client=False),
        )
        # At the end of the bench whoever is left is cancelled, which start_server would report.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*ways)

    async def _one_way(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        gone: asyncio.Event,
        *,
        from_client: bool,
    ) -> None:
        """Carry what comes until its speaker leaves; `gone` when the client has."""
        due: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)
        delivery = asyncio.create_task(self._deliver(due, sink))
        free_at = 0.0
        try:
            while chunk := await source.read(CHUNK):
                self._note(len(chunk), from_client, waited_for=not gone.is_set())
                free_at = max(free_at, self._loop.time())
                if self.octets_per_second:
                    free_at += len(chunk) / self.octets_per_second
                await due.put((free_at + self.turn_seconds / 2, chunk))
        except OSError:
            pass
        if from_client:
            gone.set()
        await due.put((free_at, b""))
        await delivery

    async def _deliver(
        self, due: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter
    ) -> None:
        try:
            while (item := await due.get())[1]:
                await asyncio.sleep(max(0.0, item[0] - self._loop.time()))
                sink.write(item[1])
                await sink.drain()
        except OSError:
            pass
        sink.close()

    def _note(self, octets: int, from_client: bool, *, waited_for: bool) -> None:
        self.count.octets += octets
        if not from_client and self.count.client_spoke_last and waited_for:
            self.count.turns += 1
        self.count.client_spoke_last = from_client


def handshake(line: Line, ca_file: Path) -> Count:
    """What a TLS handshake and the server's greeting cost on this line, before any command."""
    line.reset()
    context = ssl.create_default_context(cafile=str(ca_file))
    with (
        socket.create_connection(("127.0.0.1", line.port)) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as secured,
    ):
        secured.recv(1000)
        counted = line.count
    line.reset()
    return counted
