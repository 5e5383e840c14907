"""Real processes told to stop while a server thinks after the final dot."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.db.accounts import accounts, add_account
from store.db.open import Connection, write
from store.db.submissions import outbox, queue_within
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Endpoint
from store.model.submission import EmailSubmission, SubmissionState
from tests.live.person import ROOT
from tests.servers.authority import Authority
from tests.unit.submit.scripted_server import PASSWORD, Act, ScriptedServer, scripted_server

S = SubmissionState
NOWHERE = Endpoint(host="127.0.0.1", port=1)
OK = b"250 2.0.0 queued\r\n"
COMMANDS = [
    (("node",), 0),
    (("sync",), 130),
    (("send", "--to", "b@sante.test", "--subject", "Bilan"), 130),
]


@pytest.fixture
async def server(authority: Authority) -> AsyncIterator[ScriptedServer]:
    """One that has taken the letter, and thinks until the test lets it speak."""
    async with scripted_server(authority) as server:
        yield server


def one_letter(db: Connection, server: ScriptedServer, directory: Path, name: str = "l") -> None:
    """An account that sends through `server`, unless it is there, and a letter that leaves now."""
    account, secret = server.account(), directory / "password"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD)
    known = [each.id for each in accounts(db)]
    id_ = (
        known[0]
        if known
        else add_account(
            db,
            name="labo",
            address=account.address,
            imap=NOWHERE,
            smtp=account.smtp,
            user=account.user,
            ca=account.ca,
            password_file=str(secret),
        )
    )
    with write(db):
        queue_within(
            db,
            account_id=id_,
            octets=f"Message-ID: <{name}@tilleuls.test>\r\n\r\nBilan\r\n".encode(),
            message_id=f"{name}@tilleuls.test",
            mail_from=account.address,
            recipients=["alice@aubepine.test"],
            subject="Bilan",
            source="person",
            send_at=0,
            now=0,
        )


async def pli(home: Home, key: DataKey, *words: str) -> asyncio.subprocess.Process:
    """`pli` as a process; the key goes to it as the screen gives it to its node."""
    reading, writing = os.pipe()
    os.write(writing, key.octets)
    os.close(writing)
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tui.cli", "--home", str(home.root)),
            *("--key-fd", str(reading), *words),
            cwd=ROOT,
            pass_fds=[reading],
            stdin=asyncio.subprocess.DEVNULL,
        )
    finally:
        os.close(reading)


def first_letter(db: Connection) -> EmailSubmission:
    return min(outbox(db), key=lambda row: row.id)


@pytest.mark.parametrize(("words", "code"), COMMANDS)
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_told_once_the_answer_is_waited_for(
    *,
    db: Connection,
    home: Home,
    key: DataKey,
    server: ScriptedServer,
    tmp_path: Path,
    words: tuple[str, ...],
    code: int,
    told: signal.Signals,
) -> None:
    one_letter(db, server, tmp_path)
    reached, thought = asyncio.Event(), asyncio.Event()
    server.plan["dot"] = [Act(take=True, reached=reached, until=thought, say=OK)]
    process = await pli(home, key, *words)
    await asyncio.wait_for(reached.wait(), 30)
    assert first_letter(db).state is S.UNCERTAIN
    process.send_signal(told)
    if told is signal.SIGHUP:
        process.send_signal(told)  # as a terminal that closes says it
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.5)
    thought.set()
    assert await asyncio.wait_for(process.wait(), 30) == code
    assert first_letter(db).state is S.ACCEPTED
    assert len(server.taken) == 1


async def test_told_twice_it_stops_at_once_and_the_letter_is_a_doubt(
    db: Connection, home: Home, key: DataKey, server: ScriptedServer, tmp_path: Path
) -> None:
    one_letter(db, server, tmp_path)
    reached = asyncio.Event()
    server.plan["dot"] = [Act(take=True, reached=reached, stall=True)]
    process = await pli(home, key, "node")
    await asyncio.wait_for(reached.wait(), 30)
    process.send_signal(signal.SIGTERM)
    while process.returncode is None:
        # Not `send_signal`: it looks whether the process has ended, and so takes its end away from
        # the loop that waits for it (Python 3.11, 2026-11).
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        await asyncio.sleep(0.05)
    assert process.returncode == -signal.SIGTERM
    assert first_letter(db).state is S.UNCERTAIN
