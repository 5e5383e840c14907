"""Letters in the store: kept whole, listed, counted, threaded, found."""

from __future__ import annotations

import base64

import pytest

from store.db import blobs, emails, parts, placements, search
from store.db.accounts import account_by_name, add_account, set_link
from store.db.deriving import save_derived
from store.db.mailboxes import find_mailboxes, mailboxes
from store.db.open import write
from store.db.status import status
from store.errors import Permanent, Usage
from store.model.account import Endpoint, Link
from store.model.email import DerivedEmail, EmailAddress, Part, TransferEncoding
from store.model.ids import EmailId

SEEN = frozenset({"$seen"})
PLACE = Endpoint(host="mail.cabinet.example", port=993)


@pytest.fixture
def account_id(db):
    return add_account(
        db, name="cabinet", address="a@cabinet.example", imap=PLACE, smtp=PLACE, user="a"
    )


@pytest.fixture
def inbox(db, account_id):
    return add_mailbox(db, account_id, "INBOX", "inbox")


def add_mailbox(db, account_id, name, role=""):
    return db.execute(
        "INSERT INTO mailbox (account_id, name, wire_name, role) VALUES (?, ?, ?, ?) RETURNING id",
        (account_id, name, name.encode(), role),
    ).fetchone()[0]


def arrive(db, account_id, mailbox_id, octets=b"raw", *, at=1_000, **derived):
    with write(db):
        email_id = emails.add_email(db, account_id, octets, at)
        facts = {"message_id": f"{octets.hex()}@x.example", **derived}
        save_derived(db, email_id, DerivedEmail(**facts), 1)
        db.execute(
            "INSERT INTO placement (email_id, mailbox_id, received_at) VALUES (?, ?, ?)",
            (email_id, mailbox_id, at),
        )
    return email_id


def test_octets_come_back_exactly(db):
    for octets in (b"", b"a", bytes(range(256)) * 50, b"x" * 100_000):
        with write(db):
            name = blobs.put(db, octets)
        assert blobs.get(db, name) == octets


def test_the_same_octets_are_kept_once(db):
    with write(db):
        assert blobs.put(db, b"twice") == blobs.put(db, b"twice")
    assert db.execute("SELECT count(*) FROM blob").fetchone()[0] == 1


def test_damaged_octets_are_never_given_out(db):
    with write(db):
        name = blobs.put(db, b"z" * 1000)
        db.execute("UPDATE blob SET octets = x'00'")
    with pytest.raises(Permanent, match=r"blob\.damaged"):
        blobs.get(db, name)


def test_the_same_letter_twice_in_an_account_is_one_email(db, account_id, inbox):
    assert arrive(db, account_id, inbox) == arrive(db, account_id, inbox)


def test_pages_follow_one_another_without_gap_or_repeat(db, account_id, inbox):
    for n in range(25):
        arrive(db, account_id, inbox, b"%d" % n, at=1_000 + n // 3)
    seen, before = [], emails.NEWEST
    while page := emails.page_of_emails(db, inbox, before=before, limit=4):
        seen += page
        before = page[-1].key
    assert len({row.placement_id for row in seen}) == 25
    assert [row.key for row in seen] == sorted((row.key for row in seen), reverse=True)
    assert emails.page_at(db, inbox, 5, 4) == seen[5:9]
    assert emails.page_up(db, inbox, limit=4) == seen[-4:]
    assert emails.page_up(db, inbox, after=seen[10].key, limit=4) == seen[6:10]
    assert emails.position_of(db, inbox, seen[10].key) == 10


@pytest.mark.parametrize("statement", [emails.PAGE, emails.PAGE_UP])
def test_a_page_never_scans_or_sorts(db, statement):
    values = {"mailbox": 1, "at": 1, "id": 1, "limit": 1}
    plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values))
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_counts_follow_reading_moving_and_deleting(db, account_id, inbox):
    archive = add_mailbox(db, account_id, "Archive", "archive")
    for n in range(3):
        arrive(db, account_id, inbox, b"%d" % n)
    one, two, three = (row.placement_id for row in emails.page_of_emails(db, inbox))
    placements.change_keywords(db, [one], add=SEEN)
    placements.move(db, [two], archive)
    placements.delete(db, [three])
    shown = {m.name: (m.total, m.unread) for m in mailboxes(db)}
    assert shown == {"INBOX": (1, 0), "Archive": (1, 1)}
    placements.undelete(db, [three])
    placements.move(db, [two], inbox)
    assert {m.name: (m.total, m.unread) for m in mailboxes(db)} == {
        "INBOX": (3, 2),
        "Archive": (0, 0),
    }
    assert status(db).messages == 3
    assert status(db).seen == 1


def test_a_letter_never_moves_into_another_account(db, account_id, inbox):
    other = add_account(db, name="o", address="o@o.example", imap=PLACE, smtp=PLACE, user="o")
    arrive(db, account_id, inbox)
    row = emails.page_of_emails(db, inbox)[0]
    assert placements.move(db, [row.placement_id], add_mailbox(db, other, "X")) == 0


