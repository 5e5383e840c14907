"""What Pro Santé Connect and its broker are to an operator and to us: who gives tokens, who judges.

`issue` puts a token where `command` finds it, as a person who opens their card does; Dovecot asks
over HTTP, on this machine alone, whether a token is good (RFC 7662, as far as Dovecot needs it).
"""

from __future__ import annotations

import json
import secrets
import shlex
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class TokenAuthority:
    """One; listens from `__enter__` on."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._good: dict[str, str] = {}
        self.asked = 0
        """How often a server wanted to know."""

    def __enter__(self) -> TokenAuthority:
        authority = self

        class Introspection(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authority.asked += 1
                token = parse_qs(urlsplit(self.path).query)["token"][0]
                user = authority._good.get(token)
                facts = {"active": user is not None, "username": user or ""}
                octets = json.dumps(facts).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *_: object) -> None:
                """A token is in every line of it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Introspection)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where a server asks; the token goes to its end."""
        return f"http://127.0.0.1:{self._server.server_port}/introspect?token="

    def issue(self, user: str) -> str:
        """A new token for them, which `command` gives from now on. Older ones stay good."""
        token = secrets.token_urlsafe(32)
        self._good[token] = user
        self._file(user).write_text(token + "\n")
        return token

    def revoke(self, user: str) -> None:
        """None of theirs is good any more; the command still gives the last one."""
        self._good = {token: whose for token, whose in self._good.items() if whose != user}

    def command(self, user: str) -> str:
        """What asks the broker for their token."""
        return shlex.join(["cat", str(self._file(user))])

    def _file(self, user: str) -> Path:
        return self._directory / f"{user}.token"
