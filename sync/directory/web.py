"""HTTPS, and nothing more of the web than the directory needs: GET, verified TLS, no cookies.

The standard library's client: each answer is read in pieces, to a limit, within a time.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from store.errors import MailError, NeedsUser, Permanent, Transient, Usage
from store.host.version import VERSION
from store.model.account import Endpoint
from sync.directory.bounds import BoundedContext, Bounds
from sync.tls import anchored_context, explain
from sync.trust.server import Trust

CONNECT_SECONDS = 30.0
MOST_TURNS = 4
"""A request and the redirections of it."""
AGAIN = {408, 425, 429, 500, 502, 503, 504}
MOVED = {301, 302, 303, 307, 308}


def endpoint_of(url: str) -> Endpoint:
    """The host and port of an https: URL.

    Raises:
        Usage: `directory.bad_url`; nothing is ever fetched in clear.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host, port = None, 0
    if host is None or not url.startswith("https://") or parts.username or not url.isprintable():
        raise Usage("directory.bad_url", url=url)
    return Endpoint(host=host, port=port)


@contextmanager
def get(
    url: str,
    ca: str,
    headers: Mapping[str, str],
    *,
    trust: Trust = None,
    seconds: float = CONNECT_SECONDS,
    bounds: Bounds | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET, its body not read yet. `seconds` is for each silence.

    `trust`: what is kept of the authorities under `ca`, taken in the database's thread. `bounds`:
    of all of it; without, only silences end it.

    `headers` go to the host of `url` only: a redirection to another one does not learn a key.

    Raises:
        MailError: of the connection (sync/tls.py); `directory.redirected`.
    """
    first = endpoint_of(url).host
    for _ in range(MOST_TURNS):
        endpoint = endpoint_of(url)
        told = headers if endpoint.host == first else {}
        line = http.client.HTTPSConnection(
            endpoint.host,
            endpoint.port,
            timeout=seconds,
            context=_context(ca, endpoint.host, trust, bounds),
        )
        try:
            with _explained(endpoint):
                parts = urlsplit(url)
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                line.request("GET", path, headers={"User-Agent": f"Pli/{VERSION}", **told})
                answer = line.getresponse()
            if answer.status in MOVED and (place := answer.getheader("Location")):
                url = urljoin(url, place)
                continue
            with _explained(endpoint):
                yield answer
            return
        finally:
            line.close()
    raise Permanent("directory.redirected", host=first)


def _context(ca: str, host: str, trust: Trust, bounds: Bounds | None) -> ssl.SSLContext:
    if bounds is None:
        return anchored_context(ca, host, trust=trust)
    context = anchored_context(ca, host, BoundedContext, trust)
    context.bounds = bounds
    return context


@contextmanager
def _explained(endpoint: Endpoint) -> Iterator[None]:
    try:
        yield
    except MailError:
        raise
    except (http.client.HTTPException, ssl.SSLError, OSError) as error:
        if isinstance(error, http.client.HTTPException):
            raise Transient("net.lost", host=endpoint.host) from error
        raise explain(error, endpoint) from error


def refuse(status: int, host: str) -> MailError:
    """What an answer that is no success means for who asked."""
    if status in (401, 403):
        return NeedsUser("directory.key_refused", host=host)
    if status in AGAIN:
        return Transient("directory.server_busy", host=host, status=status)
    return NeedsUser("directory.server_refused", host=host, status=status)
