"""Claims: who answers a letter of a shared mailbox, carried by the server as a keyword."""

from __future__ import annotations

import pytest

from store.db.claims import PREFIX, claim, claimants, keyword_of, release, toggle
from store.db.open import Connection
from store.db.placements import newest
from store.errors import Usage
from store.model.mailbox import Role
from sync.imap.keywords import flags_of, keywords_of
from tests.tui.practice import letter, practice


@pytest.mark.parametrize(
    ("name", "keyword", "shown"),
    [
        ("Dr Alice Martin", "dr-alice-martin", "Dr Alice Martin"),
        ("Dr Zoé d'Œuvre", "dr-zoe-d-uvre", "Dr Zoe D Uvre"),
        ("a" * 60, "a" * 40, "A" + "a" * 39),
        ("\x1b]0;x\x07 Bob", "0-x-bob", "0 X Bob"),
    ],
)
def test_a_name_becomes_a_keyword_that_any_server_takes(
    name: str, keyword: str, shown: str
) -> None:
    assert keyword_of(name) == PREFIX + keyword
    flags = flags_of(frozenset({keyword_of(name), "$seen"}))
    assert claimants(keywords_of(flags.strip(b"()").split())) == (shown,)


def test_a_name_of_signs_alone_claims_nothing() -> None:
    with pytest.raises(Usage):
        keyword_of("— ☎ —")


@pytest.mark.parametrize("strange", ["$pli-claim-", "$pli-claim-a b", "$pli-claim-\x1b[2j", "x"])
def test_what_is_no_claim_of_ours_is_nobody(strange: str) -> None:
    assert claimants([strange]) == ()


def test_two_people_are_both_shown_and_each_releases_their_own(db: Connection) -> None:
    made = practice(db)
    made.deliver(letter())
    ids = newest(db, made.inbox)
    claim(db, ids, "Dr Alice")
    claim(db, ids, "Dr Bob")
    assert claimants(made.keywords(Role.INBOX)[0].split()) == ("Dr Alice", "Dr Bob")
    assert not toggle(db, ids[0], "Dr Alice")
    assert claimants(made.keywords(Role.INBOX)[0].split()) == ("Dr Bob",)
    assert toggle(db, ids[0], "Dr Alice")
    release(db, ids, "Dr Bob")
    assert claimants(made.keywords(Role.INBOX)[0].split()) == ("Dr Alice",)
