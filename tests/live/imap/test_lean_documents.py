"""The documents of a long letter on a lean line to a real Dovecot: listed first, one alone."""

from __future__ import annotations

import base64
import random
from dataclasses import replace

import pytest

from store.db import outlines, structures
from store.db.accounts import add_account
from store.db.emails import octets_of, page_of_emails
from store.db.mailboxes import find_mailboxes
from store.db.open import Connection
from store.db.parts import part_octets, parts_of
from store.errors import Transient
from store.model.account import Account
from store.model.email import PartState
from store.model.ids import EmailId
from sync.derive import derive_emails
from sync.imap.account import sync_account
from sync.imap.manner import Manner
from sync.imap.session import ImapSession
from sync.replica.lean import Lean
from tests.live.imap.conftest import Open, letters
from tests.servers.dovecot import DovecotServer

LEAN = Manner(lean=Lean(most=50_000))
PHOTOGRAPH, RESULT = (random.Random(seed).randbytes(100_000) for seed in (1, 2))


def part(name: bytes, media_type: bytes, octets: bytes) -> bytes:
    coded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    head = b"--b\r\nContent-Type: %s; name=%s\r\n" % (media_type, name)
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + coded


LETTER = (
    b"From: labo@port.example\r\nSubject: deux\r\nMessage-ID: <two@port.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nVoir le bilan.\r\n%s%s--b--\r\n"
    % (part(b"photo.jpg", b"image/jpeg", PHOTOGRAPH), part(b"bilan.hpr", b"text/plain", RESULT))
)


@pytest.fixture
def account(db: Connection, server: DovecotServer, name: str) -> Account:
    """Somebody with nine short letters and a long one."""
    there = server.account(name)
    server.fill(name, "INBOX", [*letters(*range(9)), LETTER])
    id_ = add_account(
        db, name=name, address=there.address, imap=there.imap, smtp=there.smtp, user=there.user
    )
    return replace(there, id=id_)


async def settled(session: ImapSession, db: Connection, account: Account) -> EmailId:
    """Bring what comes by itself; the long letter."""
    while (await sync_account(session, db, account, manner=LEAN)).unfinished:
        pass
    derive_emails(db)
    [inbox] = find_mailboxes(db, "INBOX")
    return max(page_of_emails(db, inbox.id), key=lambda row: row.size).email_id


async def test_the_documents_of_a_long_letter_are_known_and_none_is_here(
    db: Connection, account: Account, log_in: Open
) -> None:
    session = await log_in(account)
    long = await settled(session, db, account)
    text, photograph, result = parts_of(db, long)
    assert (text.is_body, text.state) == (True, PartState.AWAY)
    assert (photograph.name, photograph.media_type) == ("photo.jpg", "image/jpeg")
    assert (result.number, result.name, result.state) == ("3", "bilan.hpr", PartState.AWAY)
    assert abs(result.size - len(RESULT)) < 2_000
    [waiting] = outlines.unwhole(db, account.id)
    assert waiting.kind == "result"
    assert session.traffic.octets_in < 30_000


async def test_one_document_comes_alone_and_the_letter_is_whole_when_it_is_asked_for(
    db: Connection, account: Account, log_in: Open
) -> None:
    session = await log_in(account)
    long = await settled(session, db, account)
    structures.want_part(db, long, "3", 1)
    before = session.traffic.octets_in
    await sync_account(session, db, account, manner=LEAN)
    assert part_octets(db, long, "3") == RESULT
    most = 1.03 if session.has("BINARY") else 1.45
    assert session.traffic.octets_in - before < len(RESULT) * most
    outlines.want(db, long, 2)
    await sync_account(session, db, account, manner=LEAN)
    derive_emails(db)
    assert octets_of(db, long) == LETTER
    assert part_octets(db, long, "3") == RESULT
    assert db.execute("SELECT count(*) FROM email_note").fetchone() == (0,)


async def test_a_line_cut_in_a_document_goes_on_behind_what_came(
    db: Connection, account: Account, log_in: Open
) -> None:
    long = await settled(await log_in(account), db, account)
    structures.want_part(db, long, "3", 1)
    crossed = 0
    for _ in range(40):
        session = await log_in(account)
        cut_after(session, 3)
        before = session.traffic.octets_in
        try:
            await sync_account(session, db, account, manner=LEAN)
        except Transient:
            crossed += session.traffic.octets_in - before
            continue
        break
    assert part_octets(db, long, "3") == RESULT


def cut_after(session: ImapSession, ranges: int) -> None:
    """Let that many ranges of a part come, and then no more."""
    real, came = session.part_ranges, 0

    async def cut(uid: int, section: str, spans, on_range, **how) -> None:  # type: ignore[no-untyped-def]
        def take(*given: object) -> None:
            nonlocal came
            came += 1
            if came > ranges:
                raise Transient("net.lost")
            on_range(*given)

        await real(uid, section, spans, take, **how)

    session.part_ranges = cut  # type: ignore[method-assign]
