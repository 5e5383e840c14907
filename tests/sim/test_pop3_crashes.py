"""Killed before every step, a maildrop is held whole, once, and nothing leaves it too early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import pytest

from store.db import pop3
from store.db.accounts import account as account_now
from store.db.accounts import add_account
from store.db.arriving import file_copy
from store.db.emails import octets_of
from store.db.mailboxes import mailbox_by_role, mailboxes
from store.db.naming import create_mailbox, rename_mailbox
from store.db.open import Connection, write
from store.db.outlines import want
from store.db.removal import remove_account
from store.db.replica import has_pending
from store.model.account import Account, Endpoint, Incoming
from store.model.email import SEEN, Outline
from store.model.ids import EmailId, MailboxId
from store.model.mailbox import Role
from sync.imap.perform import PassReport
from sync.pop3.account import StoreShelf, sync_maildrop
from sync.pop3.plan import DAY_SECONDS, Known, Offered

NOW = 1_700_000_000
LETTER = b"Received: by x; Mon, 2 Jan 2023 10:00:00 +0100\r\nSubject: avis %d\r\n\r\nAvis %d.\r\n"


class Crash(BaseException):
    """The process died here."""


class Fuse:
    """Lets so many steps happen."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.left is not None:
            if self.left == 0:
                raise Crash
            self.left -= 1


class Maildrop:
    """A POP3 server: one connection sees what was there when it began."""

    def __init__(self, fuse: Fuse) -> None:
        self.letters: dict[bytes, bytes] = {}
        self.fetched: Counter[bytes] = Counter()
        self.lists_headers = True
        self._fuse = fuse
        self._marked: set[bytes] = set()

    async def listing(self) -> list[Offered]:
        self._fuse.step()
        self._marked.clear()
        return [
            Offered(number=n, uidl=uidl, size=len(octets))
            for n, (uidl, octets) in enumerate(self.letters.items(), 1)
        ]

    async def headers(self, letters: Sequence[Offered]) -> list[bytes | None]:
        self._fuse.step()
        return [self.letters[each.uidl].partition(b"\r\n\r\n")[0] + b"\r\n" for each in letters]

    async def bring(
        self, letters: Sequence[Offered], on_letter: Callable[[Offered, bytes], None]
    ) -> None:
        for each in letters:
            self._fuse.step()
            self.fetched[each.uidl] += 1
            on_letter(each, self.letters[each.uidl])

    async def delete(self, letters: Sequence[Offered]) -> None:
        for each in letters:
            self._fuse.step()
            self._marked.add(each.uidl)

    def quit(self) -> None:
        self._fuse.step()
        for uidl in self._marked:
            del self.letters[uidl]


class Shelf:
    """The real one; each of its commits is a step."""

    def __init__(self, db: Connection, account: Account, now: int, fuse: Fuse) -> None:
        self._real, self._fuse = StoreShelf(db, account, lambda: now), fuse

    def begin(self) -> None:
        self._fuse.step()
        self._real.begin()

    def settle_wishes(self) -> int:
        self._fuse.step()
        return self._real.settle_wishes()

    def known(self) -> list[Known]:
        return self._real.known()

    def number(self, uidls: Sequence[bytes]) -> None:
        self._fuse.step()
        self._real.number(uidls)

    def announce(self, announced: Iterable[tuple[bytes, Outline]]) -> None:
        self._fuse.step()
        self._real.announce(announced)

    def keep(self, letter: Offered, octets: bytes, received: int) -> None:
        self._fuse.step()
        self._real.keep(letter, octets, received)

    def forget(self, uidls: Sequence[bytes]) -> None:
        self._fuse.step()
        self._real.forget(uidls)


class World:
    """A store, a maildrop, and what kills the node."""

    def __init__(self, db: Connection) -> None:
        self.db, self.fuse = db, Fuse()
        self.maildrop = Maildrop(self.fuse)
        here = Endpoint(host="pop.exemple.test", port=995)
        account_id = add_account(
            db,
            name="vieux",
            address="vieux@exemple.test",
            imap=here,
            smtp=here,
            user="vieux",
            incoming=Incoming.POP3,
        )
        self.account = account_now(db, account_id)

    def arrive(self, *numbers: int) -> None:
        for n in numbers:
            self.maildrop.letters[b"u%d" % n] = LETTER % (n, n)

    async def run(
        self, *, now: int = NOW, days: int | None = None, lean: bool = False, most: int = 10_000
    ) -> PassReport:
        shelf = Shelf(self.db, self.account, now, self.fuse)
        report = await sync_maildrop(
            self.maildrop, shelf, now=lambda: now, delete_days=days, lean=lean, most_octets=most
        )
        self.maildrop.quit()
        return report

    def held(self) -> list[bytes]:
        """Every letter shown in any mailbox, whole."""
        rows = self.db.execute(
            "SELECT p.email_id FROM placement AS p JOIN email AS e ON e.id = p.email_id"
            " WHERE e.digest IS NOT NULL"
        )
        return sorted(octets_of(self.db, EmailId(row[0])) for row in rows.fetchall())

    def listed(self) -> int:
        return int(self.db.execute("SELECT count(*) FROM placement").fetchone()[0])

    def mailbox(self, role: Role) -> MailboxId:
        found = mailbox_by_role(self.db, self.account.id, role)
        assert found is not None
        return found.id


