"""What a person does while lines break: each defect once found, as the shortest story of it."""

from __future__ import annotations

import pytest

from store.db.replica import has_pending
from store.errors import MailError, NeedsUser, Permanent
from tests.sim.server import Kind
from tests.sim.world import ANSWERED, FLAGGED, SEEN, World

M = "m@t.test"
S, F, A = frozenset({SEEN}), frozenset({FLAGGED}), frozenset({ANSWERED})
EVERY_KIND = pytest.mark.parametrize("kind", Kind)


def one_agreed_letter(kind: Kind = Kind.QRESYNC) -> World:
    world = World(kind)
    world.deliver(M)
    world.sync()
    return world


def an_empty_account(kind: Kind = Kind.QRESYNC) -> World:
    world = World(kind)
    world.sync()
    return world


@EVERY_KIND
def test_our_own_upload_does_not_come_back_as_new_mail(kind: Kind) -> None:
    world = an_empty_account(kind)
    world.file(M)
    world.sync(dies_after="APPEND")
    world.settle()
    assert world.server.names() == [M]
    assert len(world.placements()) == 1
    assert world.session.given == []


def test_a_letter_deleted_before_it_left_never_leaves() -> None:
    world = an_empty_account()
    world.file(M)
    world.delete(M)
    world.settle()
    assert not world.placements()
    assert world.box("Sent").uidnext == 1


def test_a_letter_deleted_between_the_plan_and_its_upload_never_leaves() -> None:
    world = an_empty_account()
    world.file(M)
    world.sync(before_change=lambda: world.delete(M))
    world.settle()
    assert not world.placements()
    assert world.box("Sent").uidnext == 1


@EVERY_KIND
def test_a_letter_deleted_after_its_upload_was_cut_is_removed_there(kind: Kind) -> None:
    world = an_empty_account(kind)
    world.file(M)
    world.sync(dies_after="APPEND")
    world.delete(M)
    world.settle()
    assert not world.placements()
    assert not world.server.names()


def test_a_letter_without_a_message_id_is_found_again_by_its_octets() -> None:
    world = an_empty_account()
    placement = world.file_octets(b"Subject: <no name>\r\n\r\nBonjour.\r\n")
    world.sync(dies_after="APPEND")
    world.settle()
    assert world.placements() == [placement]
    assert len(world.box("Sent").letters) == 1


def test_a_server_that_files_sent_letters_itself_is_not_given_a_second_copy() -> None:
    world = an_empty_account()
    world.deliver(M, S, to="Sent")
    world.sync()
    assert world.file(M) == world.placement(M)
    world.settle()
    assert world.server.names() == [M]


@EVERY_KIND
def test_a_key_pressed_between_the_plan_and_its_commit_is_kept(kind: Kind) -> None:
    world = one_agreed_letter(kind)
    world.flag(M, add=S)
    world.sync(before_change=lambda: world.flag(M, add=F))
    world.settle()
    assert world.server_keywords(M) == S | F


def test_a_key_pressed_while_the_server_is_told_is_kept() -> None:
    world = one_agreed_letter()
    world.flag(M, add=S)
    world.sync(during={"STORE": lambda: world.flag(M, add=F, remove=S)})
    world.settle()
    assert world.server_keywords(M) == F


def test_a_key_pressed_while_its_letter_is_uploaded_is_kept() -> None:
    world = an_empty_account()
    world.file(M, S)
    world.sync(during={"APPEND": lambda: world.flag(M, add=F, remove=S)})
    world.settle()
    assert world.server_keywords(M) == F


def test_their_change_is_adopted_though_the_person_overtook_the_plan() -> None:
    world = one_agreed_letter()
    world.flag(M, add=S)
    world.server_flags(M, A)
    world.sync(before_change=lambda: world.flag(M, remove=S))
    world.settle()
    assert world.shown()["INBOX"] == [(M, A)]


@pytest.mark.logs("replica.refused")
def test_their_change_is_adopted_under_a_deletion_refused_and_taken_back() -> None:
    world = one_agreed_letter()
    world.delete(M)
    world.server_flags(M, A)
    world.sync(refuses={"EXPUNGE"})
    world.undelete(M)
    world.settle()
    assert world.shown() == world.on_server()
    assert world.server_keywords(M) == A


@EVERY_KIND
def test_our_own_echo_is_not_their_edit(kind: Kind) -> None:
    world = one_agreed_letter(kind)
    world.flag(M, add=S)
    world.sync(dies_after="STORE")
    world.flag(M, remove=S)
    world.settle()
    assert world.server_keywords(M) == frozenset()


