"""Drafts on a real Dovecot: what one Pli keeps there, another goes on with."""

from __future__ import annotations

from dataclasses import replace

from store.compose import draft_of
from store.db.carried_wishes import carried_by, with_wishes
from store.db.draft_copies import TWICE, Kept, where_kept
from store.db.draft_settling import note_twice, versions
from store.db.drafts import attach, discard_draft, draft, drafts, leave_draft, save_draft
from store.db.emails import email, octets_of, page_of_emails
from store.db.open import Connection
from store.db.parts import part_octets
from store.model.document import Traits
from store.model.draft import Draft, HealthWish
from store.model.email import EmailAddress
from store.model.ids import DraftId
from sync.derive import derive_emails
from sync.replica.drafts import forked
from tests.live.agreement import shown
from tests.live.test_sync_dovecot import Replica
from tests.live.test_two_stores_dovecot import joined, second
from tests.servers.dovecot import DovecotServer

__all__ = ["second"]
WRITTEN = Draft(
    sender=EmailAddress(name="Dr Alice Chênevert", email="alice@sante.test"),
    to=(EmailAddress(email="bob@labo.example"),),
    bcc=(EmailAddress(name="Zoé", email="zoe@clinique.example"),),
    subject="Été : avis",
    body="Bonjour,\n\nvoici.",
    in_reply_to="un@labo.example",
    references=("un@labo.example",),
)
ABOUT = HealthWish(patient=Traits(birth_name="LEROUX-ESSAI", given_names=("Anaïs",)), to_dmp=True)
PDF = bytes(range(1, 256)) * 2_000


def keep(node: Replica, draft: Draft, **more: object) -> DraftId:
    """Write it, and leave the composer."""
    draft_id = save_draft(node.db, node.account.id, draft, now=1, **more)  # type: ignore[arg-type]
    leave_draft(node.db, draft_id, 1)
    return draft_id


async def synced(*nodes: Replica) -> None:
    """Until all have seen what all have done, and read it."""
    for _ in range(3):
        for node in nodes:
            # The node waits in INBOX between two passes: STATUS of what is selected may be old.
            await node.session.select(b"INBOX")
            await node.sync()
            derive_emails(node.db)
            note_twice(node.db, forked(versions(node.db, node.account.id)), now=1)


def taken_up(node: Replica, **changes: object) -> DraftId:
    """Go on with the one draft that is there, as the screen does (tui/drafting.py)."""
    (row,) = page_of_emails(node.db, node.mailbox("Drafts"))
    found = email(node.db, row.email_id)
    files = [
        attach(node.db, p.name, p.media_type, part_octets(node.db, row.email_id, p.number))
        for p in found.parts
        if not p.is_body
    ]
    draft = draft_of(found, sender=found.sender, attachments=files)
    if carried := carried_by(octets_of(node.db, row.email_id)):
        draft = with_wishes(draft, carried)
    return keep(node, replace(draft, **changes), instead_of=row.placement_id)  # type: ignore[arg-type]


def bodies(node: Replica) -> list[str]:
    rows = page_of_emails(node.db, node.mailbox("Drafts"))
    return sorted(email(node.db, row.email_id).body for row in rows)


def there(server: DovecotServer, name: str) -> list[frozenset[str]]:
    return [each[1] for (mailbox, _), each in shown(server, name).items() if mailbox == "Drafts"]


async def test_a_draft_goes_from_one_pli_to_the_other_and_back(
    db: Connection, second: Connection, dovecot: DovecotServer
) -> None:
    one = await joined(db, dovecot, "writes")
    other = await joined(second, dovecot, "writes")
    await synced(one, other)
    file = attach(one.db, "bilan été.pdf", "application/pdf", PDF)
    mine = keep(one, replace(WRITTEN, attachments=(file,), health=ABOUT, receipt=True))
    await synced(one, other)
    assert there(dovecot, "writes") == [{"$draft", "$seen"}]
    theirs = taken_up(other, body="Repris.")
    (kept,) = drafts(other.db)
    await synced(other, one)
    assert len(there(dovecot, "writes")) == 1
    assert drafts(one.db) == [], "its words live on in the other's letter"
    assert where_kept(other.db, theirs) is Kept.THERE
    assert kept == theirs
    back = taken_up(one, body="Rendu.")
    assert draft(one.db, back)[1].health == ABOUT, "as it was wanted, there and back"
    assert draft(one.db, back)[1].receipt
    (found,) = page_of_emails(one.db, one.mailbox("Drafts"))
    raw = octets_of(one.db, found.email_id)
    assert draft_of(
        email(one.db, found.email_id), sender=WRITTEN.sender, attachments=(file,)
    ) == replace(WRITTEN, body="Repris.", attachments=(file,))
    assert raw.count(b"bob@labo.example") == 1
    await synced(one, other)
    discard_draft(one.db, back)
    await synced(one, other)
    assert there(dovecot, "writes") == []
    assert drafts(one.db) == []
    assert mine not in drafts(one.db)
    for node in (one, other):
        await node.session.logout()


async def test_two_plis_change_one_draft_and_nothing_is_lost(
    db: Connection, second: Connection, dovecot: DovecotServer
) -> None:
    one = await joined(db, dovecot, "both-write")
    other = await joined(second, dovecot, "both-write")
    await synced(one, other)
    mine = keep(one, replace(WRITTEN, body="zéro"))
    await synced(one, other)
    keep(one, replace(WRITTEN, body="un"), draft_id=mine)
    taken_up(other, body="deux")
    await synced(other, one)
    assert bodies(one) == bodies(other) == ["deux", "un"]
    for node in (one, other):
        rows = page_of_emails(node.db, node.mailbox("Drafts"))
        assert all(TWICE in email(node.db, row.email_id).warnings for row in rows)
        await node.session.logout()


async def test_a_changed_draft_costs_one_pass(db: Connection, dovecot: DovecotServer) -> None:
    node = await joined(db, dovecot, "counts")
    await synced(node)
    mine = keep(node, WRITTEN)
    first = await node.sync()
    keep(node, replace(WRITTEN, body="Plus tard."), draft_id=mine)
    changed = await node.sync()
    assert (first.appended, changed.appended, changed.expunged) == (1, 1, 1)
    assert (first.turns, changed.turns) == (3, 5)
    await node.session.logout()


async def test_a_draft_that_is_to_be_sealed_is_taken_away_from_there(
    db: Connection, dovecot: DovecotServer
) -> None:
    one = await joined(db, dovecot, "seals")
    mine = keep(one, WRITTEN)
    await synced(one)
    assert len(there(dovecot, "seals")) == 1
    sealed = replace(WRITTEN, seal=True)
    keep(one, sealed, draft_id=mine)
    await synced(one)
    assert there(dovecot, "seals") == []
    assert (drafts(one.db), where_kept(one.db, mine)) == ([mine], Kept.HERE)
    keep(one, WRITTEN, draft_id=mine)
    await synced(one)
    assert len(there(dovecot, "seals")) == 1, "once it no longer is, it may lie there again"
    await one.session.logout()
