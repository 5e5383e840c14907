"""A whole session with pymap, which can do little: nothing it lacks may ever be asked of it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from store.errors import Permanent
from store.model.account import Account, Endpoint
from store.model.email import SEEN
from store.model.ids import AccountId
from store.model.mailbox import Role
from sync.demo.imap_server import ImapServer
from sync.imap.answers import FetchedEmail, Identity
from sync.imap.connect import connect
from sync.imap.session import ImapSession
from sync.replica.identity import message_id_of
from tests.refusals import refused
from tests.servers.authority import Authority

LETTER = b"Message-ID: <%d@labo.test>\r\nSubject: dosage 5 * 3 mg\r\n\r\nsmile :( sad\r\n"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[ImapServer, Account]]:
    """pymap with alice in it, and her account."""
    authority = Authority(tmp_path)
    certificate = authority.server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    pymap = ImapServer(context)
    await pymap.add_user("alice", "secret")
    await pymap.listen()
    here = Endpoint(host="127.0.0.1", port=pymap.port)
    yield (
        pymap,
        Account(
            id=AccountId(1),
            name="alice",
            address="alice@exemple.test",
            imap=here,
            smtp=here,
            user="alice",
            ca=str(authority.ca_file),
        ),
    )
    await pymap.hang_up()


@pytest.fixture
async def session(server: tuple[ImapServer, Account]) -> AsyncIterator[ImapSession]:
    """Logged in, three letters in INBOX."""
    pymap, account = server
    for n in range(1, 4):
        await pymap.deliver("alice", LETTER % n, received_at=1_770_000_000 + n)
    session = await connect(account, "secret", timeout=30)
    yield session
    await session.logout()


async def test_mailboxes_are_listed_with_their_roles(session: ImapSession) -> None:
    listed = {mailbox.name: mailbox for mailbox in await session.list_mailboxes()}
    assert listed["Sent"].role is Role.SENT
    assert listed["Résultats"].selectable
    status = listed["INBOX"].status
    assert status is not None
    assert (status.messages, status.highestmodseq) == (3, None)


async def test_letters_are_listed_and_fetched(session: ImapSession) -> None:
    selected = await session.select(b"INBOX", known=(1, 1))
    assert (selected.exists, selected.highestmodseq, selected.changed) == (3, None, None)
    listed, given = await session.listing(changed_since=7), list[FetchedEmail]()
    assert set(listed) == await session.uids()
    assert len(listed) == session.exists
    await session.fetch(listed, given.append)
    assert [email.octets for email in given] == [LETTER % n for n in (1, 2, 3)]
    assert [email.received_at for email in given] == [1_770_000_001, 1_770_000_002, 1_770_000_003]


async def test_letters_are_changed_moved_added_and_removed(
    session: ImapSession, server: tuple[ImapServer, Account]
) -> None:
    await session.select(b"INBOX")
    one, two, three = sorted(await session.uids())
    await session.store([one], add=frozenset({SEEN, "$forwarded"}), remove=frozenset())
    assert await session.move([two], b"Archive") is not None
    assert await session.expunge([three])
    assert await session.uids() == {one}
    at = await session.append(b"Sent", LETTER % 9, frozenset({SEEN}), 1_770_000_000)
    pymap, _ = server
    [kept] = await pymap.held("alice", "INBOX")
    assert "\\Seen" in kept.flags
    [moved] = await pymap.held("alice", "Archive")
    [sent] = await pymap.held("alice", "Sent")
    assert moved.octets == LETTER % 2
    assert at is not None
    assert (sent.uid, sent.octets, sent.flags) == (at.uid, LETTER % 9, {"\\Seen"})


async def test_a_letter_is_found_by_its_message_id(session: ImapSession) -> None:
    await session.select(b"INBOX")
    uids = sorted(await session.uids())
    assert await session.search_message_id("2@labo.test", from_uid=1) == uids[1:2]
    assert await session.search_message_id("2@labo.test", from_uid=uids[2]) == []


async def test_who_letters_are_is_told_without_their_octets(session: ImapSession) -> None:
    await session.select(b"INBOX")
    whole: list[FetchedEmail] = []
    uids = sorted(await session.uids())
    await session.fetch(uids, whole.append)
    assert await session.identities([*uids, max(uids) + 7]) == [
        Identity(
            uid=each.uid,
            keywords=each.keywords,
            received_at=each.received_at,
            size=len(each.octets),
            message_id=message_id_of(each.octets),
        )
        for each in whole
    ]


async def test_a_mailbox_that_is_not_there_is_said(session: ImapSession) -> None:
    with refused(Permanent, "imap.no_mailbox"):
        await session.append(b"Nulle part", b"Subject: x\r\n\r\n", frozenset())
    await session.create_mailbox(b"Nulle part")
    assert await session.append(b"Nulle part", b"Subject: x\r\n\r\n", frozenset()) is not None


async def test_a_letter_delivered_is_news(
    session: ImapSession, server: tuple[ImapServer, Account]
) -> None:
    await session.select(b"INBOX")
    await server[0].deliver("alice", LETTER % 4, received_at=1_770_000_004)
    assert await session.idle(60)
    assert not await session.idle(0.1)


async def test_what_is_remembered_of_it_changes_no_answer(
    session: ImapSession, server: tuple[ImapServer, Account]
) -> None:
    listed = {each.wire_name: each for each in await session.list_mailboxes()}
    turns = session.traffic.turns
    account = replace(server[1], capabilities=session.remembered)
    again = await connect(account, "secret", listing=True, watch=True, timeout=30)
    try:
        assert {each.wire_name: each for each in await again.list_mailboxes()} == listed
        assert again.remembered == session.remembered
        assert not await again.watches_all()
        assert again.traffic.turns <= turns
    finally:
        await again.logout()
