"""What is decided about drafts kept on the server."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from store.model.account import DraftsKept
from store.model.draft import Attachment, Draft, may_be_kept_there
from store.model.email import EmailAddress
from store.model.ids import BlobId, EmailId
from sync.replica.drafts import SMALL, forked, may_go_now, octets_about
from sync.replica.lean import Lean

LEAN = Lean(most=1_000_000)


class Version(NamedTuple):
    email_id: EmailId
    message_id: str
    supersedes: frozenset[str]


def version(number: int, *supersedes: str) -> Version:
    return Version(EmailId(number), f"v{number}", frozenset(supersedes))


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([], set()),
        ([version(2, "v1"), version(3, "v1")], {2, 3}),
        ([version(2, "v1"), version(3, "v1", "v2")], set()),
        ([version(3, "v1", "v2"), version(2, "v1")], set()),
        ([version(2, "v1"), version(4, "v1", "v3")], {2, 4}),
        ([version(2, "v1"), version(12, "v11")], set()),
        ([version(2, "v1"), version(3, "v1"), version(12, "v11")], {2, 3}),
    ],
)
def test_two_versions_of_one_draft_are_those_made_from_the_same_one(
    versions: list[Version], expected: set[int]
) -> None:
    assert forked(versions) == expected


@pytest.mark.parametrize(
    ("octets", "lean", "within_budget", "may"),
    [
        (SMALL, LEAN, False, True),
        (SMALL + 1, LEAN, False, False),
        (SMALL + 1, LEAN, True, True),
        (SMALL + 1, None, False, False),
        (LEAN.most + 1, LEAN, True, False),
        (LEAN.most + 1, None, True, True),
    ],
)
def test_a_long_draft_waits_for_a_line_and_a_budget_that_are_for_it(
    octets: int, lean: Lean | None, within_budget: bool, may: bool
) -> None:
    assert may_go_now(octets, lean, lambda _: within_budget) is may


def test_a_letter_without_documents_asks_no_budget() -> None:
    def asked(_: int) -> bool:
        raise AssertionError("what asks is held back by the answer")

    assert may_go_now(SMALL, None, asked)


def test_documents_weigh_as_they_travel() -> None:
    file = Attachment(name="a", media_type="a/b", blob_id=BlobId(b""), size=300)
    draft = Draft(sender=EmailAddress(), body="été", attachments=(file, file))
    assert octets_about(draft) == 5 + 800


@pytest.mark.parametrize(
    ("kept", "seal", "was_sealed", "may"),
    [
        (DraftsKept.SERVER, False, False, True),
        (DraftsKept.SERVER, False, True, False),
        (DraftsKept.SERVER, True, False, False),
        (DraftsKept.LOCAL, False, False, False),
        (DraftsKept.LOCAL, True, True, False),
    ],
)
def test_what_came_encrypted_is_kept_on_no_server(
    kept: DraftsKept, seal: bool, was_sealed: bool, may: bool
) -> None:
    draft = Draft(sender=EmailAddress(), seal=seal, was_sealed=was_sealed)
    assert may_be_kept_there(draft, kept) is may
