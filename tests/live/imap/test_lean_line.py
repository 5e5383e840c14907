"""A lean line to a real Dovecot, with all it can do and with next to nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.db import outlines
from store.db.accounts import add_account
from store.db.emails import octets_of, page_of_emails
from store.db.mailboxes import find_mailboxes
from store.db.open import Connection
from store.model.account import Account
from store.model.ids import EmailId
from sync.imap.account import sync_account
from sync.imap.manner import Manner
from sync.replica.lean import Lean
from tests.live.imap.conftest import Open, letters
from tests.servers.dovecot import DovecotServer

LEAN = Lean(most=200_000)
DOCUMENT = (
    b"From: labo@port.example\r\nSubject: radio\r\nMessage-ID: <radio@port.example>\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    b"Voir la radio.\r\n--b\r\nContent-Type: application/pdf; name=radio.pdf\r\n\r\n%s\r\n--b--\r\n"
)
SHORT, LONG = DOCUMENT % (b"x" * 150_000), DOCUMENT % (b"y" * 300_000)


@pytest.fixture
def account(db: Connection, server: DovecotServer, name: str) -> Account:
    """Somebody with fifty-three letters, two of them long."""
    there = server.account(name)
    server.fill(name, "INBOX", [*letters(*range(51)), SHORT, LONG.replace(b"<radio", b"<long")])
    id_ = add_account(
        db, name=name, address=there.address, imap=there.imap, smtp=there.smtp, user=there.user
    )
    return replace(there, id=id_)


def emails_by_size(db: Connection) -> list[EmailId]:
    """What INBOX shows, the largest first."""
    [inbox] = find_mailboxes(db, "INBOX")
    rows = page_of_emails(db, inbox.id)
    return [row.email_id for row in sorted(rows, key=lambda row: -row.size)]


async def test_everything_short_comes_whole_and_what_is_long_waits(
    db: Connection, account: Account, log_in: Open
) -> None:
    session = await log_in(account)
    while (await sync_account(session, db, account, manner=Manner(lean=LEAN))).unfinished:
        pass
    long, short, *others = emails_by_size(db)
    assert len(others) == 51
    assert octets_of(db, short) == SHORT
    assert sorted(octets_of(db, each) for each in others) == sorted(letters(*range(51)))
    assert outlines.stage_of(db, long) is outlines.Stage.BEGUN
    assert session.traffic.octets_in < len(SHORT) * 1.05 + 60_000


async def test_what_is_asked_for_comes_whole(
    db: Connection, account: Account, log_in: Open
) -> None:
    session = await log_in(account)
    while (await sync_account(session, db, account, manner=Manner(lean=LEAN))).unfinished:
        pass
    [long, *_] = emails_by_size(db)
    outlines.want(db, long, 1)
    before = session.traffic.octets_in
    report = await sync_account(session, db, account, manner=Manner(lean=LEAN))
    assert (report.fetched, report.unfinished) == (1, False)
    assert octets_of(db, long) == LONG.replace(b"<radio", b"<long")
    assert session.traffic.octets_in - before < len(LONG) * 1.05


async def test_a_line_cut_in_a_long_letter_goes_on_behind_what_came(
    db: Connection, account: Account, log_in: Open
) -> None:
    for _ in range(40):
        session = await log_in(account)
        ranges, session_ranges = 0, session.ranges

        async def cut(*asked: object, real: object = session_ranges, **how: object) -> None:
            nonlocal ranges
            ranges += 1
            if ranges > 1:
                raise ConnectionResetError
            await real(*asked, **how)  # type: ignore[operator]

        session.ranges = cut  # type: ignore[method-assign]
        try:
            report = await sync_account(session, db, account, manner=Manner(lean=LEAN))
        except ConnectionResetError:
            report = None
        if report is not None and not report.unfinished:
            break
    else:
        raise AssertionError("never whole")
    [_, short, *_] = emails_by_size(db)
    assert octets_of(db, short) == SHORT


async def test_a_new_letter_comes_with_the_answer_to_select(
    db: Connection, dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    dovecot.fill(name, "INBOX", letters(1, 2))
    there = dovecot.account(name)
    id_ = add_account(
        db, name=name, address=there.address, imap=there.imap, smtp=there.smtp, user=there.user
    )
    account = replace(there, id=id_)
    await sync_account(await log_in(account), db, account, manner=Manner(lean=LEAN))
    dovecot.fill(name, "INBOX", letters(3))
    session = await log_in(account)
    before = session.traffic.turns
    report = await sync_account(session, db, account, manner=Manner(lean=LEAN))
    assert (report.announced, report.fetched) == (1, 1)
    assert session.traffic.turns - before == 2, "LIST, then SELECT and the letter"
