"""COMPRESS=DEFLATE on a real Dovecot: only for work, only where it helps, every octet the same."""

from __future__ import annotations

import pytest

from store.model.account import Profile
from sync.imap.utf7 import encode
from tests.live.imap.conftest import Open, fetched, letters
from tests.servers.dovecot import DovecotServer

LONG = b"Message-ID: <long@labo.test>\r\n\r\n" + b"dosage 5 * 3 mg smile :( sad\r\n" * 20_000


@pytest.mark.parametrize("profile", Profile)
async def test_letters_come_deflated_over_lines_that_are_slow(
    server: DovecotServer, name: str, log_in: Open, profile: Profile
) -> None:
    server.fill(name, "INBOX", [*letters(1), LONG])
    session = await log_in(server.account(name, profile=profile))
    selected = await session.select(b"INBOX")
    before = session.traffic.octets_in
    found = await fetched(session, 1, 2)
    assert [each.octets for each in found.values()] == [*letters(1), LONG]
    deflated = session.traffic.octets_in - before < len(LONG) / 5
    assert deflated == (profile is not Profile.FIBRE and session.has("COMPRESS=DEFLATE"))
    # Whatever comes after it comes at once: nothing waits in the decompressor.
    appended = await session.append(b"INBOX", LONG, frozenset())
    assert (await fetched(session, selected.uidnext))[selected.uidnext].octets == LONG
    assert appended is None or appended.uid == selected.uidnext
    await session.create_mailbox(encode("Résultats"))
    assert "Résultats" in {each.name for each in await session.list_mailboxes()}
    await session._dialogue.ask(b"NOOP")


async def test_news_comes_deflated_too(dovecot: DovecotServer, name: str, log_in: Open) -> None:
    dovecot.fill(name, "INBOX", letters(1))
    session = await log_in(dovecot.account(name, profile=Profile.SATELLITE))
    await session.select(b"INBOX")
    await fetched(session, 1)
    assert not await session.idle(0.05)
    with dovecot.session(name) as other:
        other.append("INBOX", "", "", letters(2)[0])
    assert await session.idle(30)
    assert session.exists == 2


async def test_a_quiet_pass_is_not_deflated(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(dovecot.account(name, profile=Profile.SATELLITE))
    turns = session.traffic.turns
    await session.list_mailboxes()
    assert session.traffic.turns == turns + 1
