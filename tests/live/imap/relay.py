"""A line between client and server that a test can cut, or make deaf, after so many octets."""

from __future__ import annotations

import asyncio


class Relay:
    """Passes octets on until `cut`, or until `after` octets have come from the server."""

    def __init__(self) -> None:
        self.port = 0
        self.after: int | None = None
        self.deaf = False
        """When the limit is reached, say nothing more instead of cutting."""
        self.octets_per_second = 0
        """From the server; 0 for as fast as they come."""
        self.came = 0
        """Octets from the server, of all connections."""
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def to(self, port: int) -> int:
        """Listen on a free port of 127.0.0.1 for whoever wants that one; returns it."""

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            self._writers += [writer, far_writer]
            for way in (self._pass(reader, far_writer), self._pass(far_reader, writer, True)):
                task = asyncio.create_task(way)
                self._tasks.add(task)

        self._server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    def cut(self) -> None:
        """As a cable that is pulled out, with the server's machine saying so."""
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        """End everything."""
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        counted: bool = False,
    ) -> None:
        while octets := await reader.read(4096):
            if counted and self.after is not None:
                self.after -= len(octets)
                if self.after < 0:
                    if not self.deaf:
                        self.cut()
                    return
            if counted:
                self.came += len(octets)
                if self.octets_per_second:
                    await asyncio.sleep(len(octets) / self.octets_per_second)
            writer.write(octets)
        writer.close()
