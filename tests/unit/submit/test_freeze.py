"""Freezing: a draft becomes octets once, and stops being a draft in the same transaction."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from store.db import blobs
from store.db.accounts import account, add_account, change_account
from store.db.answers import answer_wanted
from store.db.apicrypt import Programs, set_programs
from store.db.drafts import (
    attach,
    drafts_to_send,
    drafts_waiting,
    save_draft,
    send_draft,
    told_to_leave,
    unsend_draft,
)
from store.db.drafts import draft as saved_draft
from store.db.open import Connection, write
from store.db.submissions import draft_frozen, outbox, submission
from store.db.whitelist import replace_whitelist, set_policy
from store.errors import MailError, Transient, Usage
from store.model.account import Account, Endpoint, Signs
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import DraftId
from store.model.route import Way
from store.reasons import of_draft
from sync.submit import message
from sync.submit.freeze import freeze, freeze_due

DOUBLE = Path(__file__).parents[2] / "servers" / "apicrypt_double.py"
APICRYPT = (
    f"{shlex.quote(sys.executable)} {shlex.quote(str(DOUBLE))} seal"
    " -s {source} -o {result} -d {recipient}"
)
NOW = 1_700_000_000
ALICE, BOB = EmailAddress(email="alice@aubepine.test"), EmailAddress(email="bob@bruyere.test")
LABO = EmailAddress(name="Laboratoire", email="labo@tilleuls.test")
LETTER = Draft(sender=LABO, to=(ALICE,), bcc=(BOB,), subject="Bilan d'été", body="Tout va bien.")


@pytest.fixture
def labo(db: Connection) -> Account:
    here = Endpoint(host="mx.test", port=465)
    id_ = add_account(db, name="labo", address=LABO.email, imap=here, smtp=here, user="labo")
    return account(db, id_)


def written(db: Connection, labo: Account, draft: Draft = LETTER) -> DraftId:
    """A draft the person wants to leave now."""
    draft_id = save_draft(db, labo.id, draft, now=NOW)
    send_draft(db, draft_id, NOW)
    return draft_id


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """While the next letter is built, somebody does this."""

    async def interrupted(call: Callable[..., object], *facts: object) -> object:
        monkeypatch.undo()
        act()
        return call(*facts)

    monkeypatch.setattr(asyncio, "to_thread", interrupted)


def token(octets: int) -> str:
    return "5a" * octets


async def test_a_frozen_letter_has_its_name_and_date_and_no_bcc(
    db: Connection, labo: Account
) -> None:
    with_file = replace(LETTER, attachments=(attach(db, "a.pdf", "application/pdf", b"%PDF"),))
    (id_,) = await freeze(db, labo, written(db, labo, with_file), now=NOW, token=token)
    row = submission(db, id_)
    octets = blobs.get(db, row.blob_id)
    assert row.message_id == "5a" * 16 + "@tilleuls.test"
    assert f"Message-ID: <{row.message_id}>".encode() in octets.replace(b"\r\n ", b" ")
    assert b"Tue, 14 Nov 2023 22:13:20 +0000" in octets
    assert BOB.email.encode() not in octets
    assert [r.email for r in row.recipients] == [ALICE.email, BOB.email]
    assert (row.mail_from, row.subject, row.source) == (LABO.email, "Bilan d'été", "person")


async def test_a_receipt_is_asked_for_only_where_the_person_said_so(
    db: Connection, labo: Account
) -> None:
    asked = replace(LETTER, receipt=True)
    for letter, expected in ((LETTER, False), (asked, True)):
        (id_,) = await freeze(db, labo, written(db, labo, letter), now=NOW)
        octets = blobs.get(db, submission(db, id_).blob_id)
        field = b"Disposition-Notification-To: Laboratoire <labo@tilleuls.test>"
        assert (field in octets) is expected


async def test_an_answer_is_waited_for_once_the_letter_is_queued(
    db: Connection, labo: Account
) -> None:
    wanted = replace(LETTER, answer_by=NOW + 86_400, tell="chef@labo.test")
    (id_,) = await freeze(db, labo, written(db, labo, wanted), now=NOW)
    waited = answer_wanted(db, id_)
    assert waited is not None
    assert (waited.until_at, waited.tell) == (NOW + 86_400, "chef@labo.test")
    (other,) = await freeze(db, labo, written(db, labo), now=NOW)
    assert answer_wanted(db, other) is None


async def test_two_letters_never_share_a_name(db: Connection, labo: Account) -> None:
    for _ in range(2):
        await freeze(db, labo, written(db, labo), now=NOW)
    assert len({row.message_id for row in outbox(db)}) == 2


async def test_what_is_frozen_is_no_draft_any_more(db: Connection, labo: Account) -> None:
    draft_id = written(db, labo)
    assert await freeze_due(db, labo, now=NOW) == 1
    assert drafts_waiting(db) == []
    with pytest.raises(Usage, match=r"draft\.unknown"):
        saved_draft(db, draft_id)
    assert await freeze_due(db, labo, now=NOW) == 0


async def test_a_letter_taken_back_at_the_last_moment_does_not_leave(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = written(db, labo)

    meanwhile(monkeypatch, lambda: unsend_draft(db, draft_id))
    assert await freeze_due(db, labo, now=NOW) == 0
    assert outbox(db) == []
    assert saved_draft(db, draft_id)[1] == LETTER


async def test_a_letter_changed_meanwhile_is_frozen_as_it_is_now(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = written(db, labo)
    later = replace(LETTER, body="Corrigé.")

    meanwhile(monkeypatch, lambda: save_draft(db, labo.id, later, now=NOW, draft_id=draft_id))
    with pytest.raises(Transient, match=r"draft\.changed"):
        await freeze(db, labo, draft_id, now=NOW)
    assert outbox(db) == []
    await freeze(db, labo, draft_id, now=NOW)
    assert b"Corrig=C3=A9" in blobs.get(db, outbox(db)[0].blob_id)


@pytest.mark.logs("draft.not_frozen")
@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (replace(LETTER, to=(), bcc=()), "submission.no_recipient"),
        (replace(LETTER, to=(EmailAddress(email="a@b\r\nc"),)), "submission.bad_address"),
    ],
)
async def test_a_letter_that_cannot_leave_says_why_and_stops_no_other(
    db: Connection, labo: Account, bad: Draft, code: str
) -> None:
    bad_id = written(db, labo, bad)
    written(db, labo)
    assert told_to_leave(db) == {"writing": 2}
    assert await freeze_due(db, labo, now=NOW) == 1
    assert drafts_waiting(db) == [(bad_id, NOW, code)]
    assert told_to_leave(db) == {"held_back": 1}
    assert await freeze_due(db, labo, now=NOW) == 0


@pytest.mark.logs("draft.not_frozen")
async def test_even_our_own_bug_stops_no_other_letter(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError

    written(db, labo)
    monkeypatch.setattr(message, "build", broken)
    assert await freeze_due(db, labo, now=NOW) == 0
    assert drafts_waiting(db)[0][2] == "submission.unbuildable"


@pytest.mark.logs("draft.not_frozen")
async def test_what_was_mended_meanwhile_is_not_refused_for_what_it_was(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = written(db, labo)

    def mended() -> None:
        save_draft(db, labo.id, LETTER, now=NOW, draft_id=draft_id)
        send_draft(db, draft_id, NOW)
        raise ZeroDivisionError

    meanwhile(monkeypatch, mended)
    assert await freeze_due(db, labo, now=NOW) == 0
    assert drafts_waiting(db)[0][2] == ""


async def test_a_busy_store_is_no_reason_against_a_letter(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> bytes:
        raise Transient("store.busy")

    draft_id = written(db, labo)
    monkeypatch.setattr(message, "build", busy)
    with pytest.raises(MailError, match=r"store\.busy"):
        await freeze_due(db, labo, now=NOW)
    assert drafts_waiting(db) == [(draft_id, NOW, "")]


async def test_an_undo_window_holds_the_letter_back(db: Connection, labo: Account) -> None:
    draft_id = save_draft(db, labo.id, LETTER, now=NOW)
    send_draft(db, draft_id, NOW + 15)
    assert drafts_to_send(db, labo.id, NOW + 14) == []
    with write(db):
        assert not draft_frozen(db, draft_id, due_at=NOW + 14)
    assert await freeze_due(db, labo, now=NOW + 14) == 0
    assert await freeze_due(db, labo, now=NOW + 15) == 1


def whitelisted(db: Connection, *domains: str) -> None:
    """The trust space is these domains."""
    replace_whitelist(db, domains, digest=b"d", published_at=NOW, now=NOW, shrunk=True)


@pytest.mark.logs("draft.not_frozen")
async def test_a_letter_with_one_recipient_whom_no_secure_way_leads_to_stays_whole(
    db: Connection, labo: Account
) -> None:
    whitelisted(db, "tilleuls.test", "aubepine.test")
    change_account(db, replace(labo, ca="igc-sante"))
    draft_id = written(db, labo)
    assert await freeze_due(db, labo, now=NOW) == 0
    assert outbox(db) == []
    assert drafts_waiting(db) == [(draft_id, NOW, "route.not_secure")]
    assert "n'a plus de voie sûre" in of_draft("route.not_secure")


async def test_each_recipient_keeps_the_way_that_was_decided(db: Connection, labo: Account) -> None:
    whitelisted(db, "tilleuls.test", "aubepine.test", "bruyere.test")
    change_account(db, replace(labo, ca="igc-sante"))
    (id_,) = await freeze(db, labo, written(db, labo), now=NOW)
    assert [r.way for r in submission(db, id_).recipients] == [Way.MSSANTE, Way.MSSANTE]
    assert submission(db, id_).letter == ""


async def test_people_on_different_networks_each_get_the_letter_by_their_way(
    db: Connection, labo: Account
) -> None:
    whitelisted(db, "tilleuls.test", "aubepine.test")
    change_account(db, replace(labo, ca="igc-sante"))
    own = Endpoint(host="mx.bruyere.test", port=465)
    add_account(
        db,
        name="bruyere",
        address="labo@bruyere.test",
        imap=own,
        smtp=own,
        user="labo",
        ca="/etc/bruyere.pem",
    )
    first, second = await freeze(db, labo, written(db, labo), now=NOW)
    one, other = submission(db, first), submission(db, second)
    assert [(r.email, r.way) for r in one.recipients] == [(ALICE.email, Way.MSSANTE)]
    assert [(r.email, r.way) for r in other.recipients] == [(BOB.email, Way.OPERATOR)]
    assert (one.mail_from, other.mail_from) == (LABO.email, "labo@bruyere.test")
    assert one.letter == other.letter == one.message_id
    assert one.message_id != other.message_id
    assert b"From: labo@bruyere.test" in blobs.get(db, other.blob_id)
    assert b"alice@aubepine.test" in blobs.get(db, other.blob_id)


async def test_a_list_imported_while_a_letter_is_built_counts(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = written(db, labo)

    meanwhile(monkeypatch, lambda: whitelisted(db, "ailleurs.test"))
    with pytest.raises(MailError, match=r"route\."):
        await freeze(db, labo, draft_id, now=NOW)
    assert outbox(db) == []


async def test_why_a_letter_left_in_clear_is_kept_with_it(db: Connection, labo: Account) -> None:
    whitelisted(db, "ailleurs.test")
    set_policy(db, "non_medical", "allow")
    (id_,) = await freeze(db, labo, written(db, labo, replace(LETTER, non_medical="rdv")), now=NOW)
    row = submission(db, id_)
    assert row.non_medical == "rdv"
    assert {r.way for r in row.recipients} == {Way.NON_MEDICAL}


@pytest.mark.parametrize(
    "carries",
    [{"body": "Oui.\n> Glycémie 9"}, {"was_sealed": True}, {"seal": True}],
)
async def test_in_clear_no_letter_repeats_what_was_received(
    db: Connection, labo: Account, carries: dict[str, object]
) -> None:
    whitelisted(db, "ailleurs.test")
    set_policy(db, "non_medical", "allow")
    letter = replace(LETTER, non_medical="rdv", **carries)  # type: ignore[arg-type]
    with pytest.raises(MailError, match=r"route\."):
        await freeze(db, labo, written(db, labo, letter), now=NOW)


def test_what_a_draft_says_of_its_way_is_kept(db: Connection, labo: Account) -> None:
    said = replace(
        LETTER, seal=True, sign=True, was_sealed=True, patient="279035121518989", non_medical="x"
    )
    assert saved_draft(db, save_draft(db, labo.id, said, now=NOW))[1] == said


@pytest.mark.parametrize("opens", [True, False])
async def test_an_apicrypt_letter_is_sealed_by_the_program_for_each_alone_or_stays(
    db: Connection, labo: Account, opens: bool
) -> None:
    both = [EmailAddress(email=f"{name}@medical03.apicrypt.org") for name in ("a.b", "c.d")]
    letter = replace(LETTER, to=tuple(both), bcc=(), subject="Mme Valmière", body="Glycémie 9")
    command = APICRYPT if opens else f"{APICRYPT} --mood refuses"
    set_programs(db, labo.id, Programs(seal=command))
    if not opens:
        with pytest.raises(MailError, match=r"apicrypt\.failed"):
            await freeze(db, labo, written(db, labo, letter), now=NOW)
        assert outbox(db) == []
        return
    rows = [
        submission(db, id_) for id_ in await freeze(db, labo, written(db, labo, letter), now=NOW)
    ]
    assert [r.email for row in rows for r in row.recipients] == [a.email for a in both]
    assert {r.way for row in rows for r in row.recipients} == {Way.APICRYPT}
    for row in rows:
        octets = blobs.get(db, row.blob_id)
        assert b"$APICRYPT" in octets
        for word in (b"Valmi", b"Glyc"):
            assert word not in octets
        assert row.subject == "Mme Valmière"


def another(db: Connection, name: str) -> Account:
    """One more account of the practice."""
    here = Endpoint(host="mx.test", port=465)
    address = f"{name}@tilleuls.test"
    id_ = add_account(db, name=name, address=address, imap=here, smtp=here, user=name)
    return account(db, id_)


async def test_a_draft_moved_to_another_account_does_not_leave_from_the_first(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another(db, "garde")
    written(db, labo)
    second = written(db, labo)

    meanwhile(monkeypatch, lambda: save_draft(db, other.id, LETTER, now=NOW, draft_id=second))
    assert await freeze_due(db, labo, now=NOW) == 1
    assert await freeze_due(db, other, now=NOW) == 1
    assert [row.mail_from for row in outbox(db)] == [other.address, labo.address]


async def test_a_letter_sent_again_meanwhile_has_its_whole_time_to_be_called_back(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = written(db, labo)

    def again() -> None:
        unsend_draft(db, draft_id)
        send_draft(db, draft_id, NOW + 10)

    meanwhile(monkeypatch, again)
    assert await freeze_due(db, labo, now=NOW) == 0
    assert outbox(db) == []
    assert await freeze_due(db, labo, now=NOW + 10) == 1


async def test_an_account_that_is_to_sign_from_now_on_sends_nothing_unsigned(
    db: Connection, labo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = written(db, labo)

    meanwhile(monkeypatch, lambda: change_account(db, replace(labo, sign=Signs.ALWAYS)))
    with pytest.raises(Transient, match=r"draft\.changed"):
        await freeze(db, labo, draft_id, now=NOW)
    assert outbox(db) == []


async def test_somebody_written_to_in_two_spellings_gets_one_letter(
    db: Connection, labo: Account
) -> None:
    both = (EmailAddress(email="a.b@x.apicrypt.org"), EmailAddress(email="A.B@x.apicrypt.org"))
    set_programs(db, labo.id, Programs(seal=APICRYPT))
    letter = replace(LETTER, to=both[:1], bcc=both[1:])
    assert len(await freeze(db, labo, written(db, labo, letter), now=NOW)) == 1
