"""Drafts kept on the server: written here, changed here and there, killed at every step."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from store.db import drafts as written
from store.db import placements
from store.db.accounts import account, change_account
from store.db.draft_copies import (
    TWICE,
    Kept,
    draft_at,
    where_kept,
)
from store.db.draft_settling import note_twice, versions
from store.db.notes import notes_of
from store.errors import Permanent
from store.model.account import DraftsKept
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import DraftId, EmailId, PlacementId
from sync.derive import derive_emails
from sync.replica.drafts import forked
from tests.sim.server import Box, Kind, Server
from tests.sim.world import World

SENDER = EmailAddress(email="alice@clinic.example")
BODY = re.compile(rb"version-\w+")


class Node(World):
    """A world with a mailbox for drafts, and somebody who writes."""

    def __init__(self, kind: Kind = Kind.QRESYNC, server: Server | None = None) -> None:
        super().__init__(kind, server)
        self.server.boxes.setdefault("Drafts", Box())
        self.sync()

    def write(self, version: str, draft_id: DraftId | None = None, **more: object) -> DraftId:
        """Write a draft and leave it."""
        draft = replace(Draft(sender=SENDER, body=f"version-{version}"), **more)
        draft_id = written.save_draft(self.db, self.account_id, draft, now=0, draft_id=draft_id)
        written.leave_draft(self.db, draft_id, 0)
        return draft_id

    def change_theirs(self, version: str) -> DraftId:
        """Take up the one draft that the server has, change it, leave it."""
        draft = Draft(sender=SENDER, body=f"version-{version}")
        draft_id = written.save_draft(
            self.db, self.account_id, draft, now=0, instead_of=self.here()[0]
        )
        written.leave_draft(self.db, draft_id, 0)
        return draft_id

    def here(self) -> list[PlacementId]:
        return placements.newest(self.db, self.mailbox_id("Drafts"))

    def there(self) -> list[str]:
        """The versions the server has."""
        letters = self.box("Drafts").letters.values()
        return sorted(BODY.findall(letter.octets)[0].decode()[8:] for letter in letters)

    def read(self) -> None:
        """As a node does at the end of a pass (sync/passes.py)."""
        derive_emails(self.db)
        note_twice(self.db, forked(versions(self.db, self.account_id)), now=0)

    def settle(self) -> None:
        super().settle()
        self.read()

    def told(self) -> list[tuple[str, ...]]:
        """What is said above the drafts."""
        rows = [
            self.db.execute("SELECT email_id FROM placement WHERE id = ?", (each,)).fetchone()
            for each in self.here()
        ]
        return [notes_of(self.db, EmailId(row[0])) for row in rows]


def test_a_draft_that_was_left_lies_on_the_server_once() -> None:
    node = Node()
    draft_id = node.write("1")
    node.sync()
    assert node.there() == ["1"]
    (letter,) = node.box("Drafts").letters.values()
    assert letter.keywords == {"$draft", "$seen"}
    assert where_kept(node.db, draft_id) is Kept.THERE
    node.settle()
    assert node.there() == ["1"]


def test_a_draft_being_written_goes_to_the_server_only_when_it_rests() -> None:
    node = Node()
    draft = Draft(sender=SENDER, body="version-1")
    written.save_draft(node.db, node.account_id, draft, now=1 - written.IDLE_SECONDS)
    node.sync()
    assert node.there() == [], "the world's clock says 0"
    written.save_draft(node.db, node.account_id, draft, now=0 - written.IDLE_SECONDS)
    node.sync()
    assert node.there() == ["1"]


def test_many_changes_made_without_a_line_are_one_upload() -> None:
    node = Node()
    draft_id = node.write("1")
    for n in range(2, 9):
        node.write(str(n), draft_id)
    node.sync()
    assert node.there() == ["8"]
    assert node.session.said.count("APPEND") == 1


def test_a_changed_draft_is_there_before_the_version_it_replaces_goes() -> None:
    node = Node()
    draft_id = node.write("1")
    node.sync()
    node.write("2", draft_id)
    node.sync()
    said = node.session.said
    assert node.there() == ["2"]
    assert said.index("APPEND") < said.index("EXPUNGE")
    assert len(node.here()) == 1


@pytest.mark.logs("replica.refused")
def test_a_version_the_server_refuses_leaves_the_one_before_it() -> None:
    node = Node()
    draft_id = node.write("1")
    node.sync()
    node.write("2", draft_id)
    node.sync(refuses={"APPEND"})
    assert node.there() == ["1"]
    node.write("3", draft_id)
    node.settle()
    assert node.there() == ["3"]
    assert node.box("Drafts").uidnext == 3, "the version that was refused gave way to it"


def test_a_draft_sent_or_thrown_away_is_no_longer_there() -> None:
    node = Node()
    gone, never = node.write("1"), node.write("2")
    kept = node.write("3")
    node.sync()
    written.discard_draft(node.db, gone)
    written.discard_draft(node.db, never)
    node.write("4")
    node.settle()
    assert node.there() == ["3", "4"]
    assert where_kept(node.db, kept) is Kept.THERE


def test_a_draft_told_to_leave_is_not_uploaded() -> None:
    node = Node()
    draft_id = node.write("1")
    written.send_draft(node.db, draft_id, 0)
    node.sync()
    assert node.there() == []


def scenario(kind: Kind) -> tuple[Node, list[DraftId]]:
    """One draft to upload, one to replace, one to remove, one whose upload nobody heard of."""
    node = Node(kind)
    doubtful = node.write("d1")
    node.sync(dies_after="APPEND")
    changed, discarded = node.write("c1"), node.write("x1")
    node.settle()
    node.write("c2", changed)
    node.write("d2", doubtful)
    new = node.write("n1")
    written.discard_draft(node.db, discarded)
    return node, [doubtful, changed, new]


def steps(kind: Kind) -> int:
    node, _ = scenario(kind)
    node.sync()
    return node.steps


KINDS = (Kind.QRESYNC, Kind.BARE)
EVERY_STEP = [(kind, step) for kind in KINDS for step in range(steps(kind))]


@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_killed_at_any_step_each_draft_is_there_once_and_never_missed(
    kind: Kind, step: int
) -> None:
    node, drafts = scenario(kind)
    assert node.sync(fuse=step) is None, "it must have died"
    families = {version[0] for version in node.there()}
    assert {"c", "d"} <= families, "a version of what was there is there, whatever died"
    node.settle()
    assert node.there() == ["c2", "d2", "n1"]
    assert {where_kept(node.db, each) for each in drafts} == {Kept.THERE}
    assert node.told() == [(), (), ()]


@pytest.mark.parametrize("kind", Kind)
def test_a_draft_changed_while_its_upload_is_in_doubt_is_there_once(kind: Kind) -> None:
    node = Node(kind)
    draft_id = node.write("1")
    node.sync(dies_after="APPEND")
    node.write("2", draft_id)
    node.settle()
    assert node.there() == ["2"]


def two() -> tuple[Node, Node, DraftId]:
    """A draft of the first node's that both have."""
    one = Node()
    other = Node(server=one.server)
    draft_id = one.write("1")
    one.settle()
    other.settle()
    return one, other, draft_id


