"""A place where revocation lists are published, which may answer anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Publisher:
    """Answers every request by `answer`, raw: status line, headers, body."""

    url: str = ""
    answer: bytes = b""
    lingers: bool = False
    """Says no more after that, and hangs up only when the other end does."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """The header fields of each request."""

    def publish(self, octets: bytes, *headers: str, status: str = "200 OK") -> None:
        """From now on, give this."""
        fields = "".join(f"{each}\r\n" for each in headers)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(octets)}\r\n{fields}\r\n"
        self.answer = head.encode() + octets


@contextmanager
def publishing() -> Iterator[Publisher]:
    """One that runs."""
    here = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append({"path": self.path, **dict(self.headers)})
            self.wfile.write(here.answer)
            if here.lingers:
                self.rfile.read(1)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_address[1]}/une.crl"
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    running.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        running.join()
