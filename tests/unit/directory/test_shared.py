"""Which mailboxes several people read, as far as anything says so."""

from __future__ import annotations

from store.db.answering import begin, end, is_shared, others_of
from store.db.claims import claim, claimants
from store.db.directory.shelf import Shelf
from store.db.open import Connection
from store.db.placements import change_keywords, newest
from store.model.ids import EmailId
from store.model.mailbox import Role
from tests.tui.practice import ALICE, letter, practice
from tests.unit.directory.conftest import Import
from tests.unit.directory.lines import mssante


def test_the_directory_says_that_a_mailbox_is_an_organisations(
    shelf: Shelf, db: Connection, imports: Import
) -> None:
    made = practice(db)
    assert not is_shared(shelf, made.account_id)
    imports([mssante(ALICE.upper(), "MARTIN", "Alice", rpps="99000000051")])
    assert not is_shared(shelf, made.account_id)
    imports([mssante(ALICE.upper(), service="Accueil")])
    assert is_shared(shelf, made.account_id)


def test_a_claim_of_anybody_says_so(shelf: Shelf, db: Connection) -> None:
    made = practice(db)
    made.deliver(letter())
    ids = newest(db, made.inbox)
    claim(db, ids, "Dr Bob")
    assert is_shared(shelf, made.account_id)
    change_keywords(db, ids, remove=frozenset({"$pli-claim-dr-bob"}))
    assert not is_shared(shelf, made.account_id)


def test_one_claims_what_nobody_claims_and_releases_ones_own(shelf: Shelf, db: Connection) -> None:
    made = practice(db)
    made.deliver(letter())
    here = EmailId(db.execute("SELECT id FROM email").fetchone()[0])
    mine = begin(db, here, "")
    assert claimants(made.keywords(Role.INBOX)[0].split()) == ("Dr Alice Martin",)
    assert begin(db, here, "") is None
    assert others_of(db, here, "") == ()
    assert begin(db, here, "Zoé") is None
    assert [each.name for each in others_of(db, here, "Zoé")] == ["Dr Alice Martin"]
    end(db, mine)
    assert made.keywords(Role.INBOX) == [""]
    assert begin(db, here, "— ☎ —") is None