def agree(*nodes: Node) -> None:
    for _ in range(3):
        for node in nodes:
            node.settle()


def test_a_draft_taken_up_elsewhere_replaces_ours_and_we_follow() -> None:
    one, other, draft_id = two()
    assert draft_at(other.db, other.here()[0]) is None, "written elsewhere"
    taken = other.change_theirs("2")
    agree(other, one)
    assert one.there() == ["2"]
    assert draft_id not in written.drafts(one.db), "what it said lives on in the other's letter"
    assert where_kept(other.db, taken) is Kept.THERE
    assert one.told() == other.told() == [()]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("both_uploaded", [False, True])
def test_two_nodes_change_one_draft_and_both_versions_stay_and_both_are_told(
    first: int, both_uploaded: bool
) -> None:
    one, other, draft_id = two()
    one.write("one", draft_id)
    other.change_theirs("other")
    nodes = [one, other] if first == 0 else [other, one]
    if both_uploaded:
        nodes[0].sync(dies_before="EXPUNGE")
        nodes[1].sync(dies_before="EXPUNGE")
    agree(*nodes)
    assert one.there() == ["one", "other"]
    assert one.told() == other.told() == [(TWICE,), (TWICE,)]
    assert len(written.drafts(one.db)) == len(written.drafts(other.db)) == 1