@pytest.mark.parametrize(
    "query",
    [
        "oedeme",
        "œdème",
        "OEDÈME",
        "aine",
        "l'aîné",
        "dupont",
        "zoe",
        "fin",
        "compte-rendu",
        "cr.pdf",
    ],
)
def test_a_french_reader_finds_what_they_type(db, account_id, inbox, query):
    arrive(
        db,
        account_id,
        inbox,
        subject="Œdème de l'aîné",
        sender=EmailAddress(name="Dr Zoé Dupont-Exemple", email="zoe@cabinet.example"),
        body="Compte rendu ﬁnal",
        parts=(
            Part(
                number="2", media_type="application/pdf", name="CR.pdf", offset=0, length=0, size=0
            ),
        ),
    )
    assert len(search.search(db, query)) == 1


@pytest.mark.parametrize("query", ["", " ", '"', "NEAR(", "a OR", "subject:", "-", "*", "();--"])
def test_no_query_is_ever_read_as_syntax(db, account_id, inbox, query):
    arrive(db, account_id, inbox, subject="lettre")
    assert isinstance(search.search(db, query), list)


def test_a_deleted_letter_is_not_found(db, account_id, inbox):
    arrive(db, account_id, inbox, subject="lettre")
    placements.delete(db, [emails.page_of_emails(db, inbox)[0].placement_id])
    assert search.search(db, "lettre") == []


def test_deriving_again_replaces_the_words(db, account_id, inbox):
    email_id = arrive(db, account_id, inbox, subject="avant")
    with write(db):
        save_derived(db, email_id, DerivedEmail(message_id="m", subject="apres"), 2)
    assert search.search(db, "avant") == []
    assert len(search.search(db, "après")) == 1


def test_the_text_of_a_pdf_is_found_once_it_is_read(db, account_id, inbox):
    pdf = Part(number="2", media_type="application/pdf", offset=0, length=0, size=0)
    email_id = arrive(db, account_id, inbox, parts=(pdf,))
    (wanted,) = parts.texts_wanted(db, 10)
    with write(db):
        parts.save_text(db, wanted, "Glycémie 1,26 g/L")
    assert [row.email_id for row in search.search(db, "glycemie")] == [email_id]
    assert parts.part_text(db, email_id, "2") == ("ready", "Glycémie 1,26 g/L")
    assert parts.texts_wanted(db, 10) == []


def test_a_reply_that_arrives_first_still_joins_its_thread(db, account_id, inbox):
    reply = arrive(db, account_id, inbox, b"2", message_id="two", references=("one",))
    other = arrive(db, account_id, inbox, b"3", message_id="three", references=("zero",))
    first = arrive(db, account_id, inbox, b"1", message_id="one", references=("zero",))
    threads = {row.email_id: row.thread_id for row in emails.page_of_emails(db, inbox)}
    assert threads[reply] == threads[other] == threads[first]


@pytest.mark.parametrize(
    ("encoding", "encoded", "octets"),
    [
        (TransferEncoding.BASE64, base64.encodebytes(b"PDF " * 40), b"PDF " * 40),
        (TransferEncoding.BASE64, b"UERG\r\n!!IA==", b"PDF "),
        (TransferEncoding.QUOTED_PRINTABLE, b"caf=C3=A9=\r\n!", "café!".encode()),
        (TransferEncoding.IDENTITY, b"\x00\xff", b"\x00\xff"),
    ],
)
def test_a_part_is_cut_out_of_the_raw_letter(db, account_id, inbox, encoding, encoded, octets):
    part = Part(
        number="2",
        media_type="application/octet-stream",
        transfer_encoding=encoding,
        offset=6,
        length=len(encoded),
        size=0,
    )
    email_id = arrive(db, account_id, inbox, b"before" + encoded + b"after", parts=(part,))
    assert parts.part_octets(db, email_id, "2") == octets


def test_what_does_not_exist_is_said_so(db, account_id, inbox):
    with pytest.raises(Usage, match=r"email\.unknown"):
        emails.email(db, EmailId(99))
    with pytest.raises(Usage, match=r"part\.unknown"):
        parts.part_octets(db, arrive(db, account_id, inbox), "9")
    with pytest.raises(Usage, match=r"account\.unknown"):
        account_by_name(db, "personne")
    with pytest.raises(Usage, match=r"mailbox\.unknown"):
        find_mailboxes(db, "nulle part")


def test_a_mailbox_is_found_by_name_role_or_account(db, account_id, inbox):
    for name in ("inbox", "INBOX", "cabinet/inbox"):
        assert [m.id for m in find_mailboxes(db, name)] == [inbox]


def test_two_accounts_never_share_a_name(db, account_id):
    with pytest.raises(Usage, match=r"account\.name_taken"):
        add_account(db, name="cabinet", address="b@b.example", imap=PLACE, smtp=PLACE, user="b")


def test_the_link_keeps_the_time_of_the_last_whole_pass(db, account_id):
    set_link(db, account_id, Link.ONLINE, synced_at=50)
    set_link(db, account_id, Link.OFFLINE, error="net.lost")
    now = account_by_name(db, "cabinet")
    assert (now.link, now.last_synced_at, now.last_error) == (Link.OFFLINE, 50, "net.lost")


def test_an_email_shows_everyone_it_names(db, account_id, inbox):
    who = EmailAddress(name="Zoé", email="z@z.example")
    email_id = arrive(db, account_id, inbox, to=(who,), cc=(who, who), subject="S", body="B")
    shown = emails.email(db, email_id)
    assert (shown.to, shown.cc, shown.subject, shown.body) == ((who,), (who, who), "S", "B")