@pytest.fixture
def world(db: Connection) -> World:
    """An account with three letters waiting."""
    world = World(db)
    world.arrive(1, 2, 3)
    return world


def letters(*numbers: int) -> list[bytes]:
    return [LETTER % (n, n) for n in numbers]


@pytest.mark.parametrize("lean", [False, True])
async def test_killed_anywhere_each_letter_is_held_once(world: World, lean: bool) -> None:
    """Each death falls one step later than the one before, until a pass comes to its end."""
    allowed = 0
    while True:
        world.fuse.left = allowed
        try:
            await world.run(lean=lean, days=1, now=NOW + allowed)
            break
        except Crash:
            held = set(world.held())
            assert set(letters(1, 2, 3)) - set(world.maildrop.letters.values()) <= held
            allowed += 1
    world.fuse.left = None
    assert allowed > 8
    await world.run(lean=lean)
    assert world.held() == letters(1, 2, 3)
    assert world.listed() == 3
    assert list(world.maildrop.letters) == [b"u1", b"u2", b"u3"]


async def test_letting_go_is_killed_anywhere_too(world: World) -> None:
    await world.run()
    world.arrive(4)
    later, allowed = NOW + 30 * DAY_SECONDS, 0
    while True:
        world.fuse.left = allowed
        try:
            await world.run(days=30, now=later)
            break
        except Crash:
            assert set(letters(1, 2, 3)) <= set(world.held())
            assert b"u4" in world.maildrop.letters
            allowed += 1
    world.fuse.left = None
    assert list(world.maildrop.letters) == [b"u4"]
    assert world.held() == letters(1, 2, 3, 4)
    await world.run()
    assert world.held() == letters(1, 2, 3, 4)
    assert [each.uidl for each in pop3.letters(world.db, world.account.id)] == [b"u4"]


async def test_nothing_is_fetched_twice_nor_asked_of_the_server(world: World) -> None:
    first = await world.run()
    again = await world.run()
    assert (first.fetched, again.fetched) == (3, 0)
    assert set(world.maildrop.fetched.values()) == {1}


async def test_two_letters_of_the_same_octets_are_two(world: World) -> None:
    world.maildrop.letters[b"copy"] = LETTER % (1, 1)
    await world.run()
    assert world.held() == sorted(letters(1, 1, 2, 3))


async def test_a_lean_line_lists_what_it_does_not_bring_and_brings_what_is_asked(
    world: World,
) -> None:
    world.maildrop.letters[b"long"] = LETTER % (9, 9) + b"x" * 5000
    await world.run(lean=True, most=1000)
    assert (world.listed(), len(world.held())) == (4, 3)
    (waiting,) = [each for each in pop3.letters(world.db, world.account.id) if not each.held_at]
    assert waiting.email_id is not None
    want(world.db, waiting.email_id, NOW)
    await world.run(lean=True, most=1000)
    assert (world.listed(), len(world.held())) == (4, 4)


async def test_what_is_done_to_a_letter_here_is_done_and_nobody_is_told(world: World) -> None:
    await world.run()
    db, archive = world.db, world.mailbox(Role.ARCHIVE)
    ids = [row[0] for row in db.execute("SELECT id FROM placement ORDER BY id")]
    with write(db):
        db.execute("UPDATE placement SET keywords = '$seen' WHERE id = ?", (ids[0],))
        db.execute("UPDATE placement SET wish_mailbox_id = ? WHERE id = ?", (archive, ids[1]))
        db.execute("UPDATE placement SET deleted = 1 WHERE id = ?", (ids[2],))
    assert has_pending(db, world.account.id)
    await world.run()
    assert not has_pending(db, world.account.id)
    rows = db.execute("SELECT id, mailbox_id, base FROM placement ORDER BY id").fetchall()
    assert rows == [(ids[0], world.mailbox(Role.INBOX), "$seen"), (ids[1], archive, "")]
    assert len(world.maildrop.letters) == 3, "the server keeps what was deleted here"
    assert set(world.maildrop.fetched.values()) == {1}, "and it is not fetched again"


