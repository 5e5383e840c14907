"""What servers do, and what must not follow from it: each as the shortest story that tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.db.replica import has_pending
from store.errors import Transient
from sync.imap import recognise
from tests.sim.server import Kind
from tests.sim.world import FLAGGED, SEEN, World, letter_called

M = "m@t.test"
S, F = frozenset({SEEN}), frozenset({FLAGGED})
EVERY_KIND = pytest.mark.parametrize("kind", Kind)
WITH_MODSEQS = pytest.mark.parametrize("kind", [Kind.QRESYNC, Kind.CONDSTORE])


def agreed_letters(count: int, kind: Kind = Kind.QRESYNC) -> World:
    world = World(kind)
    for n in range(count):
        world.deliver(f"{n}@t.test")
    world.sync()
    return world


@WITH_MODSEQS
def test_a_quiet_pass_is_one_command_and_no_commit(kind: Kind) -> None:
    world = agreed_letters(3, kind)
    world.settle()
    world.sync()
    assert world.session.said == ["LIST"]
    assert not world.local.commits


def test_without_modseqs_a_pass_lists_and_commits_nothing() -> None:
    world = agreed_letters(3, Kind.PLAIN)
    world.settle()
    world.sync()
    assert set(world.session.said) == {"LIST", "SELECT", "LISTING"}
    assert not world.local.commits


@pytest.mark.parametrize("kind", [Kind.CONDSTORE, Kind.PLAIN])
def test_a_short_listing_is_never_read_as_an_expunge(kind: Kind) -> None:
    world = agreed_letters(3, kind)
    world.server_flags("0@t.test", S)
    with pytest.raises(Transient, match=r"imap\.short_listing"):
        world.sync(hides={2, 3})
    assert len(world.placements()) == 3


def test_a_delta_that_does_not_add_up_is_checked_against_every_uid() -> None:
    world = agreed_letters(3)
    box = world.box()
    box.letters.pop(2)  # without a word in VANISHED
    box.modseq += 1
    world.sync()
    assert "UIDS" in world.session.said
    assert len(world.placements()) == 2


def test_a_quiet_server_does_not_hide_that_a_letter_is_missing_here() -> None:
    world = agreed_letters(3)
    world.settle()
    world.db.execute("DELETE FROM placement WHERE uid = 2")
    world.sync()
    assert world.session.given == [2]
    assert world.shown() == world.on_server()


@EVERY_KIND
def test_a_first_sync_cut_short_fetches_only_what_is_missing(kind: Kind) -> None:
    world = World(kind)
    for n in range(450):
        world.deliver(f"{n}@t.test")
    world.sync(fuse=320)
    held = len(world.placements())
    assert 0 < held < 450
    assert world.session.given[0] == 450, "newest first"
    world.sync()
    assert len(world.session.given) == 450 - held
    assert len(world.placements()) == 450


@EVERY_KIND
def test_a_keyword_changed_while_a_first_sync_lay_dead_is_seen(kind: Kind) -> None:
    world = World(kind)
    for n in range(450):
        world.deliver(f"{n}@t.test")
    world.sync(fuse=320)
    world.server_flags("449@t.test", F)
    world.box().remove(448)
    world.settle()
    assert world.shown() == world.on_server()


def test_a_wish_made_during_a_long_first_sync_goes_first() -> None:
    world = World()
    for n in range(700):
        world.deliver(f"{n}@t.test")
    world.sync(meddle={300: [lambda: world.flag("699@t.test", add=F)]})
    fetched, told = world.session.said.index("FETCH"), world.session.said.index("STORE")
    assert fetched < told < max(n for n, c in enumerate(world.session.said) if c == "FETCH")
    assert len(world.placements()) == 700


def test_a_letter_the_server_lists_and_does_not_give_is_asked_for_again() -> None:
    world = World()
    world.deliver(M)
    world.sync(withholds={1})
    assert not world.placements()
    assert world.db.execute("SELECT uidnext FROM mailbox WHERE role = 'inbox'").fetchone() == (
        None,
    )
    world.sync()
    assert len(world.placements()) == 1


def test_letters_that_came_whole_before_the_line_broke_are_kept() -> None:
    world = World()
    for n in range(5):
        world.deliver(f"{n}@t.test")
    with pytest.raises(Transient):
        world.sync(gives=3)
    assert len(world.placements()) == 3
    world.sync()
    assert len(world.session.given) == 2, "only what is missing is fetched again"
    assert world.shown() == world.on_server()


def test_letters_of_a_server_that_talks_nonsense_are_not_kept() -> None:
    world = World()
    for n in range(5):
        world.deliver(f"{n}@t.test")
    with pytest.raises(Transient):
        world.sync(gives=3, breaks=Transient("imap.protocol"))
    assert not world.placements()


def test_a_letter_given_unasked_is_not_taken() -> None:
    world = agreed_letters(2)
    world.deliver(M)
    world.sync(volunteers=[1, 3, 2])
    assert world.shown() == world.on_server()


@EVERY_KIND
def test_the_same_letter_twice_in_a_mailbox_is_two_placements(kind: Kind) -> None:
    world = World(kind)
    world.deliver(M)
    world.deliver(M, S)
    world.settle()
    assert world.shown() == world.on_server()
    assert len(world.placements()) == 2
    world.box().renumber()
    world.settle()
    assert world.shown() == world.on_server()


@EVERY_KIND
def test_a_renumbered_mailbox_keeps_what_was_wished_of_its_letters(kind: Kind) -> None:
    world = agreed_letters(3, kind)
    kept = {world.placement("0@t.test"), world.placement("1@t.test")}
    world.flag("0@t.test", add=F)
    world.move("1@t.test", "Archive")
    world.delete("2@t.test")
    world.box().renumber()
    world.settle()
    assert world.server_keywords("0@t.test") == F
    assert world.server.where()["1@t.test"][0] == "Archive"
    assert "2@t.test" not in world.server.where()
    assert set(world.placements()) == kept, "the same placements, under new UIDs"


@EVERY_KIND
def test_a_renumbered_mailbox_costs_no_octets_of_a_body(kind: Kind) -> None:
    world = agreed_letters(3, kind)
    held = world.placements()
    world.deliver("nameless@t.test", F)
    world.box().letters[4] = replace(world.box().letters[4], octets=b"Subject: x\r\n\r\nx\r\n")
    world.sync()
    world.box().renumber()
    world.deliver("new@t.test")
    world.sync()
    assert world.session.given == [5], "only what is new"
    assert set(held) < set(world.placements())
    assert len(world.placements()) == 5
    assert world.shown()["INBOX"][0] == ("", F)
    world.settle()


def test_a_renumbering_cut_short_asks_only_about_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recognise, "WINDOW", 10)
    world = agreed_letters(50)
    world.box().renumber()
    world.sync(fuse=14)
    missing = world.db.execute("SELECT count(*) FROM placement WHERE unlinked = 1").fetchone()[0]
    assert 0 < missing < 50
    world.sync()
    assert world.session.said.count("IDENTITIES") == missing / 10
    assert world.session.given == []
    assert not world.db.execute("SELECT 1 FROM placement WHERE uid IS NULL").fetchall()


def test_an_upload_cut_before_a_renumbering_is_found_after_it() -> None:
    world = World()
    for n in range(3):
        world.deliver(f"{n}@t.test", to="Sent")
    world.sync()
    world.file(M)
    world.sync(dies_after="APPEND")
    for uid in (1, 2):
        world.box("Sent").remove(uid)
    world.box("Sent").renumber()
    world.settle()
    assert world.server.names().count(M) == 1
    assert world.shown() == world.on_server()


def test_a_letter_moved_beside_its_own_copy_is_told_from_it() -> None:
    world = World(Kind.BARE)
    world.deliver(M, F, to="Archive")
    world.sync()
    world.move(M, "INBOX")
    world.sync(during={"SELECT": lambda: world.deliver(M)})
    assert world.on_server()["INBOX"] == [(M, frozenset()), (M, F)]
    assert not has_pending(world.db, world.account_id)
    assert world.shown() == world.on_server()


def test_a_letter_lost_in_a_renumbering_is_forgotten_and_its_octets_stay() -> None:
    world = agreed_letters(2)
    world.box().remove(1)
    world.box().renumber()
    world.settle()
    assert world.shown() == world.on_server()
    assert world.db.execute("SELECT count(*) FROM blob").fetchone() == (2,)


def test_a_letter_whose_octets_changed_in_a_renumbering_keeps_its_wishes() -> None:
    world = agreed_letters(1)
    world.derive()
    world.flag("0@t.test", add=F)
    box = world.box()
    box.letters[1] = replace(box.letters[1], octets=b"X-New: 1\r\n" + letter_called("0@t.test"))
    box.renumber()
    world.settle()
    assert world.server_keywords("0@t.test") == F
    assert len(world.placements()) == 1


def test_a_restored_backup_that_reuses_uids_mixes_up_no_letters() -> None:
    world = agreed_letters(3)
    world.flag("2@t.test", add=F)
    box = world.box()
    for uid in (2, 3):
        box.remove(uid)
    box.uidnext = 2
    world.deliver("other@t.test")
    world.settle()
    assert world.shown() == world.on_server()
    assert world.server_keywords("other@t.test") == frozenset()


def test_modseqs_that_went_back_are_not_believed() -> None:
    world = agreed_letters(3)
    world.settle()
    box = world.box()
    box.modseq = 0
    box.flag(2, S)
    world.settle()
    assert world.shown() == world.on_server()


@pytest.mark.logs("mailbox.letters_lost")
def test_a_mailbox_no_longer_listed_keeps_its_letters_and_may_come_back() -> None:
    world = agreed_letters(2)
    inbox = world.server.boxes.pop("INBOX")
    world.sync()
    assert len(world.placements()) == 2
    assert world.db.execute("SELECT count(*) FROM mailbox WHERE missing_at IS NOT NULL").fetchone()
    world.server.boxes["INBOX"] = inbox
    world.sync()
    assert world.session.given == []
    assert world.shown() == world.on_server()


@pytest.mark.logs("mailbox.refused")
def test_a_mailbox_that_cannot_be_opened_does_not_hold_up_the_others() -> None:
    world = World()
    world.deliver(M, to="Archive")
    world.sync(refuses={"SELECT"})
    assert world.session.said.count("SELECT") == 3


def test_a_server_that_gives_one_uid_to_two_letters_makes_us_forget_neither() -> None:
    world = agreed_letters(2)
    world.deliver(M, to="Archive")
    world.sync()
    for name in ("0@t.test", "1@t.test"):
        world.move(name, "Archive")
    world.sync(copyuid={1: 1, 2: 1})
    world.settle()
    assert world.shown() == world.on_server()


def test_letters_a_lean_line_only_outlined_are_recognised_after_a_renumbering() -> None:
    world = World(lean=True)
    for n in range(3):
        world.deliver(f"{n}@t.test")
    world.sync(dies_before="RANGES")
    held = world.placements()
    assert len(held) == 3
    assert not any(world.whole_octets().values()), "only outlines"
    world.box().renumber()
    world.settle()
    assert world.placements() == held
    assert world.shown() == world.on_server()
    assert all(world.whole_octets().values())
