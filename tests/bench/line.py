"""A telephone line between a client and a server: counts what passes, and can be slow.

It sees TLS records and nothing in them, so every client is counted alike: octets both ways, and
turns, which are how often the client spoke after having listened. The TLS handshake and the
server's greeting are counted apart, for each client its own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

from tests.bench.report import size

CHUNK = 65536
SLICE_SECONDS = 0.05
"""A slow line hands on what arrived at least this often, as a modem does."""
HEADER_OCTETS = 5
CHANGE_CIPHER_SPEC = 20
PLAINTEXT_KINDS = (20, 21, 22, 23)


@dataclass(frozen=True, slots=True)
class Rate:
    """How slow a line is."""

    turn_seconds: float = 0.0
    """Added to each round trip."""
    octets_per_second: float = 0.0
    """0 for no limit; each way has its own, shared by all who are connected."""

    def __str__(self) -> str:
        kbit = self.octets_per_second * 8 / 1000
        return f"{self.turn_seconds * 1000:.0f} ms and {kbit:,.0f} kbit/s"


LOOPBACK = Rate()


def satellite() -> Rate:
    """600 ms there and back, 64 kbit/s each way: what a rural clinic has."""
    return Rate(size("turn_ms", 600) / 1000, size("line_octets", 8000))


@dataclass(slots=True)
class Count:
    """What passed since the last `reset`."""

    octets: int = 0
    """After the handshakes and greetings."""
    turns: int = 0
    """After the handshakes and greetings."""
    connections: int = 0
    opening_octets: int = 0
    """Of the handshakes and greetings."""


class Opening:
    """Where in a client's octets its TLS handshake ends.

    The last record of it is the one after ChangeCipherSpec, in TLS 1.2 as in 1.3. A client that
    speaks no TLS has none.
    """

    def __init__(self) -> None:
        self.over = False
        self._header = b""
        self._left = 0
        self._ciphered = False
        self._last_record = False

    def feed(self, octets: bytes) -> int:
        """How many of the next octets belong to it."""
        at = 0
        while not self.over and at < len(octets):
            if self._left:
                taken = min(self._left, len(octets) - at)
                self._left -= taken
            else:
                if not self._header and self._ends_before(octets[at]):
                    self.over = True
                    break
                taken = min(HEADER_OCTETS - len(self._header), len(octets) - at)
                self._header += octets[at : at + taken]
                if len(self._header) == HEADER_OCTETS:
                    self._begin_record()
            at += taken
        return at

    def _ends_before(self, kind: int) -> bool:
        return self._last_record or kind not in PLAINTEXT_KINDS

    def _begin_record(self) -> None:
        self._last_record = self._ciphered
        self._ciphered = self._header[0] == CHANGE_CIPHER_SPEC
        self._left = int.from_bytes(self._header[3:])
        self._header = b""


class Way:
    """One direction of a line: whoever comes second waits until the first has been carried."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def carried_at(self, octets: int, now: float, rate: Rate) -> float:
        """When octets that come now have left."""
        if not rate.octets_per_second:
            return now
        self._free_at = max(self._free_at, now) + octets / rate.octets_per_second
        return self._free_at


class _Call:
    """One connection: who spoke last on it, and whether its handshake is over."""

    def __init__(self) -> None:
        self.opening = Opening()
        self.client_spoke_last = False


class Line:
    """Listens on `port` of 127.0.0.1 and carries to `target_port`, in a thread of its own."""

    def __init__(self, target_port: int) -> None:
        self.count = Count()
        self.rate = LOOPBACK
        """May be changed while nothing passes."""
        self.port = 0
        self._target_port = target_port
        self._away, self._back = Way(), Way()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._calls: set[asyncio.Task[None]] = set()
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

    def wait_until_silent(self, seconds: float = 10.0) -> None:
        """Until nobody is connected any more, so that the last words are counted too."""
        given_up = time.monotonic() + seconds
        while self._calls and time.monotonic() < given_up:
            time.sleep(SLICE_SECONDS / 5)

    def cut(self) -> None:
        """Whoever is connected is so no longer, without a word; what was on the way is lost."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for call in self._calls:
            call.cancel()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _accept(self, client_in: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        call = self._loop.create_task(self._carry(client_in, client))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _carry(self, client_in: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            server_in, server = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            client.close()
            return
        self.count.connections += 1
        call = _Call()
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._one_way(client_in, server, call, from_client=True))
                ways.create_task(self._one_way(server_in, client, call, from_client=False))
        finally:
            server.close()
            client.close()

    async def _one_way(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        call: _Call,
        *,
        from_client: bool,
    ) -> None:
        due: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)
        async with asyncio.TaskGroup() as delivering:
            delivering.create_task(self._deliver(due, sink, None if from_client else call))
            rate, way, carried_at = self.rate, self._away if from_client else self._back, 0.0
            most = max(256, int(rate.octets_per_second * SLICE_SECONDS))
            try:
                while chunk := await source.read(most if rate.octets_per_second else CHUNK):
                    if from_client:
                        self._client_spoke(chunk, call)
                    carried_at = way.carried_at(len(chunk), self._loop.time(), rate)
                    await due.put((carried_at + rate.turn_seconds / 2, chunk))
            except OSError:
                pass
            ended_at = max(carried_at, self._loop.time())
            await due.put((ended_at + rate.turn_seconds / 2, b""))

    async def _deliver(
        self,
        due: asyncio.Queue[tuple[float, bytes]],
        sink: asyncio.StreamWriter,
        heard_on: _Call | None,
    ) -> None:
        try:
            while True:
                at, chunk = await due.get()
                if (left := at - self._loop.time()) > 0:
                    await asyncio.sleep(left)
                if not chunk:
                    break
                if heard_on is not None:
                    self._client_heard(chunk, heard_on)
                sink.write(chunk)
                await sink.drain()
        except OSError:
            pass
        sink.close()
        # What still comes has nowhere to go; taking it lets the other end see that we left.
        while chunk:
            chunk = (await due.get())[1]

    # Counted where the client is: when it speaks, and when it hears. What a slow line still holds
    # has not been heard.

    def _client_spoke(self, octets: bytes, call: _Call) -> None:
        opening = call.opening.feed(octets)
        self.count.opening_octets += opening
        if len(octets) == opening:
            return
        self.count.octets += len(octets) - opening
        if not call.client_spoke_last:
            self.count.turns += 1
        call.client_spoke_last = True

    def _client_heard(self, octets: bytes, call: _Call) -> None:
        if not call.opening.over:
            self.count.opening_octets += len(octets)
            return
        self.count.octets += len(octets)
        call.client_spoke_last = False