async def test_what_is_moved_back_and_what_arrives_have_numbers_of_their_own(world: World) -> None:
    await world.run()
    inbox, archive = world.mailbox(Role.INBOX), world.mailbox(Role.ARCHIVE)
    for into in (archive, inbox):
        with write(world.db):
            world.db.execute("UPDATE placement SET wish_mailbox_id = ?", (into,))
        await world.run()
    world.arrive(4, 5)
    await world.run()
    rows = world.db.execute("SELECT uid, mailbox_id FROM placement").fetchall()
    assert {mailbox for _, mailbox in rows} == {inbox}
    assert len({uid for uid, _ in rows}) == 5


async def test_one_deleted_before_it_came_whole_does_not_come(world: World) -> None:
    await world.run(lean=True, most=0)
    assert world.listed() == 3
    with write(world.db):
        world.db.execute("UPDATE placement SET deleted = 1")
    await world.run(lean=True)
    await world.run()
    assert world.held() == []
    assert not world.maildrop.fetched
    await world.run(days=0, now=NOW + 400 * DAY_SECONDS)
    assert len(world.maildrop.letters) == 3, "what was never held does not leave"


async def test_mailboxes_made_here_and_copies_filed_here_are_there(world: World) -> None:
    await world.run()
    made = create_mailbox(world.db, world.account.id, "Dossiers/Été")
    sent = world.mailbox(Role.SENT)
    email_id = world.db.execute("SELECT email_id FROM placement").fetchone()[0]
    with write(world.db):
        file_copy(world.db, world.account.id, email_id, sent, frozenset({SEEN}))
    await world.run()
    assert not has_pending(world.db, world.account.id)
    names = {each.name for each in mailboxes(world.db, world.account.id) if each.created}
    assert names == {"INBOX", "Drafts", "Sent", "Archive", "Trash", "Dossiers/Été"}
    await world.run()
    assert made in {each.id for each in mailboxes(world.db, world.account.id) if each.created}
    assert not any(each.missing_at for each in mailboxes(world.db, world.account.id))


async def test_a_mailbox_of_its_own_may_be_called_otherwise(world: World) -> None:
    await world.run()
    archive = world.mailbox(Role.ARCHIVE)
    rename_mailbox(world.db, archive, "Vieux papiers")
    for _ in range(2):
        await world.run()
    shown = [each for each in mailboxes(world.db, world.account.id) if not each.missing_at]
    assert {each.name for each in shown} == {"INBOX", "Drafts", "Sent", "Vieux papiers", "Trash"}
    assert world.mailbox(Role.ARCHIVE) == archive


async def test_nothing_of_it_stays_when_the_account_is_removed(world: World) -> None:
    await world.run(lean=True, most=0)
    remove_account(world.db, world.account.id)
    for table in ("pop3_letter", "placement", "email", "mailbox"):
        assert world.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_an_empty_maildrop_forgets_nothing(world: World) -> None:
    await world.run()
    kept = dict(world.maildrop.letters)
    world.maildrop.letters.clear()
    await world.run()
    world.maildrop.letters.update(kept)
    await world.run()
    assert world.held() == letters(1, 2, 3)
    assert set(world.maildrop.fetched.values()) == {1}


async def test_a_letter_that_bears_the_name_of_one_let_go_is_brought(world: World) -> None:
    await world.run()
    later = NOW + 30 * DAY_SECONDS
    await world.run(days=30, now=later)
    assert not world.maildrop.letters
    await world.run(days=30, now=later + 1)
    world.maildrop.letters[b"u1"] = LETTER % (9, 9)  # RFC 1939 section 7: the name is free again
    await world.run(days=30, now=later + 2)
    assert world.held() == letters(1, 2, 3, 9)
    assert list(world.maildrop.letters) == [b"u1"], "nor is it let go for the other's age"


async def test_a_letter_that_bears_the_name_of_one_that_was_held_is_read_before_it_goes(
    world: World,
) -> None:
    await world.run()
    world.maildrop.letters = {b"u1": LETTER % (77, 77) + b"x"}
    later, allowed = NOW + 30 * DAY_SECONDS, 0
    while True:
        world.fuse.left = allowed
        try:
            await world.run(days=30, now=later)
            break
        except Crash:
            there = {b"u1": LETTER % (77, 77) + b"x"}
            assert world.maildrop.letters == there or there[b"u1"] in world.held()
            allowed += 1
    world.fuse.left = None
    assert world.held() == sorted([*letters(1, 2, 3), LETTER % (77, 77) + b"x"])
    assert list(world.maildrop.letters) == [b"u1"]
