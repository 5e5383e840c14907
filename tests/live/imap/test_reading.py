"""Listings, letters and what changed since, asked of a real Dovecot."""

from __future__ import annotations

from store.errors import Transient
from store.model.account import Endpoint, Profile
from store.model.email import FLAGGED, SEEN
from sync.imap.answers import FetchedEmail, Known
from sync.imap.connect import connect
from sync.imap.exchange import Patience
from tests.live.imap.conftest import Open, fetched, letters, password
from tests.live.imap.relay import Relay
from tests.refusals import refused
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer


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
        b'Subject: [/nope] [ ) ( " \\ {12}\r\n\r\n* 9 FETCH (UID 9)\r\n' + bytes(range(1, 256)),
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

    with refused(Transient, "store.busy"):
        await session.fetch([1, 2], full)


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
    await session._dialogue.ask(b"NOOP")
    assert session.exists == 2
    with server.session(name) as other:
        other.append("INBOX", "", "", letters(4)[0])
    await session._dialogue.ask(b"NOOP")
    assert session.exists == 3


async def test_a_fetch_that_stalls_ends_in_time_and_keeps_what_was_given(
    dovecot: DovecotServer, name: str, relay: Relay
) -> None:
    port = await relay.to(dovecot.imaps_port)
    # The limit is of octets as they are: nothing is deflated on such a line.
    here = Endpoint(host="127.0.0.1", port=port)
    account = dovecot.account(name, imap=here, profile=Profile.FIBRE)
    dovecot.fill(name, "INBOX", [letter + b"x" * 50_000 for letter in letters(*range(20))])
    session = await connect(account, password(account), patience=Patience(silence_seconds=0.5))
    await session.select(b"INBOX")
    relay.after, relay.deaf = 400_000, True
    given: list[FetchedEmail] = []
    with refused(Transient, "net.timeout"):
        await session.fetch(range(1, 21), given.append)
    assert 0 < len(given) < 20
    await session.logout()


async def test_a_sample_spares_naming_what_is_known_to_be_gone(
    authority: Authority, name: str, log_in: Open
) -> None:
    gone = range(1, 400, 2)
    with DovecotServer(authority) as server:
        server.fill(name, "INBOX", letters(*range(400)))
        session = await log_in(server.account(name))
        known = await session.select(b"INBOX")
        for keyword in ("a", "b"):
            await session.store(range(2, 401), add=frozenset({keyword}), remove=frozenset())
        await session.expunge(gone)
        await session.logout()
        server.stop()
        for log in server.maildir(name).glob("dovecot.index.log*"):
            log.unlink()  # what it knows of those that are gone
        server.start()
        session = await log_in(server.account(name))
        for sample, named in (
            ([], set(gone)),
            ([(100, 200), (200, 400)], set()),
            ([(100, 200), (150, 300), (175, 351)], {uid for uid in gone if uid > 300}),
        ):
            opened = await session.select(
                b"INBOX", known=(known.uidvalidity, known.highestmodseq or 0), sample=sample
            )
            assert opened.vanished is not None
            assert set(opened.vanished) == named
            await session.select(b"Sent")
        await session.logout()
