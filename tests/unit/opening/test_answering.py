"""What came sealed goes nowhere in clear by itself: the oracles of mailto, autosave, keys."""

from __future__ import annotations

import pytest

from store.compose import parse_addresses
from store.db.certificates import known_for
from store.db.draft_copies import Kept, where_kept
from store.db.drafts import draft, leave_draft
from store.db.routing import ways
from store.db.whitelist import replace_whitelist
from store.errors import Permanent, Usage
from store.model.account import DraftsKept
from store.model.draft import may_be_kept_there
from store.model.ids import EmailId
from store.model.mailbox import Role
from store.model.route import Content
from tests.refusals import refused
from tests.unit.apicrypt.test_apicrypt import sealed_letter
from tests.unit.opening.attacks import ALICE, EFAIL, sealed, signed
from tests.unit.opening.test_opening import DOCUMENT, FOR_ANOTHER, SEALED
from tests.unit.opening.world import World
from tests.unit.smime.test_letters import letter
from tests.unit.trust.pki import NOW
from tui import gestures
from tui.drafting import _resumed, forwarded, replied
from tui.gestures import Place

LABO = "labo@biologie.example"


def answers(world: World, email_id: EmailId):
    """An answer, an answer to all, a forward."""
    yield replied(world.db, email_id, False)[1]
    yield replied(world.db, email_id, True)[1]
    yield forwarded(world.db, email_id)[1]


@pytest.mark.parametrize(
    "octets", [SEALED, FOR_ANOTHER, sealed(cbc=True), sealed_letter()], ids=lambda o: len(o)
)
def test_an_answer_to_what_came_sealed_knows_it(world: World, octets: bytes) -> None:
    email_id = world.receive(octets)
    assert [each.was_sealed for each in answers(world, email_id)] == [True] * 3


def test_so_does_one_that_is_begun_before_it_was_opened(world: World) -> None:
    world.practice.deliver(SEALED)
    email_id = EmailId(world.db.execute("SELECT max(id) FROM email").fetchone()[0])
    assert world.trust(email_id).pending
    assert all(each.was_sealed for each in answers(world, email_id))


@pytest.mark.parametrize("octets", [letter(), signed()], ids=["plain", "signed"])
def test_an_answer_to_what_came_open_is_any_answer(world: World, octets: bytes) -> None:
    assert not any(each.was_sealed for each in answers(world, world.receive(octets)))


def test_a_document_of_a_sealed_letter_goes_on_sealed_with_it(world: World) -> None:
    _, written = forwarded(world.db, world.receive(SEALED))
    assert [each.name for each in written.attachments] == [DOCUMENT.name]
    assert written.was_sealed


def test_an_answer_leaves_sealed_or_not_at_all_even_inside_the_trust_space(world: World) -> None:
    domains = ("biologie.example", "cabinet.example")
    replace_whitelist(world.db, domains, digest=b"", published_at=NOW, now=NOW)
    world.db.execute("UPDATE account SET ca = 'igc-sante'")
    account_id = world.practice.account_id
    assert ways(world.db, account_id, [LABO], Content(), now=NOW)
    for written in answers(world, world.receive(SEALED)):
        content = Content(was_sealed=written.was_sealed)
        with refused(Permanent, "route.was_sealed"):
            ways(world.db, account_id, [LABO], content, now=NOW)


def test_its_draft_is_never_kept_on_a_server(world: World) -> None:
    """Autosaved drafts gave letters away in 4 of 20 programs."""
    for written in answers(world, world.receive(SEALED)):
        place, _ = gestures.keep(world.db, world.practice.account_id, written, Place(), NOW)
        draft_id = place.draft_id
        assert draft_id
        leave_draft(world.db, draft_id, NOW)
        assert where_kept(world.db, draft_id) is not Kept.THERE
        kept = draft(world.db, draft_id)[1]
        assert kept.was_sealed
        assert not may_be_kept_there(kept, DraftsKept.SERVER)


def test_a_draft_that_lies_sealed_on_a_server_is_gone_on_with_sealed(world: World) -> None:
    email_id = world.receive(SEALED)
    row = next(each for each in rows(world) if each.email_id == email_id)
    assert _resumed(world.db, row)[1].was_sealed


def test_one_that_cannot_be_opened_is_not_gone_on_with(world: World) -> None:
    email_id = world.receive(FOR_ANOTHER)
    row = next(each for each in rows(world) if each.email_id == email_id)
    with refused(Permanent, "tui.composer.sealed"):
        _resumed(world.db, row)


def rows(world: World):
    from store.db.emails import page_of_emails

    return page_of_emails(world.db, world.practice.mailbox(Role.INBOX))


@pytest.mark.parametrize(
    "words", ["mailto:bob@x.example?attach=/etc/passwd", "bob@x.example?attach=/etc/passwd"]
)
def test_no_link_of_a_letter_attaches_anything(words: str) -> None:
    """Nothing opens a link; what is typed as an address is an address."""
    with pytest.raises(Usage, match=r"send\.bad_address"):
        parse_addresses(words)


@pytest.mark.parametrize("name", EFAIL)
def test_nobody_is_told_whether_a_letter_could_be_opened(world: World, name: str) -> None:
    """No answer, no receipt, no draft: nothing that an attacker could ask again and again."""
    world.receive(EFAIL[name]())
    for table in ("email_submission", "draft"):
        assert world.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_certificate_that_comes_in_a_letter_is_never_written_to_unasked(world: World) -> None:
    """Only an authority that was imported here makes one known."""
    world.believe()
    world.receive(signed(), SEALED)
    assert known_for(world.db, ALICE) == []
