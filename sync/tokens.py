"""Access tokens: asked of a command of the person's, kept in memory until a server refuses them.

Pro Santé Connect lets no thick client talk to it: a broker of the site does, and the command asks
the broker. A token lives some minutes; nobody tells us how many, so it is used until it is refused.
Then one fresh one is tried. When that is refused too, only a person can help (card, Pro Santé
Connect): nothing more is said for a while, longer each time, for too many refusals lock a mailbox.
The person who asks for a pass ends that wait. IMAP, POP3 and SMTP share all of this.

No token is ever written, and no log holds a word of what the command printed.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from store.errors import NeedsUser
from store.host import clock
from store.model.account import Account
from sync.limited import CommandFailed, output_of

COMMAND_SECONDS = 30.0
MOST_OCTETS = 16 * 1024
TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750 section 2.1; whatever else comes could end one field and begin another."""
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 300, 3600
T = TypeVar("T")


class TokenRefused(NeedsUser):
    """The server did not take this token. Another one may do."""


@dataclass(slots=True)
class _Kept:
    """What is known of one account's tokens."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    """Two connections that need a token at once wait for one command."""
    token: str = field(default="", repr=False)
    closed_at: int = 0
    """When a fresh token was last refused, Unix seconds; 0 while none was."""
    heard_at: int = 0
    """The last wish for a pass (`Account.sync_wanted_at`) that was answered by that refusal."""
    rest_seconds: int = 0


_kept: dict[tuple[object, ...], _Kept] = {}


async def with_token(account: Account, attempt: Callable[[str], Awaitable[T]]) -> T:
    """What `attempt(token)` returns, once more with a fresh token when the first is refused.

    Raises:
        NeedsUser: `token.refused`, `token.command_failed`, `token.unusable`; what `attempt` raises.
    """
    token = await asyncio.to_thread(token_for, account)
    try:
        done = await attempt(token)
    except TokenRefused as refused:
        _forget(account, token)
        fresh = await asyncio.to_thread(token_for, account)
        if fresh == token:  # the same words again would be a second wrong password
            raise _closed(account, fresh) from refused
        try:
            done = await attempt(fresh)
        except TokenRefused as again:
            raise _closed(account, fresh) from again
    _of(account).closed_at = _of(account).rest_seconds = 0
    return done


def token_for(account: Account) -> str:
    """The token that was not refused yet, else a fresh one. Blocks while the command runs.

    Raises:
        NeedsUser: `token.refused`, too short a time ago; `token.command_failed`, `token.unusable`.
    """
    kept = _of(account)
    with kept.lock:
        if _rests(kept, account):
            raise NeedsUser("token.refused", account=account.name)
        if not kept.token:
            kept.token = _asked(account)
        return kept.token


def _asked(account: Account) -> str:
    try:
        said = output_of(
            shlex.split(account.token_command), seconds=COMMAND_SECONDS, most_octets=MOST_OCTETS
        )
    except (CommandFailed, ValueError) as error:
        raise NeedsUser("token.command_failed", account=account.name) from error
    line = said.split(b"\n", 1)[0].strip()
    if not TOKEN.fullmatch(line):
        raise NeedsUser("token.unusable", account=account.name)
    return line.decode("ascii")


def _rests(kept: _Kept, account: Account) -> bool:
    """Nobody has asked for a pass since, and the wait is not over, nor in a time to come."""
    asked_since = account.sync_wanted_at > kept.heard_at
    return not asked_since and 0 <= clock.now() - kept.closed_at < kept.rest_seconds


def _closed(account: Account, token: str) -> NeedsUser:
    _forget(account, token)
    kept = _of(account)
    kept.closed_at = clock.now()
    kept.heard_at = max(kept.heard_at, account.sync_wanted_at)
    kept.rest_seconds = min(max(FIRST_REST_SECONDS, kept.rest_seconds * 2), LONGEST_REST_SECONDS)
    return NeedsUser("token.refused", account=account.name)


def _forget(account: Account, token: str) -> None:
    """Unless another connection has got a fresh one meanwhile."""
    kept = _of(account)
    if kept.token == token:
        kept.token = ""


def _of(account: Account) -> _Kept:
    return _kept.setdefault((account.id, account.user, account.token_command), _Kept())
