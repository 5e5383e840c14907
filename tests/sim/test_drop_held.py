"""What is held leaves once somebody said so, by the same doors; or never."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from store.db import drop_wishes as wishes
from store.db.drops import items
from store.db.open import Connection, write
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.errors import Permanent, Usage
from store.model.drop import ItemState
from store.model.drop_options import FoundIn, Grouping
from sync.drop.reasons import Reason
from tests.sim.drop_world import NOW, World, new_world, pdf
from tests.sim.test_drop_crashes import Crash, Fuse, Store, fuse, outbox_runs
from tests.sim.test_drop_groups import HPRIM, LIST, PAGE, names_in, page, paired
from tests.sim.test_drop_groups import wishes as options
from tests.unit.documents import cda_maker

__all__ = ["fuse"]
RESULT = pdf("sodium 140")
OUTSIDE, INSIDE = ["ailleurs.example"], ["medecins.example", "analyses.example"]


def space(db: Connection, domains: list[str]) -> None:
    """Who is in the trust space now."""
    digest = " ".join(domains).encode()
    replace_whitelist(db, domains, digest=digest, published_at=1, now=1, shrunk=True)


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    """A rule whose recipient nobody reaches safely yet."""
    world = new_world(db, tmp_path / "cobas")
    space(db, OUTSIDE)
    with write(db):
        db.execute("UPDATE account SET ca = '/etc/pli/operateur.pem'")
    return world


async def test_it_leaves_once_its_way_is_there(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    [held] = world.items()
    assert (world.states(), world.lies(RESULT)) == ([f"held {Reason.NO_WAY}"], ["failed"])
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.NO_WAY}"], [])
    space(world.db, INSIDE)
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), len(world.letters())) == (["queued"], 1)
    assert names_in(world.letters()[0]) == ["a.pdf"]
    world.letters_are("accepted")
    await world.settle()
    assert (world.states(), world.lies(RESULT)) == (["sent"], ["sent"])
    assert world.reasons() == []


async def test_to_somebody_else(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    space(world.db, INSIDE)
    wishes.release(world.db, world.items()[0].id, to=["bob@medecins.example"])
    await world.settle()
    [item] = world.items()
    assert (item.recipients, item.found_in) == (("bob@medecins.example",), FoundIn.PERSON)
    assert [r.email for r in outbox(world.db)[0].recipients] == ["bob@medecins.example"]


async def test_a_rejected_one_never_leaves_and_its_file_says_so(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    wishes.reject(world.db, world.items()[0].id, now=NOW)
    space(world.db, INSIDE)
    await world.settle()
    assert (world.states(), world.letters()) == (["failed drop.rejected"], [])
    assert "rejeté" in world.reasons()[0]
    with pytest.raises(Usage, match="not_held"):
        wishes.release(world.db, world.items()[0].id)


async def test_what_is_no_longer_what_was_held_stays(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    [held] = world.items()
    space(world.db, INSIDE)
    (world.folder / "failed" / held.claim / "a.pdf").write_bytes(pdf("autre"))
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.CHANGED_SINCE}"], [])


async def test_never_twice(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    [held] = world.items()
    space(world.db, INSIDE)
    world.drop("b.pdf", RESULT)
    await world.settle()
    assert world.states() == [f"held {Reason.NO_WAY}", "queued"]
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), len(world.letters())) == ([f"held {Reason.SAME_CONTENT}", "queued"], 1)
    with pytest.raises(Usage, match="sent_already"):
        wishes.release(world.db, held.id)


async def test_two_patients_are_only_let_go_by_who_has_looked(world: World, tmp_path: Path) -> None:
    space(world.db, INSIDE)
    (tmp_path / "medecins.csv").write_text(LIST)
    paired(world, tmp_path)
    world.drop("a.pdf", page("M. Jean MARTIN, né le 01/01/1950"))
    world.drop("a.hpr", HPRIM)
    await world.settle()
    [held] = world.items()
    assert held.reason == Reason.PATIENTS_DIFFER
    for to in ([], ["bob@medecins.example"]):
        with pytest.raises(Usage, match="look_first"):
            wishes.release(world.db, held.id, to=to)
    wishes.release(world.db, held.id, despite=True)
    await world.settle()
    assert (world.states(), len(world.letters())) == (["queued"], 1)


async def test_a_pdf_not_read_in_time_is_compared_by_a_person(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(octets: bytes) -> str:
        raise Permanent("pdf.too_slow")

    monkeypatch.setattr("sync.documents.pdf_text.pdf_text", slow)
    space(world.db, INSIDE)
    (tmp_path / "medecins.csv").write_text(LIST)
    paired(world, tmp_path)
    world.drop("a.pdf", page("Mme Zoé VALMIÈRE, née le 28/03/1979"))
    world.drop("a.hpr", HPRIM)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.PDF_TOO_SLOW}"], [])
    [held] = world.items()
    with pytest.raises(Usage, match="look_first"):
        wishes.release(world.db, held.id)
    wishes.release(world.db, held.id, despite=True)
    await world.settle()
    assert (world.states(), len(world.letters())) == (["queued"], 1)


async def test_a_wish_taken_while_it_is_read_is_not_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.drop import releasing

    world.drop("a.pdf", RESULT)
    await world.settle()
    [held] = world.items()
    space(world.db, INSIDE)
    wishes.release(world.db, held.id)
    real = releasing.understand_or_hold

    async def rejected_meanwhile(*args: object) -> object:
        wishes.reject(world.db, held.id, now=NOW)
        return await real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(releasing, "understand_or_hold", rejected_meanwhile)
    await world.settle()
    assert world.letters() == []
    assert world.items()[0].state == "failed"


async def test_killed_before_each_effect_a_released_one_leaves_once(
    db: Connection, tmp_path: Path, fuse: Fuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_words(octets: bytes) -> str:
        return ""

    monkeypatch.setattr("sync.documents.pdf_text.pdf_text", no_words)
    (tmp_path / "medecins.csv").write_text(LIST)
    for steps in itertools.count():
        world = new_world(Store(db, fuse), tmp_path / f"{steps}")  # type: ignore[arg-type]
        paired(world, tmp_path, Grouping.DONE, doctors="")
        for name, content in (("a.pdf", PAGE), ("a.hpr", HPRIM), ("a.done", b"")):
            world.drop(name, content)
        await world.settle()
        [held] = world.items()
        assert held.reason == Reason.UNKNOWN_DOCTOR
        wishes.release(db, held.id, to=["bob@medecins.example"])
        fuse.left, died = steps, False
        for _ in range(4):
            try:
                await world.settle()
                outbox_runs(world)
            except Crash:
                died = True
                if world.db.in_transaction:
                    world.db.execute("ROLLBACK")
                assert world.lies(PAGE)
                world.restart()
        fuse.left = None
        await world.settle()
        assert len(world.letters()) == 1
        assert (world.states(), world.lies(PAGE), world.lies(HPRIM)) == (
            *(["sent"], ["sent"], ["sent"]),
        )
        assert world.reasons() == []
        with write(db):
            db.execute("UPDATE account SET name = 'old-' || id")
            db.execute("UPDATE drop_rule SET name = 'old-' || id")
            db.execute("DELETE FROM drop_item")
            for table in ("submission_attempt", "submission_recipient", "email_submission"):
                db.execute(f"DELETE FROM {table}")
        if not died:
            break
    assert steps > 6, "the fuse misses effects"


def test_only_what_is_held_can_be_decided(world: World) -> None:
    with pytest.raises(Usage, match="unknown_document"):
        wishes.release(world.db, 77)  # type: ignore[arg-type]
    assert items(world.db, world.rule_id) == []


SIDECAR = '[[recipients]]\nemail = "{to}"\n'


@pytest.mark.parametrize("meddled", ["another", "taken away", "renamed", "put beside"])
async def test_a_companion_changed_in_failed_redirects_nothing(
    world: World, tmp_path: Path, meddled: str
) -> None:
    (tmp_path / "medecins.csv").write_text(LIST)
    paired(world, tmp_path)
    world.drop("a.pdf", RESULT)
    if meddled != "put beside":
        world.drop("a.toml", SIDECAR.format(to="alice@medecins.example").encode())
    await world.settle()
    await world.look(after=600)  # it waits for a companion so long
    await world.settle()
    [held] = world.items()
    assert held.state is ItemState.HELD
    sidecar = world.folder / "failed" / held.claim / "a.toml"
    if meddled == "taken away":
        sidecar.unlink()
    elif meddled == "renamed":
        (sidecar.parent / "a.pdf").rename(sidecar.parent / "b.pdf")
    else:
        sidecar.write_text(SIDECAR.format(to="eve@medecins.example"))
    space(world.db, INSIDE)
    for _ in range(2):
        wishes.release(world.db, held.id)
        await world.settle()
        assert (world.states(), world.letters()) == ([f"held {Reason.CHANGED_SINCE}"], [])
    assert "a été changé ou enlevé depuis" in "".join(world.reasons())


async def test_a_released_one_leaves_with_the_companion_that_it_was_held_with(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "medecins.csv").write_text(LIST)
    paired(world, tmp_path)
    world.drop("a.pdf", RESULT)
    world.drop("a.toml", SIDECAR.format(to="alice@medecins.example").encode())
    await world.settle()
    space(world.db, INSIDE)
    wishes.release(world.db, world.items()[0].id)
    await world.settle()
    assert [r.email for r in outbox(world.db)[0].recipients] == ["alice@medecins.example"]


BROKEN = {"a.xml": cda_maker.cda()[:-30], "a.toml": b"recipients = 3"}


@pytest.mark.parametrize(
    ("name", "reason"), [("a.xml", Reason.COMPANION_BAD), ("a.toml", Reason.SIDECAR_BAD)]
)
async def test_whose_it_is_could_not_be_read_so_somebody_must_have_looked(
    world: World, tmp_path: Path, name: str, reason: Reason
) -> None:
    (tmp_path / "medecins.csv").write_text(LIST)
    paired(world, tmp_path)
    space(world.db, INSIDE)
    world.drop("a.pdf", page("M. Jean MARTIN"))
    world.drop(name, BROKEN[name])
    await world.settle()
    [held] = world.items()
    assert held.reason == reason
    bob = ["bob@medecins.example"]
    with pytest.raises(Usage, match="look_first"):
        wishes.release(world.db, held.id, to=bob)
    with write(world.db):  # by whatever way such a wish came here
        told = ('["bob@medecins.example"]',)
        world.db.execute("UPDATE drop_item SET wish = 'release', wish_to = ?", told)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {reason}"], [])
    wishes.release(world.db, held.id, to=bob, despite=True)
    await world.settle()
    assert (world.states(), len(world.letters())) == (["queued"], 1)


@pytest.mark.logs("drop.not_understood")
async def test_one_released_that_we_stumble_over_is_held_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    space(world.db, INSIDE)
    wishes.release(world.db, world.items()[0].id, to=["bob@medecins.example"])

    def stumbles(*_: object) -> object:
        raise ValueError

    with monkeypatch.context() as broken:
        broken.setattr("sync.drop.understand.find", stumbles)
        await world.settle()
    world.drop("b.pdf", pdf("autre"))
    await world.settle()
    assert world.states() == [f"held {Reason.COMPANION_BAD}", "queued"]


async def test_a_name_that_does_not_fit_is_held_until_somebody_says_that_it_may_leave(
    world: World,
) -> None:
    space(world.db, INSIDE)
    options(world, pattern="{name}_{given}_{birth}.pdf", search=(FoundIn.FIXED,))
    world.drop("scan.pdf", RESULT)
    await world.settle()
    [held] = world.items()
    assert (held.reason, world.letters()) == (Reason.NAME_MISSED, [])
    assert "ne suit pas le motif" in world.reasons()[0]
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), len(world.letters())) == (["queued"], 1)


async def test_without_anybody_else_it_is_still_for_nobody(world: World) -> None:
    space(world.db, INSIDE)
    options(world, pattern="{recipient}-{any}.pdf", search=(FoundIn.NAME,))
    world.drop("scan.pdf", RESULT)
    await world.settle()
    [held] = world.items()
    assert held.reason == Reason.NAME_MISSED
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.NO_RECIPIENT}"], [])


async def test_a_decision_can_be_taken_back_until_it_is_done(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    [held] = world.items()
    space(world.db, INSIDE)
    wishes.release(world.db, held.id, to=["bob@medecins.example"])
    assert wishes.undecide(world.db, held.id, now=NOW)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.NO_WAY}"], [])
    assert world.items()[0].wish_to == ()
    wishes.reject(world.db, held.id, now=NOW)
    await world.settle()
    assert world.states() == ["failed drop.rejected"]
    assert wishes.undecide(world.db, held.id, now=NOW)
    await world.settle()
    assert (world.states(), world.letters()) == (["held drop.undecided"], [])
    assert "revenu sur sa décision" in world.reasons()[0]
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), len(world.letters())) == (["queued"], 1)
    assert not wishes.undecide(world.db, held.id, now=NOW)


async def test_after_a_rejection_taken_back_its_patients_are_compared_as_before(
    world: World, tmp_path: Path
) -> None:
    space(world.db, INSIDE)
    (tmp_path / "medecins.csv").write_text(LIST)
    paired(world, tmp_path)
    world.drop("a.pdf", page("M. Jean MARTIN, né le 01/01/1950"))
    world.drop("a.hpr", HPRIM)
    await world.settle()
    [held] = world.items()
    wishes.reject(world.db, held.id, now=NOW)
    assert wishes.undecide(world.db, held.id, now=NOW)
    wishes.release(world.db, held.id)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.PATIENTS_DIFFER}"], [])