def test_dying_twice_in_a_row_forgets_nothing() -> None:
    world = one_agreed_letter()
    world.flag(M, add=S)
    world.sync(dies_after="STORE")
    world.flag(M, remove=S)
    world.sync(dies_before="STORE")
    world.settle()
    assert world.server_keywords(M) == frozenset()


def test_dying_between_saying_and_doing_does_it_the_next_time() -> None:
    world = one_agreed_letter()
    world.flag(M, add=S)
    world.sync(dies_before="STORE")
    world.settle()
    assert world.server_keywords(M) == S


@EVERY_KIND
def test_a_deleted_letter_leaves_both_sides(kind: Kind) -> None:
    world = one_agreed_letter(kind)
    world.delete(M)
    world.settle()
    assert not world.server.names()
    assert not world.placements()


def test_a_letter_flagged_elsewhere_while_deleted_here_is_kept() -> None:
    world = one_agreed_letter()
    world.delete(M)
    world.server_flags(M, F)
    world.settle()
    assert world.server_keywords(M) == F
    assert world.shown() == world.on_server()
    assert world.notes(M) == ("merge.kept_flagged",), "the person is told"


def test_a_letter_moved_there_before_it_was_moved_from_here_stays_there_and_says_so() -> None:
    world = one_agreed_letter()
    world.move(M, "Archive")
    world.server.move("INBOX", 1, "Sent")
    world.settle()
    assert world.server.where()[M][0] == "Sent"
    assert world.shown() == world.on_server()
    assert world.notes(M) == ("merge.moved_there",)


def test_what_we_do_ourselves_is_no_choice_between_two_people() -> None:
    world = one_agreed_letter()
    world.move(M, "Archive")
    world.sync(dies_after="MOVE")
    world.settle()
    world.move(M, "Sent")
    world.delete(M)
    world.sync(dies_after="EXPUNGE")
    world.settle()
    assert not world.placements()
    assert world.notes(M) == ()


def test_a_letter_read_elsewhere_while_deleted_here_is_deleted() -> None:
    world = one_agreed_letter()
    world.delete(M)
    world.server_flags(M, S)
    world.settle()
    assert not world.server.names()


def test_our_own_flag_does_not_keep_a_letter_we_delete() -> None:
    world = one_agreed_letter()
    world.flag(M, add=F)
    world.sync(dies_after="STORE")
    world.delete(M)
    world.settle()
    assert not world.server.names()


def test_a_deletion_taken_back_just_before_it_is_carried_out_is_not_asked_for() -> None:
    world = one_agreed_letter()
    world.deliver("other@t.test")
    world.sync()
    world.delete(M)
    world.flag("other@t.test", add=S)
    world.sync(before_change=lambda: world.undelete(M))
    assert "EXPUNGE" not in world.session.said
    assert M in world.server.names()


def test_a_deletion_taken_back_while_it_is_carried_out_brings_the_letter_back() -> None:
    world = one_agreed_letter()
    world.flag(M, add=F)
    world.delete(M)
    world.sync(during={"EXPUNGE": lambda: world.undelete(M)})
    world.settle()
    assert world.server.names() == [M]
    assert world.server_keywords(M) == F
    assert world.shown() == world.on_server()


@EVERY_KIND
def test_a_move_whose_answer_was_lost_is_neither_repeated_nor_downloaded(kind: Kind) -> None:
    world = one_agreed_letter(kind)
    world.flag(M, add=F)
    world.move(M, "Archive")
    placement = world.placement(M)
    world.sync(dies_after="MOVE")
    world.settle()
    assert world.on_server()["Archive"] == [(M, F)]
    assert world.placements() == [placement]
    assert "FETCH" not in world.session.said


def test_a_copy_cut_from_its_expunge_is_finished_not_repeated() -> None:
    world = one_agreed_letter(Kind.COPYING)
    world.move(M, "Archive")
    world.sync(dies_before="EXPUNGE")
    assert world.server.names() == [M, M], "the copy was made, the original not removed"
    world.settle()
    assert world.server.names() == [M]
    assert world.shown() == world.on_server()


def test_another_destination_chosen_during_a_move_is_where_the_letter_ends() -> None:
    world = one_agreed_letter()
    world.move(M, "Archive")
    world.sync(during={"MOVE": lambda: world.move(M, "Sent")})
    world.settle()
    assert world.server.where()[M][0] == "Sent"