def test_a_draft_removed_elsewhere_while_it_was_changed_here_stays_and_says_so() -> None:
    node = Node()
    draft_id = node.write("1")
    node.settle()
    node.box("Drafts").remove(1)
    node.write("2", draft_id)
    node.settle()
    assert node.there() == ["2"]
    assert node.told() == [(TWICE,)]


def test_a_draft_changed_here_after_its_removal_was_seen_stays_and_says_so() -> None:
    node = Node()
    draft_id = node.write("1")
    node.settle()
    node.box("Drafts").remove(1)
    node.settle()
    assert where_kept(node.db, draft_id) is Kept.GONE
    assert written.drafts(node.db) == [draft_id], "nobody but the person throws away what is here"
    node.write("2", draft_id)
    node.settle()
    assert node.there() == ["2"]
    assert node.told() == [(TWICE,)]
    assert where_kept(node.db, draft_id) is Kept.THERE


def test_a_draft_moved_to_another_mailbox_here_is_what_was_made_of_it() -> None:
    node = Node()
    draft_id = node.write("1")
    node.settle()
    placements.move(node.db, node.here(), node.mailbox_id("Archive"))
    node.settle()
    assert written.drafts(node.db) == []
    assert node.there() == []
    assert len(node.box("Archive").letters) == 1
    assert draft_id not in written.drafts(node.db)


def test_a_draft_changed_after_its_letter_was_deleted_here_stays() -> None:
    node = Node()
    draft_id = node.write("1")
    node.settle()
    node.write("2", draft_id)
    placements.delete(node.db, node.here())
    node.settle()
    assert node.there() == ["2"]
    assert written.drafts(node.db) == [draft_id]
    assert node.told() == [()], "nobody else did anything"


@pytest.mark.parametrize("sealed", [False, True])
def test_what_must_not_lie_there_never_does(sealed: bool) -> None:
    node = Node()
    if not sealed:
        mine = account(node.db, node.account_id)
        change_account(node.db, replace(mine, drafts=DraftsKept.LOCAL))
    draft_id = node.write("1", sealed=sealed)
    node.settle()
    assert node.there() == []
    assert written.draft(node.db, draft_id)[1].sealed is sealed


@pytest.mark.logs("draft.not_kept_there")
def test_a_draft_that_cannot_be_a_letter_stays_here_and_says_why() -> None:
    node = Node()
    draft_id = node.write("1", sender=EmailAddress(email="nobody"))
    node.settle()
    assert node.there() == []
    assert where_kept(node.db, draft_id) is Kept.REFUSED
    node.write("2", draft_id)
    node.settle()
    assert node.there() == ["2"]


def test_an_account_without_a_mailbox_for_drafts_keeps_them_here() -> None:
    world = World()
    world.sync()
    draft = Draft(sender=SENDER, body="version-1")
    draft_id = written.save_draft(world.db, world.account_id, draft, now=0)
    written.leave_draft(world.db, draft_id, 0)
    world.settle()
    assert world.server.names() == []
    assert written.drafts(world.db) == [draft_id]


@pytest.mark.logs("replica.refused")
def test_a_refusal_of_the_mailbox_holds_up_nothing_else() -> None:
    node = Node()
    node.write("1")
    node.deliver("new@t.test")
    node.sync(refuses={"APPEND"}, refusal=Permanent("imap.refused"))
    assert "new@t.test" in {name for name, _ in node.shown()["INBOX"]}
