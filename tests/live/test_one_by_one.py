"""A real node whose letters come one by one: one handshake, one log-in, one goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from store.db.open import Connection
from store.db.submissions import outbox
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.submission import SubmissionState as S
from sync.submit.smtp import Submitter
from tests.live.test_told_to_stop import one_letter, pli
from tests.servers.authority import Authority
from tests.servers.world import MailWorld
from tests.unit.submit.scripted_server import scripted_server

LETTERS, SECONDS = 3, 30


async def until(true: Callable[[], bool]) -> None:
    """Look again and again until it is so."""
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.05)


async def test_a_node_keeps_its_connection_for_the_letter_to_come(
    home: Home, key: DataKey, db: Connection, authority: Authority, tmp_path: Path
) -> None:
    async with scripted_server(authority) as server:
        node = await pli(home, key, "node")
        for n in range(LETTERS):
            one_letter(db, server, tmp_path, name=f"l{n}")
            await until(lambda n=n: len(server.taken) == n + 1)  # type: ignore[misc]
            await until(lambda: {row.state for row in outbox(db)} == {S.ACCEPTED})
        assert (server.connections, server.verbs().count("AUTH")) == (1, 1)
        node.terminate()
        assert await asyncio.wait_for(node.wait(), SECONDS) == 0
        assert server.verbs()[-1] == "QUIT"


async def test_postfix_takes_up_the_session_of_the_last_connection(mail_world: MailWorld) -> None:
    labo, password = mail_world.account("labo"), mail_world.dovecot.password("labo")
    reused = []
    for _ in range(3):
        async with Submitter(labo, password) as line:
            reused.append(line.get_transport_info("ssl_object").session_reused)
    assert reused[1:] == [True, True]
