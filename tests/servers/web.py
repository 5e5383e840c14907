"""A web server over TLS that answers as it is told, for what fetches and asks by HTTPS."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.authority import Authority


@dataclass
class Reply:
    """What is answered. `cut_at`: the line breaks after so many octets of the body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut_at: int | None = None


@dataclass(frozen=True)
class Asked:
    """What was asked: path with its query, headers in lower case."""

    path: str
    headers: Mapping[str, str]


@dataclass
class Web:
    """A server that runs, and what it has been asked."""

    port: int
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Of its root."""
        return f"https://localhost:{self.port}"


@contextmanager
def web(
    authority: Authority | ssl.SSLContext, answer: Callable[[Asked], Reply], kind: str = "good"
) -> Iterator[Web]:
    """Serve until the end of the block, by a certificate of one of the authority's kinds, or by a
    context of the test's own."""
    running = Web(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()})
            running.asked.append(asked)
            reply = answer(asked)
            self.send_response(reply.status)
            headers = {"Content-Length": str(len(reply.body))} | dict(reply.headers)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body if reply.cut_at is None else reply.body[: reply.cut_at])
            self.close_connection = reply.cut_at is not None

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that refuses our certificate is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    context = authority
    if isinstance(authority, Authority):
        certificate = authority.server(kind)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    running.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
