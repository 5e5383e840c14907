"""Since when a claim is known, and that what was left behind ends by itself."""

from __future__ import annotations

import pytest

from store.db.answering import Claimant, claimants_of
from store.db.claim_ages import CLAIMED, LASTS_SECONDS, age_claims
from store.db.claims import claim, release
from store.db.open import Connection
from store.db.placements import change_keywords, newest
from store.host import clock
from store.model.ids import EmailId
from sync.returning import LONGEST_SECONDS, bring_back
from tests.tui.practice import NOW, Practice, letter, practice

ALICE = "$pli-claim-dr-alice"
END = NOW + LASTS_SECONDS


@pytest.fixture
def shared(db: Connection) -> Practice:
    """Two letters, of which Dr Alice answers the older one."""
    made = practice(db)
    made.deliver(letter("Potassium"), letter("INR", message_id="i1"))
    claim(db, newest(db, made.inbox)[1:], "Dr Alice")
    return made


def words(shared: Practice) -> list[str]:
    """The keywords of both, the newer one first."""
    return shared.keywords()


def known(shared: Practice) -> tuple[Claimant, ...]:
    row = shared.db.execute("SELECT email_id FROM placement ORDER BY id LIMIT 1").fetchone()
    return claimants_of(shared.db, EmailId(row[0]))


def test_a_claim_is_known_since_it_was_first_seen(shared: Practice) -> None:
    assert known(shared) == (Claimant("Dr Alice", 0),)
    assert age_claims(shared.db, NOW) == END
    written = shared.db.total_changes
    assert age_claims(shared.db, NOW + 60) == END
    assert shared.db.total_changes == written, "nothing is written twice"
    assert known(shared) == (Claimant("Dr Alice", NOW),)


def test_a_claim_left_behind_ends_after_a_day_and_nothing_else_does(shared: Practice) -> None:
    age_claims(shared.db, NOW)
    claim(shared.db, newest(shared.db, shared.inbox), "Dr Bob")
    change_keywords(shared.db, newest(shared.db, shared.inbox), add=frozenset({"$seen"}))
    assert age_claims(shared.db, END - 1) == END
    assert ALICE in words(shared)[1]
    assert age_claims(shared.db, END) == END - 1 + LASTS_SECONDS
    assert words(shared) == ["$pli-claim-dr-bob $seen"] * 2
    age_claims(shared.db, END)
    assert known(shared) == (Claimant("Dr Bob", END - 1),)


def test_a_claim_made_again_begins_anew(shared: Practice) -> None:
    age_claims(shared.db, NOW)
    release(shared.db, newest(shared.db, shared.inbox), "Dr Alice")
    assert age_claims(shared.db, NOW + 60) is None
    claim(shared.db, newest(shared.db, shared.inbox)[1:], "Dr Alice")
    assert age_claims(shared.db, NOW + 120) == NOW + 120 + LASTS_SECONDS
    assert known(shared) == (Claimant("Dr Alice", NOW + 120),)


def test_a_letter_that_is_gone_takes_its_claim_along(shared: Practice) -> None:
    age_claims(shared.db, NOW)
    shared.db.execute("DELETE FROM placement")
    assert shared.db.execute("SELECT count(*) FROM claim_seen").fetchone() == (0,)
    assert age_claims(shared.db, NOW) is None


async def test_the_node_ends_them_without_a_screen(
    shared: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert await bring_back(shared.db) == LONGEST_SECONDS
    monkeypatch.setattr(clock, "now", lambda: END - 50)
    assert await bring_back(shared.db) == 50
    monkeypatch.setattr(clock, "now", lambda: END)
    await bring_back(shared.db)
    assert words(shared) == ["", ""]


def test_claims_are_found_without_a_look_at_every_letter(shared: Practice) -> None:
    asked = f"EXPLAIN QUERY PLAN SELECT id, keywords FROM placement WHERE {CLAIMED}"
    assert "placement_claimed" in shared.db.execute(asked).fetchone()[3]
