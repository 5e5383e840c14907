"""A reconnection takes up the TLS session of the last one: no certificates cross the line again.

asyncio has no argument for it, but asks the context for each connection (`wrap_bio`), and a context
may answer with a session: nothing private is touched (docs/decisions/0004-tls-resumption.md).

A server that resumes does not show its certificate again. So a session is only kept after a login,
for one account at one endpoint, in this process, for as long as the files that vouch for it are the
same, and for `KEPT_SECONDS`. Whatever goes wrong makes it forgotten.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from store.host import clock
from store.model.account import Account, Endpoint
from sync.tls import client_context

KEPT_SECONDS = 3600
"""After that, who they are is looked at anew."""


class ResumingContext(ssl.SSLContext):
    """A client's context that remembers one session. Made by `resuming_context`."""

    made_at = 0
    session: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As the base, with the session that was remembered."""
        given = session or self.session
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, given)

    def remember(self, connection: ssl.SSLObject) -> None:
        """The next connection takes up where this one is; call when all is known to be well.

        With TLS 1.3 what is needed for that comes after the handshake: read something first.
        """
        self.session = connection.session

    def forget(self) -> None:
        """The next connection begins from nothing."""
        self.session = None


_contexts: dict[tuple[Any, ...], ResumingContext] = {}


def resuming_context(account: Account, endpoint: Endpoint) -> ResumingContext:
    """The context for this account's connections to this endpoint.

    Raises:
        NeedsUser: `tls.no_anchors`, `tls.bad_anchors`, `tls.bad_client_cert`.
    """
    now = clock.now()
    for key in [key for key, each in _contexts.items() if not _fresh(each, now)]:
        del _contexts[key]
    files = (
        *(account.ca, account.client_cert, account.client_key),
        account.client_password_file,
    )
    key = (account.id, account.user, endpoint, files, tuple(map(_state, files)))
    if key not in _contexts:
        context = client_context(account, ResumingContext)
        context.made_at = now
        _contexts[key] = context
    return _contexts[key]


def _fresh(context: ResumingContext, now: int) -> bool:
    return 0 <= now - context.made_at < KEPT_SECONDS


def _state(path: str) -> tuple[int, ...]:
    """What differs when a file is replaced or rewritten; nothing for what is no file."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
