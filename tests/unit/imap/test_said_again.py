"""How often the node says a password to a server that hangs up on it: counted on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from store.db.accounts import account as account_now
from store.db.accounts import add_account, set_capabilities
from store.db.open import Connection
from store.host.keys import DataKey
from store.host.paths import Home
from sync import node
from sync.imap.memory import Memory
from tests.unit.imap.liar import CAPABLE, SECRET, Liar, Lie

KNOWN = "AUTH=PLAIN ENABLE IMAP4REV1 LIST-EXTENDED LIST-STATUS QRESYNC SASL-IR"
GREETING = CAPABLE.format("AUTH=PLAIN SASL-IR")
DAY_SECONDS = 86_400

Told = Callable[[str], Awaitable[tuple[Liar, list[float], Memory]]]


@pytest.fixture
def day_with(
    lie: Lie,
    db: Connection,
    home: Home,
    key: DataKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Told:
    """A day of the account's loop with a server that answers a login so.

    Gives the server, when each login was written, and what is remembered at the end.
    """

    async def day(answer: str) -> tuple[Liar, list[float], Memory]:
        liar, to = await lie({"AUTHENTICATE": answer}, GREETING)
        password = tmp_path / "password"
        password.write_text("mot de pässe")
        password.chmod(0o600)
        alice = add_account(
            db,
            name=to.name,
            address=to.address,
            imap=to.imap,
            smtp=to.smtp,
            user=to.user,
            ca=to.ca,
            password_file=str(password),
        )
        set_capabilities(db, alice, KNOWN)
        clock, said = [1_790_000_000.0], []

        async def pause(db: Connection, account_id: int, seconds: float) -> None:
            await liar.over()
            logins = liar.heard.count(f"AUTHENTICATE PLAIN {SECRET}")
            said.extend([clock[0]] * (logins - len(said)))
            clock[0] += seconds
            if clock[0] > 1_790_000_000 + DAY_SECONDS:
                raise asyncio.CancelledError

        monkeypatch.setattr(node, "_pause", pause)
        monkeypatch.setattr(node, "now", lambda: int(clock[0]))
        with pytest.raises(asyncio.CancelledError):
            await node._account_loop(node.Node(home, key), db, alice)
        return liar, said, Memory.read(account_now(db, alice).capabilities)

    return cast(Told, day)


@pytest.mark.logs("account.stopped")
@pytest.mark.parametrize("answer", ["* BYE too many failures\r\n", "hang up", "+ \r\n"])
async def test_a_wrong_password_is_said_twice_in_five_minutes_at_most(
    day_with: Told, answer: str
) -> None:
    liar, said, memory = await day_with(answer)
    assert len(said) > 2
    assert all(third - first >= 300 for first, third in zip(said, said[2:], strict=False))
    assert memory.once or memory.stepwise_until, "no flight before a login was taken"
    assert [line for line in liar.heard if not line.startswith("AUTH")].count("ENABLE QRESYNC") <= 1


@pytest.mark.logs("account.stopped")
@pytest.mark.parametrize(
    "answer", ["* BYE too many failures\r\n", "%s NO [AUTHENTICATIONFAILED] non\r\n"]
)
async def test_a_password_that_is_not_taken_is_said_too_seldom_to_lock_a_mailbox(
    day_with: Told, answer: str
) -> None:
    _, said, _ = await day_with(answer)
    assert max(sum(at <= each < at + 1800 for each in said) for at in said) <= 4
    assert all(second - first >= 3600 for first, second in pairwise(said[-20:]))


@pytest.mark.logs("account.stopped")
async def test_one_that_is_refused_is_said_once_in_five_minutes(day_with: Told) -> None:
    _, said, memory = await day_with("%s NO [AUTHENTICATIONFAILED] non\r\n")
    assert all(second - first >= 300 for first, second in pairwise(said))
    assert not memory.stepwise_until