def test_a_move_taken_back_while_under_way_ends_where_it_began() -> None:
    world = one_agreed_letter()
    world.move(M, "Archive")
    world.sync(during={"MOVE": lambda: world.move(M, "INBOX")})
    world.settle()
    assert world.server.where()[M][0] == "INBOX"


def test_a_wish_of_another_place_made_after_a_lost_move_starts_from_there() -> None:
    world = one_agreed_letter()
    world.move(M, "Archive")
    world.sync(dies_after="MOVE")
    world.move(M, "Sent")
    world.settle()
    assert world.server.where()[M][0] == "Sent"
    assert len(world.placements()) == 1


@pytest.mark.logs("replica.refused")
@pytest.mark.parametrize("command", ["STORE", "MOVE", "EXPUNGE", "APPEND"])
def test_a_wish_the_server_refuses_stays_and_is_not_asked_for_ever(command: str) -> None:
    world = one_agreed_letter()
    wish = {
        "STORE": lambda: world.flag(M, add=F),
        "MOVE": lambda: world.move(M, "Archive"),
        "EXPUNGE": lambda: world.delete(M),
        "APPEND": lambda: world.file("sent@t.test"),
    }[command]
    wish()
    world.sync(refuses={command})
    assert world.session.said.count(command) == 1
    assert not has_pending(world.db, world.account_id), "a node asking again would never end"
    world.settle()
    assert world.shown() == world.on_server(), "the next pass, refused nothing, does it"


@pytest.mark.logs("replica.refused")
def test_a_new_wish_after_a_refusal_is_tried_at_once() -> None:
    world = one_agreed_letter()
    world.flag(M, add=F)
    world.sync(refuses={"STORE"})
    world.flag(M, add=S)
    assert has_pending(world.db, world.account_id)


@pytest.mark.logs("replica.refused")
@pytest.mark.parametrize("no", [Permanent("imap.no_mailbox"), NeedsUser("imap.over_quota")])
def test_one_refused_wish_does_not_hold_up_the_others(no: MailError) -> None:
    world = one_agreed_letter()
    world.deliver("other@t.test")
    world.sync()
    world.move(M, "Archive")
    world.delete("other@t.test")
    world.sync(refuses={"MOVE"}, refusal=no)
    assert world.server.names() == [M]


@pytest.mark.logs("replica.refused")
def test_a_server_that_can_neither_move_nor_expunge_one_letter_is_not_asked_to_move() -> None:
    world = one_agreed_letter()
    world.move(M, "Archive")
    world.sync(refuses={"MOVE", "UIDPLUS"})
    assert "MOVE" not in world.session.said
    assert world.server.names() == [M]


@pytest.mark.logs("replica.refused")
def test_a_deletion_a_server_cannot_do_alone_stays_wished() -> None:
    world = one_agreed_letter()
    world.delete(M)
    world.sync(refuses={"UIDPLUS"})
    assert world.server.names() == [M]
    assert len(world.placements()) == 1


@EVERY_KIND
def test_a_spent_budget_keeps_letters_back_and_loses_none(kind: Kind) -> None:
    world = one_agreed_letter(kind)
    world.flag(M, add=S)
    for n in range(7):
        world.deliver(f"{n}@t.test")
    report = world.sync(windows=2)
    assert report is not None
    assert (report.fetched, report.waiting_emails, report.keywords_pushed) == (4, 3, 1)
    report = world.sync(windows=0)
    assert report is not None
    assert (report.fetched, report.waiting_emails) == (0, 3)
    world.settle()
    assert len(world.placements()) == 8
    assert len(world.server.names()) == 8


@EVERY_KIND
def test_a_change_made_there_while_a_budget_keeps_letters_back_is_not_lost(kind: Kind) -> None:
    world = one_agreed_letter(kind)
    world.deliver("new@t.test")
    world.sync(windows=0)
    world.server_flags(M, F)
    world.sync(windows=0)
    world.settle()
    assert (M, F) in world.shown()["INBOX"]
    assert len(world.placements()) == 2


@EVERY_KIND
def test_a_renumbered_mailbox_a_budget_keeps_from_being_read_loses_no_wish(kind: Kind) -> None:
    world = one_agreed_letter(kind)
    world.box("INBOX").renumber()
    world.flag(M, add=F)
    report = world.sync(windows=0)
    assert report is not None
    assert report.vanished == 0
    world.settle()
    assert world.shown()["INBOX"] == [(M, F)]
    assert world.server_keywords(M) == F
