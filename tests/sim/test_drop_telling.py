"""Receipts, pages, markers, expectations and limits: on a disk, with a clock in our hands."""

from __future__ import annotations

import itertools
import json
import os
import pwd
from datetime import date
from pathlib import Path

import pytest

from store.db import blobs
from store.db import drop_wishes as wishes
from store.db.drops import rules
from store.db.open import Connection, write
from store.db.submissions import outbox
from store.errors import NeedsUser
from store.model.drop import RuleState
from store.model.drop_options import Expectation, Limits
from store.reasons import of_rule
from sync.drop import telling
from sync.drop.letter import local_day
from sync.drop.reasons import Reason
from sync.drop.telling import page_of, page_words
from tests.sim.drop_world import NOW, World, new_world, pdf
from tests.sim.test_drop_crashes import Crash, Disk, Fuse, outbox_runs
from tests.sim.test_drop_groups import wishes as rule_says
from tests.unit.documents.lab_files import DOCTOR, OBR, PID, PLAIN, SENDER, cisis, message

RESULT = pdf("sodium 140")


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    """A rule that writes receipts."""
    (tmp_path / "retour").mkdir()
    world = new_world(db, tmp_path / "cobas")
    rule_says(world, results=str(tmp_path / "retour"))
    return world


def told(world: World) -> list[dict[str, object]]:
    """Every receipt."""
    back = world.folder.parent / "retour"
    return [json.loads(path.read_bytes()) for path in sorted(back.glob("pli-*.json"))]


def learnt(world: World, fate: str) -> None:
    """Something came in about every letter."""
    with write(world.db):
        world.db.execute(
            "UPDATE submission_recipient SET fate = ?, fate_at = ?", (fate, NOW + int(world.clock))
        )


def states(world: World) -> list[object]:
    return [each["state"] for each in told(world)]


