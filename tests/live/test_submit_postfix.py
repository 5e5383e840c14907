"""Letters through a real Postfix: what it receives is what was frozen, once each."""

from __future__ import annotations

import re

import pytest

from store.db.accounts import account as stored_account
from store.db.accounts import add_account
from store.db.open import Connection, write
from store.db.submissions import queue_within, submission
from store.errors import NeedsUser
from store.model.account import Account, Tls
from store.model.ids import SubmissionId
from store.model.submission import RecipientState, SubmissionState
from sync.submit.outbox import run_outbox
from sync.submit.smtp import Submitter
from tests.servers.world import MailWorld
from tests.steps import at_hand

NOW = 1_700_000_000
S, R = SubmissionState, RecipientState
HOSTILE = b"Subject: bilan\r\n\r\n.\r\n..\r\nFrom ici\r\n.fin\r\nRCPT TO:<eve@intrus.test>\r\n.\r\n"
ENDS = [
    *(b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\n\n.\r\n"),
    *(b"\r\n\0.\r\n", b"\r\n.\0\r\n"),
]


@pytest.fixture(params=list(Tls))
def sender(db: Connection, mail_world: MailWorld, request: pytest.FixtureRequest) -> Account:
    """The laboratory, over both ways to TLS, in the store."""
    labo = mail_world.account("labo", tls=request.param)
    id_ = add_account(
        db,
        name=labo.name,
        address=labo.address,
        imap=labo.imap,
        smtp=labo.smtp,
        user=labo.user,
        tls=labo.tls,
        ca=labo.ca,
    )
    return stored_account(db, id_)


def head(name: str) -> bytes:
    """The fields Postfix would add if they were missing."""
    fields = ("From: labo@sante.test", "Date: Tue, 14 Nov 2023 22:13:20 +0000")
    return "".join(f"{f}\r\n" for f in (*fields, f"Message-ID: <{name}@sante.test>")).encode()


def queue(
    db: Connection, sender: Account, name: str, *recipients: str, octets: bytes = HOSTILE
) -> SubmissionId:
    with write(db):
        return queue_within(
            db,
            account_id=sender.id,
            octets=head(name) + octets,
            message_id=f"{name}@sante.test",
            mail_from=sender.address,
            recipients=recipients,
            subject=name,
            source="drop",
            send_at=NOW,
            now=NOW,
        )


async def run(db: Connection, sender: Account, world: MailWorld, *, now: int = NOW) -> None:
    await run_outbox(
        db, sender, at_hand(world.dovecot.password("labo")), now=lambda: now, jitter=lambda: 0.0
    )


async def test_what_arrives_is_what_was_frozen(
    db: Connection, sender: Account, mail_world: MailWorld
) -> None:
    reader = mail_world.newcomer()
    ids = [queue(db, sender, f"lettre{n}", reader.address) for n in range(20)]
    await run(db, sender, mail_world)
    assert {submission(db, id_).state for id_ in ids} == {S.ACCEPTED}
    arrived = mail_world.postfix.wait_delivered(reader.address, 20)
    for n, letter in enumerate(sorted(arrived, key=number)):
        assert letter.endswith(head(f"lettre{n}") + HOSTILE)


def number(letter: bytes) -> int:
    found = re.search(rb"<lettre(\d+)@", letter)
    assert found is not None
    return int(found[1])


async def test_each_recipient_has_its_own_answer(
    db: Connection, sender: Account, mail_world: MailWorld
) -> None:
    reader = mail_world.newcomer()
    people = (reader.address, "inconnu@sante.test", "plein@sante.test", "refus@sante.test")
    letter = queue(db, sender, "plusieurs", *people)
    await run(db, sender, mail_world)
    row = submission(db, letter)
    assert [r.state for r in row.recipients] == [R.ACCEPTED, R.REFUSED, R.DEFERRED, R.REFUSED]
    assert [r.code for r in row.recipients[1:]] == [550, 452, 554]
    await run(db, sender, mail_world, now=NOW + 60)
    assert submission(db, letter).attempts == 2
    assert len(mail_world.postfix.wait_delivered(reader.address, 1)) == 1


async def test_a_letter_nobody_may_have_is_refused_and_the_next_one_leaves(
    db: Connection, sender: Account, mail_world: MailWorld
) -> None:
    reader = mail_world.newcomer()
    refused = queue(db, sender, "refusee", "inconnu@sante.test", "refus@sante.test")
    good = queue(db, sender, "bonne", reader.address)
    await run(db, sender, mail_world)
    assert submission(db, refused).state is S.REFUSED
    assert submission(db, good).state is S.ACCEPTED


@pytest.mark.parametrize("end", ENDS)
async def test_no_letter_can_end_early_and_begin_another(
    db: Connection, sender: Account, mail_world: MailWorld, end: bytes
) -> None:
    reader = mail_world.newcomer()
    smuggled = (
        b"\r\nfin"
        + end
        + b"MAIL FROM:<labo@sante.test>\r\nRCPT TO:<"
        + reader.address.encode()
        + b">\r\nDATA\r\nSubject: faux\r\n\r\nfaux\r\n"
    )
    letter = queue(db, sender, "contrebande", reader.address, octets=smuggled)
    await run(db, sender, mail_world)
    assert submission(db, letter).last_error == "submission.bad_octets"
    assert mail_world.postfix.delivered(reader.address) == []


async def test_a_large_letter_arrives_whole(
    db: Connection, sender: Account, mail_world: MailWorld
) -> None:
    reader = mail_world.newcomer()
    large = b"\r\n" + b".0123456789abcdef\r\n" * 300_000
    queue(db, sender, "grosse", reader.address, octets=large)
    await run(db, sender, mail_world)
    [letter] = mail_world.postfix.wait_delivered(reader.address, 1)
    assert letter.endswith(large)


async def test_postfix_refuses_a_wrong_password_and_the_letter_waits(
    db: Connection, sender: Account, mail_world: MailWorld
) -> None:
    letter = queue(db, sender, "attend", "alice@sante.test")
    with pytest.raises(NeedsUser, match=r"smtp\.login_refused"):
        await run_outbox(db, sender, at_hand("faux"), now=lambda: NOW)
    assert submission(db, letter).state is S.QUEUED


async def test_everything_a_pass_needs_is_offered(sender: Account, mail_world: MailWorld) -> None:
    async with Submitter(sender, mail_world.dovecot.password("labo")) as line:
        offer = line.offer
    assert offer.pipelining
    assert offer.chunking
    assert offer.dsn
    assert offer.eight_bit
    assert offer.largest
