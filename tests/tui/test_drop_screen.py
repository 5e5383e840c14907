"""The watched folders on the screen: each document, step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.db.copied import hold_what_waits
from store.db.drop_ledger import Became, add_item_within, put_away
from store.db.drop_wishes import dismiss, item
from store.db.drops import add_rule, rule, set_rule_state
from store.db.open import write
from store.host import clock
from store.model.drop import ItemState, RuleState, Wish
from store.model.ids import BlobId, DropItemId, DropRuleId, SubmissionId
from store.model.submission import SubmissionState
from tests.tui.conftest import Opened, Person
from tests.tui.practice import NOW, Practice
from tests.tui.test_outbox_screen import attempted, queued
from tui.screens.drop import STEPS, DropList, steps
from tui.when import long_date
from tui.widgets.line_list import BAD, DIM


def watched(practice: Practice, folder: Path) -> DropRuleId:
    """A rule for a folder."""
    return add_rule(
        practice.db,
        name="labo",
        folder=str(folder),
        account_id=practice.account_id,
        to=["bob@labo.example"],
    )


def taken(
    practice: Practice,
    rule_id: DropRuleId,
    submission_id: SubmissionId | None,
    *,
    name: bytes = b"resultat.pdf",
    state: ItemState = ItemState.QUEUED,
    reason: str = "",
    uncompared: int = 0,
) -> DropItemId:
    """A document the node has taken."""
    with write(practice.db):
        return add_item_within(
            practice.db,
            rule_id,
            name=name,
            digest=BlobId(name.ljust(32, b"0")),
            size=48_000,
            claim="c",
            state=state,
            now=NOW,
            reason=reason,
            uncompared=uncompared,
            became=Became(letter=submission_id),
        )


async def test_a_rule_is_told_of_as_its_language_writes_it(
    practice: Practice, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rule_state(practice.db, watched(practice, tmp_path), RuleState.WATCHING, scanned_at=NOW)
    monkeypatch.setenv("PLI_LANG", "en")
    async with opened((160, 40)) as person:
        await person.press("D")
        await person.sees("labo: watched")


async def test_a_document_goes_from_queued_to_put_away(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    async with opened((160, 40)) as person:
        await person.press("D")
        await person.sees("labo : jamais regardé")
        set_rule_state(practice.db, rule_id, RuleState.WATCHING, scanned_at=NOW)
        await person.sees("labo : surveillé")
        submission_id = queued(practice, "Document")
        item_id = taken(practice, rule_id, submission_id)
        await person.sees("● pris ● en file ○ en route ○ remis ○ rangé")
        attempted(practice.db, submission_id, SubmissionState.ACCEPTED, "", "250 ok")
        await person.sees("● pris ● en file ● en route ● remis ○ rangé")
        with write(practice.db):
            practice.db.execute("UPDATE drop_item SET state = 'sent' WHERE id = ?", (item_id,))
        put_away(practice.db, [item_id])
        await person.sees("● pris ● en file ● en route ● remis ● rangé")
        shown = person.find(DropList)
        with write(practice.db):
            practice.db.execute("UPDATE submission_recipient SET fate = 'failed'")
        await person.sees("parti, non reçu : 1")
        assert shown.pieces(1, 160)[1][1] == BAD


async def test_a_copy_of_the_store_watches_again_once_a_person_says_so(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    taken(practice, rule_id, queued(practice, "Document"))
    hold_what_waits(practice.db, now=NOW)
    set_rule_state(practice.db, rule_id, RuleState.DOWN, error="drop.copied")
    async with opened((120, 30)) as person:
        await person.press("D")
        await person.sees("sur cette règle à l'écran")
        await person.sees("déjà parti ?")
        await person.press("down")
        await person.sees("La boîte d'envoi pose la question")
        await person.press("up", "l")
        await person.sees("Une autre boîte surveille")
        await person.press("n")
        await person.settles()
        assert rule(practice.db, rule_id).copied_at
        await person.press("l")
        await person.sees("Une autre boîte surveille")
        await person.press("o")
        await person.sees("est de nouveau surveillé, ici")
        assert not rule(practice.db, rule_id).copied_at


async def test_a_refused_document_says_why(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    taken(practice, rule_id, None, state=ItemState.FAILED, reason="drop.not_pdf")
    async with opened((120, 30)) as person:
        await person.press("D")
        await person.sees("refusé")
        await person.press("down")
        await person.sees("porte un nom de PDF mais n'en est pas un")


async def test_a_refused_document_is_settled_by_a_key(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    item_id = taken(practice, rule_id, None, state=ItemState.FAILED, reason="drop.not_pdf")
    async with opened((120, 30)) as person:
        await person.press("D")
        await person.sees("refusés : 1 (")
        await person.press("down")
        await person.sees("« x » quand c'est réglé")
        await person.press("x")
        await person.sees("Ce document refusé est-il réglé")
        await person.press("n")
        assert item(practice.db, item_id).needs_a_person
        await person.press("x", "o")
        await person.until(lambda: not item(practice.db, item_id).needs_a_person)
        await person.sees("Ce document est réglé")
        await person.press("x")
        await person.sees("Rien à décider ici")


async def test_a_key_that_decides_nothing_is_not_told_and_says_so(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    taken(practice, watched(practice, tmp_path), None, state=ItemState.SENT)
    async with opened((120, 30)) as person:
        await person.press("D")
        for _ in range(2):  # on the rule, then on the document that left
            await person.settles()
            assert "laisser partir" not in person.text
            for key in "lrx":
                await person.press(key)
                await person.sees("Rien à décider ici")
            await person.press("down")


async def test_a_picture_in_which_no_name_could_be_compared_says_so(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    taken(practice, watched(practice, tmp_path), None, state=ItemState.SENT, uncompared=1)
    async with opened((120, 30)) as person:
        await person.press("D")
        await person.press("down")
        await person.sees("Documents dont aucun mot n'a pu être lu : 1 (image,")


async def test_a_document_somebody_has_settled_is_no_longer_loud(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    item_id = taken(practice, rule_id, None, state=ItemState.HELD, reason="drop.same_content")
    async with opened((120, 30)) as person:
        await person.press("D")
        shown = person.find(DropList)
        await person.until(lambda: shown.count == 2)
        assert shown.pieces(1, 120)[1][1] == BAD
        dismiss(practice.db, [item_id], now=NOW)
        await person.until(lambda: shown.pieces(1, 120)[1][1] == DIM)
        await person.press("down")
        await person.sees("Ce document est réglé")


async def test_a_folder_that_is_gone_says_so(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    set_rule_state(practice.db, rule_id, RuleState.DOWN, error="drop.folder_missing")
    async with opened((160, 30)) as person:
        await person.press("D")
        await person.sees("labo : arrêté")
        await person.sees("n'existe plus")


async def test_what_waits_in_the_folders_is_said_on_every_screen(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    async with opened((120, 30)) as person:
        await person.settles()
        assert "dossiers (D)" not in person.text
        set_rule_state(practice.db, rule_id, RuleState.WATCHING, error="drop.silent")
        await person.sees("dossiers (D) : 1")
        taken(practice, rule_id, None, state=ItemState.HELD, reason="drop.unknown_doctor")
        await person.sees("dossiers (D) : 2")


async def test_a_name_that_is_no_text_is_shown(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    rule_id = watched(practice, tmp_path)
    taken(practice, rule_id, queued(practice), name=b"r\xe9sultat\x1b[2J.pdf")
    async with opened((120, 30)) as person:
        await person.press("D")
        await person.sees("r\ufffdsultat␛[2J.pdf")


def test_narrow_terminals_show_the_steps_as_dots() -> None:
    assert steps(3, 20) == "●●●○○ en route"
    assert len(steps(len(STEPS), 80)) > 40


def held(practice: Practice, folder: Path, reason: str = "drop.no_way") -> DropItemId:
    """A held document, its file in failed/."""
    item_id = taken(practice, watched(practice, folder), None, state=ItemState.HELD, reason=reason)
    put_away(practice.db, [item_id])
    return item_id


async def on_the_held_one(person: Person) -> None:
    """The watched folders, the cursor on the one document that is held."""
    await person.press("D")
    await person.sees("retenus : 1")
    await person.press("down")


async def test_one_key_lets_a_held_document_leave(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    item_id = held(practice, tmp_path)
    async with opened((120, 30)) as person:
        await on_the_held_one(person)
        await person.press("l")
        await person.sees("libéré")
        await person.until(lambda: item(practice.db, item_id).wish is Wish.RELEASE)


async def test_another_one_sends_it_elsewhere(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    item_id = held(practice, tmp_path)
    async with opened((120, 30)) as person:
        await on_the_held_one(person)
        await person.press("r")
        await person.sees("À quelle adresse")
        await person.press(*"pas une adresse", "enter")
        await person.sees("À quelle adresse")
        for _ in range(20):
            await person.press("backspace")
        await person.press(*"eve@labo.example", "enter")
        await person.until(lambda: item(practice.db, item_id).wish_to == ("eve@labo.example",))


@pytest.mark.parametrize("reason", ["drop.patients_differ", "drop.companion_bad"])
async def test_two_patients_are_asked_about_first(
    practice: Practice, opened: Opened, tmp_path: Path, reason: str
) -> None:
    item_id = held(practice, tmp_path, reason)
    async with opened((120, 30)) as person:
        await on_the_held_one(person)
        await person.press("l")
        await person.sees("pas du même patient")
        await person.press("n")
        assert item(practice.db, item_id).wish is Wish.NOTHING
        await person.press("l", "o")
        await person.until(lambda: item(practice.db, item_id).wish is Wish.DESPITE)


async def test_a_third_one_rejects_it(practice: Practice, opened: Opened, tmp_path: Path) -> None:
    item_id = held(practice, tmp_path)
    async with opened((120, 30)) as person:
        await on_the_held_one(person)
        await person.press("x")
        await person.sees("Ne jamais envoyer")
        await person.press("o")
        await person.until(lambda: item(practice.db, item_id).state is ItemState.FAILED)
        await person.sees("quelqu'un a décidé")


async def test_what_has_waited_long_says_so_in_weeks(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    item_id = held(practice, tmp_path)
    with write(practice.db):
        practice.db.execute(
            "UPDATE drop_item SET seen_at = ? WHERE id = ?", (clock.now() - 765 * 3600, item_id)
        )
    async with opened((120, 30)) as person:
        await person.press("D")
        await person.sees("retenus : 1 (depuis 4 semaines)")
        await person.press("down")
        long_ago = long_date(clock.now() - 765 * 3600)
        await person.sees(f"resultat.pdf. Vu : {long_ago} ; dernier changement :")


async def test_u_takes_back_what_was_decided(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    item_id = held(practice, tmp_path)
    async with opened((120, 30)) as person:
        await on_the_held_one(person)
        await person.press("l")
        await person.until(lambda: item(practice.db, item_id).wish is Wish.RELEASE)
        await person.press("u")
        await person.until(lambda: item(practice.db, item_id).wish is Wish.NOTHING)
        await person.sees("Il reste retenu")
        await person.press("x", "o")
        await person.until(lambda: item(practice.db, item_id).state is ItemState.FAILED)
        await person.press("u")
        await person.until(lambda: item(practice.db, item_id).state is ItemState.HELD)


async def test_u_says_when_it_is_too_late(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    item_id = held(practice, tmp_path)
    async with opened((120, 30)) as person:
        await on_the_held_one(person)
        await person.press("l")
        await person.until(lambda: item(practice.db, item_id).wish is Wish.RELEASE)
        with write(practice.db):
            practice.db.execute("UPDATE drop_item SET state = 'queued', wish = ''")
        await person.press("u")
        await person.sees("Trop tard")