async def test_a_receipt_follows_its_document(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    assert states(world) == ["queued"]
    assert [each["state"] for each in told(world)[0]["recipients"]] == ["todo"]  # type: ignore[attr-defined]
    world.letters_are("accepted")
    await world.look()
    await world.look()
    assert states(world) == ["sent"]
    assert [each["state"] for each in told(world)[0]["recipients"]] == ["accepted"]  # type: ignore[attr-defined]


async def test_nothing_is_written_when_nothing_is_new(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    written: list[bytes] = []
    real = telling._write

    def counted(directory: int, name: bytes, octets: bytes, *, replace: bool) -> None:
        written.append(name)
        real(directory, name, octets, replace=replace)

    monkeypatch.setattr(telling, "_write", counted)
    for _ in range(3):
        await world.look(after=15)
    world.restart()
    await world.look(after=15)
    assert written == []


async def test_what_is_held_and_rejected_is_told(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    world.drop("b.pdf", RESULT)
    await world.settle()
    assert sorted(map(str, states(world))) == ["held", "queued"]
    [held] = [item for item in world.items() if item.state == "held"]
    wishes.reject(world.db, held.id, now=NOW + int(world.clock))
    await world.look(after=1)
    await world.look(after=1)
    assert sorted(str(each["reason"]) for each in told(world)) == ["", "drop.rejected"]


async def test_another_programs_file_is_never_replaced(world: World) -> None:
    back = world.folder.parent / "retour"
    mark = world.rule().mark
    theirs = back / f"pli-{mark}-{1:016x}.json"
    theirs.write_text('{"by": "lis"}')
    world.drop("a.pdf", RESULT)
    await world.settle()
    assert theirs.read_text() == '{"by": "lis"}'
    assert world.states() == ["queued"]


async def test_an_hl7_message_is_answered_once_for_each_state(world: World) -> None:
    rule_says(world, results=str(world.folder.parent / "retour"), acknowledges=True)
    world.drop("a.hl7", message(PID, OBR, *PLAIN))
    await world.settle()
    back = world.folder.parent / "retour"
    assert list(back.glob("*.hl7")) == []
    world.letters_are("accepted")
    await world.look()
    assert list(back.glob("*.hl7")) == []
    for fate, said in (("delivered", 1), ("displayed", 2), ("acknowledged", 2)):
        learnt(world, fate)
        await world.look(after=1)
        await world.look(after=1)
        assert [each["state"] for each in told(world)[0]["recipients"]] == [fate]  # type: ignore[attr-defined]
        assert len(list(back.glob("*.hl7"))) == said
    names = sorted(path.name[-9:] for path in back.glob("*.hl7"))
    assert names == ["z02-y.hl7", "z03-y.hl7"]


@pytest.mark.parametrize("asks", ["Y", "N", ""])
async def test_a_reading_that_a_message_asks_about_is_asked_of_the_reader(
    world: World, asks: str
) -> None:
    rule_says(world, results=str(world.folder.parent / "retour"), acknowledges=True)
    flagged = cisis(
        people=(SENDER, DOCTOR),
        DESTDMP="N",
        DESTMSSANTEPAT="N",
        INVISIBLE_PATIENT="Y",
        ACK_LECTURE_MSS=asks,
    )
    world.drop("a.hl7", flagged)
    await world.settle()
    assert world.states() == ["queued"]
    [letter] = outbox(world.db)
    octets = blobs.get(world.db, letter.blob_id)
    assert (b"Disposition-Notification-To: " in octets) is (asks == "Y")


async def test_a_letter_that_comes_back_is_open_on_the_page_and_told(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    world.letters_are("accepted")
    await world.look()
    day = local_day(NOW + int(world.clock))
    assert page_of(world.db, world.rule(), day).facts()["delivered"] == 1
    learnt(world, "failed")
    await world.look(after=1)
    page = page_of(world.db, world.rule(), day)
    assert (page.facts()["delivered"], page.facts()["open"], page.came) == (0, 1, 1)
    assert "non remis" in page_words(page)
    assert [each["state"] for each in told(world)[0]["recipients"]] == ["failed"]  # type: ignore[attr-defined]


async def test_what_one_of_its_doctors_did_not_get_is_not_delivered(world: World) -> None:
    with write(world.db):
        world.db.execute(
            "UPDATE drop_rule SET recipients = ?",
            (json.dumps(["alice@medecins.example", "bob@medecins.example"]),),
        )
    world.drop("a.pdf", RESULT)
    await world.settle()
    world.letters_are("accepted")
    with write(world.db):
        world.db.execute("UPDATE submission_recipient SET state = 'refused' WHERE position = 1")
    await world.look()
    assert world.states() == ["sent drop.partly_refused"]
    page = page_of(world.db, world.rule(), local_day(NOW + int(world.clock)))
    assert (page.facts()["delivered"], page.facts()["open"]) == (0, 1)


async def test_days_of_a_rule_that_was_down_have_their_page_too(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    await world.look(after=86400)
    world.drop("b.pdf", pdf("b"))
    await world.settle()
    await world.look(after=3 * 86400)
    await world.look()
    await world.look()
    told = [path.read_text() for path in pages(world)]
    assert ["Venus : 1 " in each for each in told] == [True, True, False, False]


def pages(world: World) -> list[Path]:
    """The pages among the receipts, in the order of their days."""
    return sorted((world.folder.parent / "retour").glob("pli-cobas-*.txt"))


async def looks(world: World, n: int, *, first_after: float = 0) -> None:
    """So many looks."""
    await world.look(after=first_after)
    for _ in range(n - 1):
        await world.look()


async def test_a_day_on_which_nothing_came_has_its_page_once(world: World) -> None:
    with write(world.db):
        world.db.execute("UPDATE drop_rule SET since_at = ?", (NOW,))
    await looks(world, 2)
    assert pages(world) == []  # it was not there yesterday
    await looks(world, 3, first_after=86400)
    [page] = pages(world)
    assert "Venus : 0 (0 fichiers) = 0 acceptés + 0 retenus + 0 refusés" in page.read_text()


async def test_a_month_switched_off_brings_a_week_of_empty_pages(world: World) -> None:
    await looks(world, 2)
    await looks(world, 40, first_after=30 * 86400)
    assert len(pages(world)) <= 1 + telling.MOST_EMPTY_PAGES


async def test_no_page_of_nothing_where_nothing_is_expected_or_taken(world: World) -> None:
    monday = Expectation(files=1, seconds=3600, days=(0,), opens=0, closes=1440)
    rule_says(world, results=str(world.folder.parent / "retour"), expects=monday)
    await looks(world, 2)
    await looks(world, 8, first_after=7 * 86400)
    told = [date.fromisoformat(page.stem.removeprefix("pli-cobas-")) for page in pages(world)]
    assert [day.weekday() for day in told] == [0]
    with write(world.db):
        world.db.execute("UPDATE drop_rule SET source = 'retired'")
    await looks(world, 8, first_after=7 * 86400)
    assert len(pages(world)) == 1


async def test_a_page_lies_beside_one_of_the_same_name(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    day = local_day(NOW + int(world.clock))
    other = world.folder.parent / "retour" / f"pli-cobas-{day}.txt"
    other.write_text("d'un autre poste")
    await looks(world, 2, first_after=86400)
    assert other.read_text() == "d'un autre poste"
    assert "Venus : 1 " in other.with_stem(f"{other.stem}-2").read_text()


async def test_a_clock_that_was_years_ahead_costs_no_page(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    world.clock += 3650 * 86400
    await world.look()
    world.clock -= 3650 * 86400
    await world.look(after=86400)
    assert [*(world.folder.parent / "retour").glob("pli-cobas-*.txt")]


async def test_killed_while_writing_a_receipt_is_whole_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuse = Fuse()
    monkeypatch.setattr(telling, "os", Disk(fuse))
    for steps in itertools.count():
        world.drop(f"{steps}.pdf", pdf(str(steps)))
        fuse.left, died = steps, False
        try:
            await world.settle()
        except Crash:
            died = True
            world.restart()
        fuse.left = None
        await world.settle()
        outbox_runs(world)
        await world.look()
        await world.look()
        assert states(world) == ["sent"] * (steps + 1)
        back = world.folder.parent / "retour"
        assert [path.name for path in back.iterdir() if path.name.startswith(".")] == []
        if not died:
            break
    assert steps >= 2


async def test_receipts_that_cannot_be_written_hold_up_nothing(world: World) -> None:
    (world.folder.parent / "retour").rmdir()
    world.drop("a.pdf", RESULT)
    await world.settle()
    assert (world.states(), world.rule().last_error) == (["queued"], Reason.NO_RESULTS)
    (world.folder.parent / "retour").mkdir()
    await world.look()
    assert (states(world), world.rule().last_error) == (["queued"], "")


async def test_the_page_of_a_day_is_written_the_next_night_and_once(world: World) -> None:
    world.drop("a.pdf", RESULT)
    world.drop("b.zip", b"autre")
    await world.settle()
    back = world.folder.parent / "retour"
    assert list(back.glob("*.txt")) == []
    world.letters_are("accepted")
    await world.look(after=86400)
    await world.look()
    [page] = back.glob("pli-cobas-*.txt")
    assert "Venus : 2 (2 fichiers) = 2 acceptés + 0 retenus + 0 refusés" in page.read_text()
    page.unlink()
    await world.look(after=60)
    assert list(back.glob("*.txt")) == []


async def test_without_a_folder_for_results_it_lies_in_sent(world: World) -> None:
    rule_says(world)
    world.drop("a.pdf", RESULT)
    await world.settle()
    await world.look(after=86400)
    [page] = (world.folder / "sent").rglob("pli-rapport.txt")
    assert "1 en cours" in page.read_text()
    [rule] = rules(world.db)
    assert page_of(world.db, rule, rule.reported_day).came == 1


async def test_without_its_marker_a_rule_is_down_not_idle(world: World) -> None:
    rule_says(world, marker=".ici")
    world.drop("a.pdf", RESULT)
    with pytest.raises(NeedsUser, match="marker_missing"):
        await world.look()
    assert os.listdir(world.folder) == ["a.pdf"], "nothing is made where the share is not mounted"
    assert (world.rule().state, world.states()) == (RuleState.DOWN, [])
    assert "fichier témoin" in of_rule(world.rule())
    world.drop(".ici", b"")
    await world.settle()
    assert world.states() == ["queued"]
    rule_says(world, marker="ICI.pdf")
    world.drop("ICI.pdf", pdf("témoin"))
    await world.settle()
    assert (len(world.states()), world.lies(pdf("témoin"))) == (1, ["in"])


async def test_silence_is_said_and_ends_with_the_next_file(world: World) -> None:
    rule_says(world, expects=Expectation(files=1, seconds=3600))
    with write(world.db):
        world.db.execute("UPDATE drop_rule SET since_at = ?", (NOW + int(world.clock),))
    await world.look(after=3599)
    assert world.rule().last_error == ""
    await world.look(after=1)
    assert (world.rule().state, world.rule().last_error) == (RuleState.WATCHING, Reason.SILENT)
    world.drop("a.pdf", RESULT)
    await world.settle()
    assert world.rule().last_error == ""


async def test_no_more_leave_in_an_hour_than_the_rule_says(world: World) -> None:
    rule_says(world, limits=Limits(most_per_hour=2))
    for n in range(5):
        world.drop(f"{n}.pdf", pdf(str(n)))
    await world.settle()
    await world.look(after=60)
    assert (world.states(), world.rule().last_error) == (["queued"] * 2, Reason.RATE)
    await world.look(after=3600)
    assert len(world.states()) == 4


async def test_what_came_while_the_clock_was_ahead_stops_no_alarm_and_takes_nobodys_turn(
    world: World,
) -> None:
    rule_says(world, limits=Limits(most_per_hour=1), expects=Expectation(files=1, seconds=3600))
    year = 365 * 86400
    with write(world.db):
        world.db.execute("UPDATE drop_rule SET since_at = ?", (NOW + year,))
    world.clock += year
    world.drop("a.pdf", RESULT)
    await world.settle()
    world.clock -= year
    world.restart()
    await world.look()
    assert world.rule().last_error == Reason.SILENT
    world.drop("b.pdf", pdf("b"))
    await world.settle()
    assert (world.states(), world.rule().last_error) == (["queued"] * 2, "")


LIMITS = {
    "drop.too_many": Limits(most_waiting=2),
    "drop.disk_low": Limits(free=2**62),
    "drop.wrong_owner": Limits(owner="12345"),
    "drop.no_such_user": Limits(owner="personne-de-ce-nom"),
}


@pytest.mark.parametrize("code", LIMITS)
async def test_beyond_its_limits_a_rule_is_down_and_nothing_is_touched(
    world: World, code: str
) -> None:
    rule_says(world, limits=LIMITS[code])
    for n in range(3):
        world.drop(f"{n}.pdf", pdf(str(n)))
    with pytest.raises(NeedsUser, match=code):
        await world.look()
    assert (world.rule().last_error, world.states()) == (code, [])
    rule_says(world)
    await world.settle()
    assert world.states() == ["queued"] * 3


@pytest.mark.parametrize(
    ("limits", "right"),
    [
        (Limits(mode=0o750), True),
        (Limits(mode=0o700), False),
        (Limits(owner=pwd.getpwuid(os.geteuid()).pw_name, group=str(os.getegid())), True),
        (Limits(group="12345"), False),
    ],
)
async def test_who_owns_the_folder(world: World, limits: Limits, right: bool) -> None:
    world.folder.chmod(0o750)
    rule_says(world, limits=limits)
    if right:
        await world.look()
    else:
        with pytest.raises(NeedsUser, match="wrong_owner"):
            await world.look()


async def test_a_file_by_somebody_else_is_put_away(world: World) -> None:
    rule_says(world, limits=Limits(writer="12345"))
    world.drop("a.pdf", RESULT)
    await world.settle()
    assert world.states() == [f"failed {Reason.WRONG_WRITER}"]


async def test_a_list_of_doctors_with_an_error_stops_the_rule(world: World, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("code;adresse\nA;b\n")
    rule_says(world, doctors=str(tmp_path / "m.csv"))
    world.drop("a.pdf", RESULT)
    with pytest.raises(NeedsUser, match=r"doctors\.bad"):
        await world.look()
    assert "liste des médecins" in of_rule(world.rule())


async def test_two_rules_side_by_side_do_not_mix(world: World, tmp_path: Path) -> None:
    with write(world.db):
        world.db.execute("UPDATE account SET name = 'premier'")
        world.db.execute("UPDATE drop_rule SET name = 'premier'")
    other = new_world(world.db, tmp_path / "autre")
    world.drop("a.pdf", RESULT)
    other.drop("a.pdf", RESULT)
    await world.settle()
    await other.settle()
    assert (world.states(), other.states()) == (["queued"], ["queued"])
    assert len(world.letters()) == 2
