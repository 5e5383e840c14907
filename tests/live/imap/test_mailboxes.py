"""The list of mailboxes, and opening one, asked of a real Dovecot."""

from __future__ import annotations

import pytest

from store.errors import Permanent
from store.model.mailbox import Role
from sync.imap import utf7
from tests.live.imap.conftest import Open, letters
from tests.servers.dovecot import DovecotServer


async def test_all_mailboxes_are_listed_with_role_and_status(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1, 2))
    session = await log_in(account)
    await session.create_mailbox(utf7.encode("Résultats & co"))
    listed = {mailbox.name: mailbox for mailbox in await session.list_mailboxes()}
    assert {n: m.role for n, m in listed.items() if m.role} == {
        "INBOX": Role.INBOX,
        "Sent": Role.SENT,
        "Drafts": Role.DRAFTS,
        "Trash": Role.TRASH,
        "Archive": Role.ARCHIVE,
        "Junk": Role.JUNK,
    }
    assert listed["Résultats & co"].wire_name == b"R&AOk-sultats &- co"
    status = listed["INBOX"].status
    assert status is not None
    assert (status.messages, status.uidnext) == (2, 3)
    assert all(mailbox.delimiter == "/" for mailbox in listed.values())


async def test_with_list_status_all_of_it_is_one_turn(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(dovecot.account(name))
    before = session.traffic.turns
    await session.list_mailboxes()
    assert session.traffic.turns - before <= 1


async def test_status_agrees_with_select(server: DovecotServer, name: str, log_in: Open) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1, 2, 3))
    session = await log_in(account)
    status, selected = await session.status(b"INBOX"), await session.select(b"INBOX")
    assert (status.uidvalidity, status.uidnext) == (selected.uidvalidity, selected.uidnext)
    assert status.messages == selected.exists == session.exists == 3
    assert status.highestmodseq == selected.highestmodseq


async def test_a_mailbox_that_does_not_exist_is_a_permanent_no(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(server.account(name))
    with pytest.raises(Permanent):
        await session.select(b"Nulle part")
    assert session.exists == 0
    await session._dialogue.ask(b"NOOP")


async def test_a_mailbox_made_twice_is_made_once(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(server.account(name))
    for _ in range(2):
        await session.create_mailbox(utf7.encode("Envoyés"))
    listed = [mailbox.name for mailbox in await session.list_mailboxes()]
    assert listed.count("Envoyés") == 1


async def test_a_mailbox_is_renamed_with_all_below_it_and_subscribed_to(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(server.account(name))
    await session.create_mailbox(b"Labos/2026")
    before = {m.name: m.status for m in await session.list_mailboxes()}["Labos/2026"]
    await session.rename_mailbox(b"Labos", utf7.encode("Résultats"))
    await session.subscribe(utf7.encode("Résultats/2026"), on=True)
    listed = {m.name: m.status for m in await session.list_mailboxes()}
    assert "Labos/2026" not in listed
    assert before is not None
    assert listed["Résultats/2026"] == before, "the same mailbox, under another name"
    with server.session(name) as other:
        _, names = other.lsub()
    assert b"R&AOk-sultats/2026" in b"".join(line for line in names if isinstance(line, bytes))
    await session.subscribe(utf7.encode("Résultats/2026"), on=False)
