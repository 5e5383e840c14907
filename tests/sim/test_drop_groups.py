"""Dispatches of several files: whole, once, and never half."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from store.db.attempts import waiting
from store.db.drop_options import options_as_json
from store.db.open import Connection, write
from store.model.drop_options import SEARCHED, FoundIn, Grouping, Limits, RuleOptions, SameName
from sync.demo.pdfs import Document, draw
from sync.drop import understand
from sync.drop.reading import Piece
from sync.drop.reasons import Reason
from sync.submit.when import in_order
from tests.sim.drop_world import NOW, World, new_world, pdf
from tests.sim.test_drop_crashes import Crash, Fuse, Store, fuse, outbox_runs
from tests.unit.documents.lab_files import changed, medecin

__all__ = ["fuse"]
LIST = "code;adresse\n102938475;loic@medecins.example\n"
HPRIM = medecin().encode("cp1252")
OTHERS = medecin(header=changed(2, "MARTIN")).encode("cp1252")


def page(patient: str = "Mme Zoé LEFÈVRE, née le 03/02/1984") -> bytes:
    """A PDF with words in it."""
    return draw(
        Document(issuer=["Labo"], title="CR", facts=[patient], paragraphs=["x"], signature="Dr B")
    )


PAGE = page()


def wishes(world: World, **options: object) -> None:
    """What the rule says."""
    told = RuleOptions(**options)  # type: ignore[arg-type]
    with write(world.db):
        world.db.execute("UPDATE drop_rule SET options = ?", (options_as_json(told),))


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    """A rule that pairs files by their stem, and looks for the doctor in them."""
    world = new_world(db, tmp_path / "cobas")
    (tmp_path / "medecins.csv").write_text(LIST)
    paired(world, tmp_path)
    return world


def paired(
    world: World, tmp_path: Path, grouping: Grouping = Grouping.STEM, **more: object
) -> None:
    search = tuple(each for each in SEARCHED if each is not FoundIn.FIXED)
    options = {"grouping": grouping, "search": search, "doctors": str(tmp_path / "medecins.csv")}
    wishes(world, **{**options, **more})


def names_in(letter: bytes) -> list[str | None]:
    parts = message_from_bytes(letter).walk()
    return [part.get_filename() for part in parts if part.get_filename()]


async def test_a_pdf_and_its_hprim_are_one_letter_to_the_doctor_it_names(world: World) -> None:
    world.drop("a.pdf", PAGE)
    await world.settle()
    assert world.states() == []
    world.drop("a.hpr", HPRIM)
    await world.settle()
    [letter] = world.letters()
    assert names_in(letter) == ["a.pdf", "a.hpr"]
    [item] = world.items()
    assert (item.state, item.recipients, item.found_in, item.files) == (
        *("queued", ("loic@medecins.example",), FoundIn.HPRIM, 2),
    )
    assert item.patient == "LEFEVRE|ZOE|1984-02-03|"
    world.letters_are("accepted")
    await world.look()
    assert {tuple(world.lies(each)) for each in (PAGE, HPRIM)} == {("sent",)}


async def test_a_sidecar_says_and_stays_here(world: World) -> None:
    world.drop("a.pdf", PAGE)
    world.drop(
        "a.json", b'{"recipients": [{"email": "x@medecins.example"}], "letter": {"urgent": true}}'
    )
    await world.settle()
    [letter] = world.letters()
    assert names_in(letter) == ["a.pdf"]
    assert b"Subject: URGENT - Document" in letter
    assert world.items()[0].recipients == ("x@medecins.example",)


async def test_an_urgent_document_leaves_before_the_others(world: World) -> None:
    wishes(world, grouping=Grouping.DONE, search=(FoundIn.SIDECAR,))
    for name, urgent in (("a", "false"), ("b", "true")):
        world.drop(f"{name}.pdf", page(name))
        told = '{"recipients": [{"email": "x@medecins.example"}], "letter": {"urgent": %s}}'
        world.drop(f"{name}.json", (told % urgent).encode())
        world.drop(f"{name}.done", b"")
        await world.settle()
    queued = waiting(world.db, world.rule().account_id)
    assert [bool(each.urgent) for each in in_order(queued, NOW + 10_000)] == [True, False]


@pytest.mark.parametrize(
    ("beside", "printed", "reason"),
    [
        (OTHERS, PAGE, Reason.NOT_IN_PDF),
        (HPRIM, page("M. Jean MARTIN, né le 01/01/1950"), Reason.PATIENTS_DIFFER),
        (HPRIM, page("M. Jean MARTIN"), Reason.NOT_IN_PDF),
        (medecin(header=changed(12, "999999999 DR X")).encode(), PAGE, Reason.UNKNOWN_DOCTOR),
        (medecin(header=changed(12, "DR X")).encode(), PAGE, Reason.UNKNOWN_DOCTOR),
        (medecin(header=changed(12, "")).encode(), PAGE, Reason.NO_RECIPIENT),
    ],
)
async def test_a_doubt_is_held_and_nothing_leaves(
    world: World, beside: bytes, printed: bytes, reason: Reason
) -> None:
    world.drop("a.pdf", printed)
    world.drop("a.hpr", beside)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {reason}"], [])
    assert world.lies(printed) == ["failed"] == world.lies(beside)
    assert str(reason) in world.reasons()[0]


async def test_a_picture_that_could_not_be_compared_is_said(world: World, tmp_path: Path) -> None:
    (tmp_path / "retour").mkdir()
    told = tmp_path / "retour"
    paired(world, tmp_path, results=str(told))
    for name, printed in (("a.pdf", pdf("une image")), ("b.pdf", PAGE), ("c.tif", b"II*")):
        world.drop(name, printed)
        world.drop(f"{name[0]}.hpr", HPRIM)
    await world.settle()
    receipts = [json.loads(each.read_bytes()) for each in told.glob("pli-*.json")]
    unread = {each["name"]: each["uncompared"] for each in receipts}
    assert unread == {"a.pdf": 1, "b.pdf": 0, "c.tif": 1}


async def test_companions_without_a_document_wait_then_say_so(world: World) -> None:
    world.drop("a.hpr", HPRIM)
    await world.settle()
    assert world.states() == []
    await world.look(after=601)
    assert world.states() == [f"failed {Reason.NO_DOCUMENT}"]


async def test_a_document_whose_companion_never_comes_is_held(world: World) -> None:
    world.drop("a.pdf", PAGE)
    await world.look()
    await world.look(after=601)
    assert world.states() == [f"held {Reason.NO_RECIPIENT}"]


async def test_the_mark_that_all_is_there_is_waited_for(world: World, tmp_path: Path) -> None:
    paired(world, tmp_path, Grouping.DONE)
    world.drop("a.pdf", PAGE)
    world.drop("a.hpr", HPRIM)
    await world.settle()
    await world.look(after=3600)
    assert (world.states(), world.rule().last_error) == ([], Reason.INCOMPLETE)
    world.drop("a.done", b"")
    await world.settle()
    [letter] = world.letters()
    assert names_in(letter) == ["a.pdf", "a.hpr"]
    assert not (world.folder / "a.done").exists()


async def test_a_subfolder_moved_in_whole_is_one_letter(world: World, tmp_path: Path) -> None:
    paired(world, tmp_path, Grouping.FOLDER)
    outside = tmp_path / "dossier 1"
    outside.mkdir()
    for name, content in (("un.pdf", PAGE), ("deux.pdf", page("LEFÈVRE, suite")), ("x.hpr", HPRIM)):
        (outside / name).write_bytes(content)
    outside.rename(world.folder / "dossier 1")
    world.drop("seul.pdf", pdf("seul"))
    await world.settle()
    [letter] = world.letters()
    assert sorted(map(str, names_in(letter))) == ["deux.pdf", "un.pdf", "x.hpr"]
    assert world.rule().last_error == Reason.LOOSE
    assert world.lies(pdf("seul")) == ["in"]
    world.letters_are("accepted")
    await world.look()
    assert world.lies(PAGE) == ["sent"]
    [day] = (world.folder / "sent").iterdir()
    assert [each.name.split("__")[1] for each in day.iterdir()] == ["dossier 1"]


async def test_a_subfolder_that_is_still_being_filled_is_waited_for(
    world: World, tmp_path: Path
) -> None:
    paired(world, tmp_path, Grouping.FOLDER)
    (world.folder / "d").mkdir()
    world.drop("d/x.hpr", HPRIM)
    await world.look()
    for n in range(3):
        world.drop(f"d/{n}.pdf", page(f"LEFÈVRE {n}"))
        await world.look(after=1.5)
    assert world.states() == []
    await world.settle()
    [letter] = world.letters()
    assert len(names_in(letter)) == 4


@pytest.mark.parametrize("odd", ["link", "directory", "fifo", "secondname"])
async def test_a_subfolder_with_a_trick_in_it_never_leaves(
    world: World, tmp_path: Path, odd: str
) -> None:
    paired(world, tmp_path, Grouping.FOLDER)
    d = world.folder / "d"
    d.mkdir()
    world.drop("d/a.pdf", PAGE)
    (tmp_path / "ailleurs").write_bytes(b"secret")
    make = {
        "link": lambda: (d / "b.pdf").symlink_to(tmp_path / "ailleurs"),
        "directory": lambda: (d / "b").mkdir(),
        "fifo": lambda: os.mkfifo(d / "b.pdf"),
        "secondname": lambda: os.link(tmp_path / "ailleurs", d / "b.pdf"),
    }
    make[odd]()
    await world.settle()
    assert [state.split()[0] for state in world.states()] == ["failed"]
    assert world.letters() == []


async def test_all_of_a_dispatch_together_is_not_too_large(world: World, tmp_path: Path) -> None:
    paired(world, tmp_path, limits=Limits(largest=len(PAGE) + 10))
    world.drop("a.pdf", PAGE)
    world.drop("a.hpr", HPRIM)
    await world.settle()
    assert world.states() == [f"failed {Reason.TOO_LARGE}"]


async def test_a_new_content_of_the_same_name_says_what_it_replaces(world: World) -> None:
    world.drop("a.pdf", PAGE)
    world.drop("a.hpr", HPRIM)
    await world.settle()
    world.drop("a.pdf", page("Mme LEFÈVRE, née le 03/02/1984, corrigé"))
    world.drop("a.hpr", HPRIM)
    await world.settle()
    first, second = world.items()
    assert second.corrects == first.id
    _, letter = world.letters()
    assert "corrig" in str(message_from_bytes(letter)["Subject"]).replace("=?utf-8?", "corrig")
    assert message_from_bytes(letter)["References"] is not None


@pytest.mark.parametrize(
    ("same_name", "corrects"),
    [(SameName.PATIENT, False), (SameName.NEW, False), (SameName.CORRECTION, True)],
)
async def test_a_scanner_that_always_writes_the_same_name_corrects_nothing(
    world: World, same_name: SameName, corrects: bool
) -> None:
    wishes(world, same_name=same_name)
    for words in ("Mme LEFÈVRE", "M. MARTIN"):
        world.drop("scan.pdf", page(words))
        await world.settle()
    first, second = world.items()
    assert second.corrects == (first.id if corrects else None)
    said = message_from_bytes(world.letters()[1], policy=policy.default)
    assert (said["References"] is not None) is corrects
    assert ("corrigé" in said["Subject"]) is corrects
    body = said.get_body(("plain",))
    assert body is not None
    assert ("corrige et remplace" in body.get_content()) is corrects
    assert ("comparez-les" in body.get_content()) is (same_name is SameName.PATIENT)


@pytest.mark.parametrize(
    ("line", "words", "same_name", "corrects"),
    [
        (7, "", SameName.PATIENT, False),  # a name alone: two patients may have it
        (9, "506233", SameName.PATIENT, False),  # another request about the same patient
        (10, "23/05/2013", SameName.PATIENT, True),
        (10, "23/05/2013", SameName.NEW, False),
        (9, "506233", SameName.CORRECTION, True),
    ],
)
async def test_what_corrects_is_known_of_both(
    world: World, tmp_path: Path, line: int, words: str, same_name: SameName, corrects: bool
) -> None:
    paired(world, tmp_path, same_name=same_name)
    lines = [medecin(), medecin(header=changed(line, words))]
    if line == 7:
        lines[0] = lines[1]
    for n, hprim in enumerate(lines):
        world.drop("resultat.pdf", page(f"LEFÈVRE {n}"))
        world.drop("resultat.hpr", hprim.encode("cp1252"))
        await world.settle()
    first, second = world.items()
    assert second.corrects == (first.id if corrects else None)


async def test_but_not_for_another_patient(world: World) -> None:
    for name, day in (("LEFÈVRE", "03/02/1984"), ("MARTIN", "01/01/1950")):
        header = changed(2, name)
        header = (*header[:6], day, *header[7:])
        world.drop("a.pdf", page(f"{name}, née le {day}"))
        world.drop("a.hpr", medecin(header=header).encode())
        await world.settle()
    assert [item.corrects for item in world.items()] == [None, None]
    assert world.states() == ["queued", "queued"]


@pytest.mark.parametrize("grouping", [Grouping.STEM, Grouping.DONE, Grouping.FOLDER])
async def test_killed_before_each_effect_a_dispatch_leaves_once_and_whole(
    db: Connection,
    tmp_path: Path,
    fuse: Fuse,
    grouping: Grouping,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_words(octets: bytes) -> str:
        return ""

    monkeypatch.setattr(
        "sync.documents.pdf_text.pdf_text", no_words
    )  # a process each: nothing dies of it here
    (tmp_path / "medecins.csv").write_text(LIST)
    for steps in itertools.count():
        world = new_world(Store(db, fuse), tmp_path / f"{steps}")  # type: ignore[arg-type]
        paired(world, tmp_path, grouping)
        within = "d/" if grouping is Grouping.FOLDER else ""
        (world.folder / "d").mkdir() if within else world.drop("a.done", b"")
        world.drop(f"{within}a.pdf", b"%PDF-1.4 \n%%EOF")
        world.drop(f"{within}a.hpr", HPRIM)
        fuse.left, died = steps, False
        for _ in range(4):
            try:
                await world.settle()
                outbox_runs(world)
            except Crash:
                died = True
                if world.db.in_transaction:
                    world.db.execute("ROLLBACK")
                assert world.lies(HPRIM)
                world.restart()
        fuse.left = None
        await world.settle()
        [letter] = world.letters()
        assert names_in(letter) == ["a.pdf", "a.hpr"]
        assert (world.states(), world.lies(HPRIM)) == (["sent"], ["sent"])
        assert list((world.folder / ".claimed").iterdir()) == []
        with write(db):
            db.execute("UPDATE account SET name = 'old-' || id")
            db.execute("UPDATE drop_rule SET name = 'old-' || id")
            db.execute("DELETE FROM drop_item")
            for table in ("submission_attempt", "submission_recipient", "email_submission"):
                db.execute(f"DELETE FROM {table}")
        if not died:
            break
    assert steps > 12, "the fuse misses effects"


async def test_half_a_dispatch_whose_other_half_is_gone_is_not_lost(world: World) -> None:
    await world.look()
    claim = world.folder / ".claimed" / f"{world.rule().mark}-1"
    claim.mkdir()
    (claim / "a.hpr").write_bytes(HPRIM)
    world.drop("a.hpr", OTHERS)
    await world.settle()
    assert world.states() == [f"failed {Reason.LEFT_BEHIND}"]
    assert (world.lies(HPRIM), world.lies(OTHERS)) == (["failed"], ["in"])


async def test_a_rule_that_changed_meanwhile_takes_up_what_was_claimed(world: World) -> None:
    await world.look()
    claim = world.folder / ".claimed" / f"{world.rule().mark}-1"
    claim.mkdir()
    (claim / "a.hpr").write_bytes(HPRIM)
    (claim / "a.pdf").write_bytes(PAGE)
    wishes(world, grouping=Grouping.ALONE)
    await world.settle()
    assert len(world.letters()) == 1
    assert replace(world.rule(), mark="").source == "store"


@pytest.mark.logs("drop.not_understood")
async def test_one_that_we_stumble_over_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbled(pieces: list[Piece], *rest: object) -> object:
        if pieces[0].name.startswith(b"b"):
            raise RecursionError
        return before(pieces, *rest)  # type: ignore[arg-type]

    before = understand.find
    monkeypatch.setattr(understand, "find", stumbled)
    for name in ("a", "b", "c"):
        world.drop(f"{name}.pdf", PAGE + name.encode() + b"\n%%EOF\n")
        world.drop(f"{name}.hpr", HPRIM)
    await world.settle()
    assert sorted(world.states()) == [f"held {Reason.COMPANION_BAD}", "queued", "queued"]
