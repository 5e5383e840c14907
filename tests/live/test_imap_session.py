"""Every question a session can ask, asked of a real Dovecot; what the stdlib's client sees judges.

Twice where it matters: a Dovecot with all it can do, and one that offers next to nothing.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from store.errors import Permanent, Transient
from store.model.account import Account
from store.model.email import FLAGGED, SEEN
from store.model.mailbox import Role
from sync.imap.answers import FetchedEmail, Known
from sync.imap.connect import connect
from sync.imap.session import ImapSession
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer

LETTER = b"Message-ID: <%d@labo.test>\r\nSubject: dosage 5 * 3 mg smile :( sad\r\n\r\nLettre %d\r\n"
BARE = "IMAP4rev1 SASL-IR"
Open = Callable[[Account], Awaitable[ImapSession]]
numbers = itertools.count()


@pytest.fixture(scope="module")
def bare(authority: Authority) -> Iterator[DovecotServer]:
    """A Dovecot that says it can do nothing special."""
    with DovecotServer(authority, capabilities=BARE) as server:
        yield server


@pytest.fixture(params=["dovecot", "bare"])
def server(request: pytest.FixtureRequest) -> DovecotServer:
    """Each of the two in turn."""
    given: DovecotServer = request.getfixturevalue(request.param)
    return given


@pytest.fixture
def name() -> str:
    """Somebody who has no mail yet."""
    return f"imap{next(numbers)}"


@pytest.fixture
async def log_in() -> AsyncIterator[Open]:
    """Log in; log out when the test is over."""
    sessions = []

    async def opened(account: Account) -> ImapSession:
        sessions.append(await connect(account, _password(account)))
        return sessions[-1]

    yield opened
    for session in sessions:
        await session.logout()


def _password(account: Account) -> str:
    with open(account.password_file, encoding="utf-8") as file:
        return file.readline().strip()


def letters(*which: int) -> list[bytes]:
    return [LETTER % (n, n) for n in which]


async def fetched(session: ImapSession, *uids: int) -> dict[int, FetchedEmail]:
    found: dict[int, FetchedEmail] = {}
    await session.fetch(uids, lambda email: found.update({email.uid: email}))
    return found


async def test_all_mailboxes_are_listed_with_role_and_status(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1, 2))
    session = await log_in(account)
    await session.create("Résultats & co")
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
    assert (status.messages, status.unseen) == (2, 2)
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
    await session.noop()


async def test_a_mailbox_made_twice_is_made_once(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(server.account(name))
    assert await session.create("Envoyés") == await session.create("Envoyés") == b"Envoy&AOk-s"


async def test_a_listing_has_every_email_with_its_size(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(*range(300)))
    session = await log_in(account)
    await session.select(b"INBOX")
    emails = await session.listing()
    assert len(emails) == session.exists == 300
    assert {uid: email.size for uid, email in emails.items()} == {
        n + 1: len(letter) for n, letter in enumerate(letters(*range(300)))
    }
    assert await session.uids() == set(emails)


async def test_a_letter_is_fetched_octet_for_octet(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    odd = [
        *letters(1),
        b"Subject: [/nope] [ ) ( \" \\ {12}\r\n\r\n* 9 FETCH (UID 9)\r\n" + bytes(range(1, 256)),
        b"Subject: " + b"x" * 300_000 + b"\r\n\r\n",
        b"\r\n",
    ]
    account = server.account(name)
    server.fill(name, "INBOX", odd, received_at=1_770_000_000, seen=True)
    session = await log_in(account)
    await session.select(b"INBOX")
    found = await fetched(session, 1, 2, 3, 4)
    assert [found[uid].octets for uid in sorted(found)] == odd
    assert [found[uid].received_at - 1_770_000_000 for uid in sorted(found)] == [0, 1, 2, 3]
    assert all(email.keywords == {SEEN} for email in found.values())


async def test_a_letter_that_is_gone_is_not_given(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1))
    session = await log_in(account)
    await session.select(b"INBOX")
    assert set(await fetched(session, 1, 7, 4_000_000_000)) == {1}


async def test_what_the_taker_of_letters_raises_is_raised(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(1, 2))
    session = await log_in(account)
    await session.select(b"INBOX")

    def full(_: FetchedEmail) -> None:
        raise Transient("store.busy")

    with pytest.raises(Transient, match="store.busy"):
        await session.fetch([1, 2], full)


async def test_keywords_are_stored_and_seen_by_others(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1, 2))
    session = await log_in(account)
    await session.select(b"INBOX")
    await session.store([1, 2], add=frozenset({SEEN, "$forwarded"}), remove=frozenset({FLAGGED}))
    await session.store([2], add=frozenset(), remove=frozenset({SEEN}))
    with server.session(name) as other:
        other.select("INBOX")
        _, [one, two] = other.uid("fetch", "1:2", "(FLAGS)")
    assert (b"\\Seen" in one, b"$Forwarded" in one) == (True, True)
    assert (b"\\Seen" in two, b"$Forwarded" in two) == (False, True)
    shown = await session.listing()
    assert shown[1].keywords == {SEEN, "$forwarded"}
    assert shown[2].keywords == {"$forwarded"}


@pytest.mark.parametrize("size", [10, 5_000, 3_000_000])
async def test_a_letter_is_appended_whole(
    server: DovecotServer, name: str, log_in: Open, size: int
) -> None:
    letter = b"Subject: ma lettre\r\n\r\n" + b"x" * size + b"\r\n"
    session = await log_in(server.account(name))
    at = await session.append(b"Sent", letter, frozenset({SEEN}), 1_770_000_000)
    selected = await session.select(b"Sent")
    # Dovecot says it even where it does not offer UIDPLUS.
    assert at is not None
    assert (at.uidvalidity, at.uid) == (selected.uidvalidity, 1)
    [email] = (await fetched(session, 1)).values()
    assert (email.octets, email.received_at) == (letter, 1_770_000_000)
    assert email.keywords == {SEEN}


@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_a_refused_append_leaves_the_session_usable(
    server: DovecotServer, name: str, log_in: Open, size: int
) -> None:
    session = await log_in(server.account(name))
    before = session.traffic.octets_out
    with pytest.raises(Permanent, match="imap.no_mailbox"):
        await session.append(b"Nulle part", b"x" * size, frozenset())
    assert session.traffic.octets_out - before < 1000
    await session.noop()
    assert await session.append(b"Sent", b"Subject: ok\r\n\r\n", frozenset()) is not False


async def test_a_letter_found_by_its_message_id_is_never_an_older_one(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1, 2, 1))
    session = await log_in(account)
    await session.select(b"INBOX")
    assert await session.search_message_id("1@labo.test", from_uid=1) == [1, 3]
    assert await session.search_message_id("1@labo.test", from_uid=2) == [3]
    assert await session.search_message_id("1@labo.test", from_uid=4) == []
    assert await session.search_message_id('"un" \\ autre@labo.test', from_uid=1) == []


async def test_moved_letters_are_found_where_the_server_says(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(1, 2, 3, 4))
    dovecot.fill(name, "Archive", letters(9))
    session = await log_in(account)
    await session.select(b"INBOX")
    assert await session.move([1, 2, 4], b"Archive") == {1: 2, 2: 3, 4: 4}
    assert await session.uids() == {3}
    assert session.exists == 1
    await session.select(b"Archive")
    assert (await fetched(session, 4))[4].octets == letters(4)[0]


async def test_without_move_a_letter_is_copied_and_only_it_is_removed(
    authority: Authority, name: str, log_in: Open
) -> None:
    with DovecotServer(authority, capabilities="IMAP4rev1 SASL-IR UIDPLUS") as server:
        account = server.account(name)
        server.fill(name, "INBOX", letters(1, 2, 3))
        session = await log_in(account)
        with server.session(name) as other:
            other.select("INBOX")
            other.uid("store", "3", "+FLAGS", "(\\Deleted)")
        await session.select(b"INBOX")
        assert await session.move([1], b"Archive") == {1: 1}
        assert await session.uids() == {2, 3}
        await session.logout()


async def test_without_uidplus_nothing_is_ever_expunged(
    bare: DovecotServer, name: str, log_in: Open
) -> None:
    account = bare.account(name)
    bare.fill(name, "INBOX", letters(1, 2))
    session = await log_in(account)
    await session.select(b"INBOX")
    assert not await session.expunge([1])
    assert await session.uids() == {1, 2}


async def test_expunge_removes_just_these(dovecot: DovecotServer, name: str, log_in: Open) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(1, 2, 3, 4))
    session = await log_in(account)
    await session.select(b"INBOX")
    assert await session.expunge([1, 3])
    assert await session.uids() == {2, 4}
    assert session.exists == 2


async def test_select_tells_what_changed_and_what_vanished(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(*range(1, 11)))
    session = await log_in(account)
    first = await session.select(b"INBOX")
    assert first.highestmodseq is not None
    assert (first.changed, first.vanished) == (None, None)
    with dovecot.session(name) as other:
        other.select("INBOX")
        other.uid("store", "2", "+FLAGS", "(\\Seen)")
        other.uid("store", "4:6", "+FLAGS", "(\\Deleted)")
        other.expunge()
        other.append("INBOX", "", "", letters(11)[0])
    known = Known(first.uidvalidity, first.highestmodseq)
    again = await session.select(b"INBOX", known=known)
    assert again.changed is not None
    assert {uid: email.keywords for uid, email in again.changed.items()} == {2: {SEEN}, 11: set()}
    assert again.vanished is not None
    assert [uid for uid in range(1, 12) if uid in again.vanished] == [4, 5, 6]
    assert again.exists == session.exists == 8


async def test_another_uidvalidity_has_no_changes_to_tell(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(1))
    session = await log_in(account)
    first = await session.select(b"INBOX")
    again = await session.select(b"INBOX", known=Known(first.uidvalidity - 1, 1))
    assert (again.changed, again.vanished) == (None, None)


async def test_only_what_changed_since_is_listed(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(*range(1, 6)))
    session = await log_in(account)
    selected = await session.select(b"INBOX")
    await session.store([3], add=frozenset({FLAGGED}), remove=frozenset())
    changed = await session.listing(changed_since=selected.highestmodseq)
    assert {uid: email.keywords for uid, email in changed.items()} == {3: {FLAGGED}}


async def test_what_happens_in_the_selected_mailbox_is_counted(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1, 2, 3))
    session = await log_in(account)
    await session.select(b"INBOX")
    with server.session(name) as other:
        other.select("INBOX")
        other.uid("store", "1", "+FLAGS", "(\\Deleted)")
        other.expunge()
    await session.noop()
    assert session.exists == 2
    with server.session(name) as other:
        other.append("INBOX", "", "", letters(4)[0])
    await session.noop()
    assert session.exists == 3


async def test_idle_ends_when_a_letter_arrives(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(dovecot.account(name))
    waiting = asyncio.create_task(session.idle(60))
    await asyncio.wait([waiting], timeout=0.3)
    assert not waiting.done()
    await asyncio.to_thread(_deliver, dovecot, name)
    async with asyncio.timeout(10):
        assert await waiting


async def test_what_came_before_idle_is_news_at_once_and_only_once(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(server.account(name))
    await session.select(b"INBOX")
    await session.select(b"Sent")
    await asyncio.to_thread(_deliver, server, name)
    assert await session.idle(60)
    assert not await session.idle(0.1)


async def test_idle_ends_when_told_to(server: DovecotServer, name: str, log_in: Open) -> None:
    session, told = await log_in(server.account(name)), asyncio.Event()
    waiting = asyncio.create_task(session.idle(60, until=told))
    await asyncio.wait([waiting], timeout=0.3)
    told.set()
    async with asyncio.timeout(10):
        assert not await waiting
    await session.noop()


async def test_idle_ends_at_once_when_the_server_goes(
    authority: Authority, name: str, log_in: Open
) -> None:
    with DovecotServer(authority) as server:
        session = await log_in(server.account(name))
        waiting = asyncio.create_task(session.idle(60))
        await asyncio.wait([waiting], timeout=0.3)
        await asyncio.to_thread(server.stop)
        async with asyncio.timeout(5):
            with pytest.raises(Transient):
                await waiting
        await session.logout()


def _deliver(server: DovecotServer, name: str) -> None:
    with server.session(name) as other:
        other.append("INBOX", "", "", letters(1)[0])
