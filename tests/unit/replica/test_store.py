"""What the engine writes, on a real encrypted database."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from store.db import (
    arriving,
    deriving,
    draft_settling,
    listing,
    losses,
    naming,
    placements,
    replica,
)
from store.db.accounts import add_account
from store.db.arriving import Arrival
from store.db.emails import add_email, email
from store.db.listing import ListedName
from store.db.mailboxes import mailbox_by_role, mailboxes
from store.db.notes import notes_of
from store.db.open import Connection, write
from store.errors import MailError
from store.model.account import Endpoint
from store.model.email import FLAGGED, SEEN, Keywords, Placement
from store.model.ids import AccountId, MailboxId, PlacementId
from store.model.mailbox import Role
from sync.replica.identity import message_id_of
from sync.replica.merge import chosen, nothing_chosen, relinked

S, F = frozenset({SEEN}), frozenset({FLAGGED})
NONE: Keywords = frozenset()
LETTERS = ("SCAN placement", "SCAN p USING INDEX placement", "SCAN email")
"""What a plan says of walking through them all."""
LISTED = [
    ListedName(b"INBOX", "INBOX", "/", Role.INBOX),
    ListedName(b"Envoy&AOk-s", "Envoyés", "/", Role.SENT),
]


@pytest.fixture
def account(db: Connection) -> AccountId:
    """An account with an inbox and a sent mailbox."""
    server = Endpoint(host="imap.example", port=993)
    account_id = add_account(
        db, name="a", address="a@b.example", imap=server, smtp=server, user="a"
    )
    listing.save_listing(db, account_id, LISTED, now=1)
    return account_id


@pytest.fixture
def inbox(db: Connection, account: AccountId) -> MailboxId:
    """The inbox, numbered for the first time."""
    found = mailbox_by_role(db, account, Role.INBOX)
    assert found is not None
    listing.begin_numbering(db, found.id, uidvalidity=1, highestmodseq=5)
    return found.id


def arrive(db: Connection, account: AccountId, mailbox: MailboxId, *uids: int) -> int:
    letters = [
        Arrival(uid, S, 100 + uid, b"Message-ID: <%d@b.example>\r\n\r\n" % uid) for uid in uids
    ]
    return arriving.add_arrivals(
        db, account, mailbox, letters, relink=relinked, message_id_of=message_id_of
    )


change = partial(replica.change, choice=nothing_chosen, now_is=7)


def only(db: Connection, mailbox: MailboxId) -> Placement:
    (found,) = replica.placements(db, mailbox)
    return found


def test_what_arrives_is_agreed_on(db: Connection, account: AccountId, inbox: MailboxId) -> None:
    assert arrive(db, account, inbox, 1, 2) == 2
    assert [(p.uid, p.base, p.keywords) for p in replica.placements(db, inbox)] == [
        (1, S, S),
        (2, S, S),
    ]
    assert not replica.has_pending(db, account)


def test_what_arrives_twice_is_held_once(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1)
    assert arrive(db, account, inbox, 1, 2) == 1


def test_a_batch_that_fails_is_not_half_there(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    letters = [Arrival(1, S, 1, b"a"), Arrival(2, S, 1, "not octets")]  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        arriving.add_arrivals(
            db, account, inbox, letters, relink=relinked, message_id_of=message_id_of
        )
    assert db.execute("SELECT count(*) FROM blob").fetchone() == (0,)


def test_a_change_is_what_the_function_makes_of_the_placement_as_it_is_now(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1)
    now = only(db, inbox)
    placements.change_keywords(db, [now.id], add=F)
    change(db, [now.id], lambda held: replace(held, base=held.keywords))
    assert only(db, inbox).base == S | F


def test_a_change_to_nothing_removes_the_placement_and_not_the_octets(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1)
    assert change(db, [only(db, inbox).id], lambda held: None) == []
    assert not list(replica.placements(db, inbox))
    assert db.execute("SELECT count(*) FROM blob").fetchone() == (1,)


def test_a_choice_made_for_the_person_is_noted_on_the_letter(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1)
    letter = only(db, inbox)
    placements.delete(db, [letter.id])
    for _ in range(2):
        change(db, [letter.id], lambda held: replace(held, deleted=False), choice=chosen)
    assert notes_of(db, letter.email_id) == ("merge.kept_flagged",)
    assert "merge.kept_flagged" in email(db, letter.email_id).warnings


def test_a_change_of_several_is_all_or_none(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1, 2)

    def fails(held: Placement) -> Placement:
        if held.uid == 2:
            raise MailError("test.failed")
        return replace(held, base=F)

    with pytest.raises(MailError):
        change(db, [p.id for p in replica.placements(db, inbox)], fails)
    assert {p.base for p in replica.placements(db, inbox)} == {S}


def test_a_uid_held_by_one_letter_is_not_given_to_another(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1, 2)
    second = next(p for p in replica.placements(db, inbox) if p.uid == 2)
    assert change(db, [second.id], lambda held: replace(held, uid=1)) == []
    assert listing.held_uids(db, inbox) == {1, 2}


def test_an_unchanged_listing_is_not_written(db: Connection, account: AccountId) -> None:
    before = db.total_changes
    listing.save_listing(db, account, LISTED[::-1], now=2)
    assert db.total_changes == before


def test_a_mailbox_that_is_only_wished_is_no_change_of_the_listing(
    db: Connection, account: AccountId
) -> None:
    naming.create_mailbox(db, account, "Labos")
    before = db.total_changes
    listing.save_listing(db, account, LISTED, now=2)
    assert db.total_changes == before


def test_a_mailbox_no_longer_listed_is_missing_since_then_and_found_again(
    db: Connection, account: AccountId
) -> None:
    listing.save_listing(db, account, LISTED[:1], now=2)
    listing.save_listing(db, account, [], now=3)
    missing = {m.wire_name: m.missing_at for m in mailboxes(db, account)}
    assert missing == {b"INBOX": 3, b"Envoy&AOk-s": 2}
    listing.save_listing(db, account, LISTED, now=4)
    assert {m.missing_at for m in mailboxes(db, account)} == {None}


def test_renumbering_keeps_placements_and_wishes_without_their_uids(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1)
    placements.change_keywords(db, [only(db, inbox).id], add=F)
    assert listing.begin_numbering(db, inbox, uidvalidity=2, highestmodseq=None) == 1
    now = only(db, inbox)
    assert (now.uid, now.unlinked, now.keywords) == (None, True, S | F)
    assert not replica.has_pending(db, account), "it waits for its mailbox, not for a wish"


def test_facts_are_settled_once(db: Connection, account: AccountId, inbox: MailboxId) -> None:
    listing.settle_mailbox(db, inbox, uidnext=2, highestmodseq=9)
    before = db.total_changes
    listing.settle_mailbox(db, inbox, uidnext=2, highestmodseq=9)
    assert db.total_changes == before


def test_a_copy_filed_twice_is_one_placement(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    with write(db):
        email = add_email(db, account, b"Message-ID: <a@b.example>\r\n\r\n", 7)
        first = arriving.file_copy(db, account, email, inbox, S)
        assert arriving.file_copy(db, account, email, inbox, S) == first
    now = only(db, inbox)
    assert (now.uid, now.keywords, now.base) == (None, S, NONE)
    assert replica.has_pending(db, account)


def test_a_copy_the_server_filed_under_other_octets_is_known_by_its_message_id(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1)
    db.execute("UPDATE email SET message_id = '1@b.example'")
    with write(db):
        email = add_email(db, account, b"X-Mailer: pli\r\nMessage-ID: <1@b.example>\r\n\r\n", 7)
        arriving.file_copy(db, account, email, inbox, S, message_id="1@b.example")
    assert only(db, inbox).uid == 1


def test_a_refused_wish_is_pending_and_not_wished_until_wished_anew(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, 1)
    letter = only(db, inbox).id
    placements.change_keywords(db, [letter], add=F)
    change(db, [letter], lambda held: replace(held, refused="imap.refused"))
    assert not replica.has_pending(db, account)
    assert replica.pending_mailboxes(db, account) == {inbox}
    placements.delete(db, [letter])
    assert replica.has_pending(db, account)


def test_twenty_wishes_are_much_to_tell_and_what_is_settled_is_nothing(
    db: Connection, account: AccountId, inbox: MailboxId
) -> None:
    arrive(db, account, inbox, *range(1, replica.MUCH_WISHES + 1))
    letters = [each.id for each in replica.placements(db, inbox)]
    assert not replica.has_much_to_tell(db, account)
    placements.change_keywords(db, letters[1:], add=F)
    assert not replica.has_much_to_tell(db, account)
    placements.change_keywords(db, letters, add=F)
    assert replica.has_much_to_tell(db, account)


@pytest.mark.parametrize(
    "query",
    [
        lambda db, a, m: replica.has_much_to_tell(db, a),
        lambda db, a, m: replica.wished_mailboxes(db, a),
        lambda db, a, m: replica.pending_mailboxes(db, a),
        lambda db, a, m: replica.moves_in_flight(db, a),
        lambda db, a, m: replica.unsettled_from(db, m),
        lambda db, a, m: replica.placements_among(db, m, [1, 2]),
        lambda db, a, m: change(db, [PlacementId(1)], lambda held: None),
        lambda db, a, m: listing.held_counts(db, a),
        lambda db, a, m: listing.held_count(db, m),
        lambda db, a, m: listing.held_among(db, m, [1]),
        lambda db, a, m: listing.held_within(db, m, [(1, 2)]),
        lambda db, a, m: listing.settle_mailbox(db, m, uidnext=1, highestmodseq=None),
        lambda db, a, m: losses.questions(db),
        lambda db, a, m: losses.losses(db, a),
        lambda db, a, m: losses.strays(db, m),
        lambda db, a, m: losses.unfound(db, m),
        lambda db, a, m: losses.keep_lost(db, m),
        lambda db, a, m: losses.forget_lost(db, m),
        lambda db, a, m: draft_settling.versions(db, a),
        lambda db, a, m: draft_settling.settle_copies(db, a, now=1),
        lambda db, a, m: deriving.emails_to_derive(db, 1, 100),
    ],
)
def test_no_question_walks_through_every_letter(
    db: Connection, account: AccountId, inbox: MailboxId, query: object
) -> None:
    arrive(db, account, inbox, 1, 2)
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    query(db, account, inbox)  # type: ignore[operator]
    db.set_trace_callback(None)
    for sql in asked:
        if sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
            steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
            walks = [s for s in steps if s.startswith(LETTERS) and "pending" not in s]
            assert not walks, (sql, steps)
