"""One server, one replica with the real store and the real engine, and a fuse that kills it.

The database is the real schema in memory; what is faked is the server, and death: `fuse` counts
the steps (before and after each remote effect and each commit) until the process dies.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import cache, partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeVar

from store.db import losses, naming, placements
from store.db.accounts import add_account
from store.db.arriving import file_copy
from store.db.emails import add_email
from store.db.mailboxes import mailboxes
from store.db.migrate import migrate
from store.db.notes import notes_of
from store.db.open import Connection, write
from store.db.outlines import Stage, stage_of
from store.model.account import Endpoint
from store.model.email import NO_KEYWORDS, Keywords, unpack_keywords
from store.model.ids import AccountId, EmailId, MailboxId, PlacementId
from sync.imap.account import sync_replica
from sync.imap.local import StoreLocal
from sync.imap.manner import Manner
from sync.imap.perform import PassReport
from sync.replica.identity import message_id_of
from sync.replica.lean import Lean
from tests.sim.server import MAILBOXES, Box, Died, Kind, Server, Session, message_id

T = TypeVar("T")
WRITES = (
    *("save_listing", "change", "add", "begin_numbering", "settle_mailbox", "lose"),
    *("say_name", "hear_name", "hear_subscribed", "refuse_mailbox", "follow_name"),
    *("announce", "add_ranges", "forget_ranges", "replace_by", "replace_all"),
    *("file_drafts", "settle_drafts"),
    *("say_described", "describe", "add_part_range", "restart_part", "refuse_part"),
    "save_floors",
)
LEAN = Lean(begin=40, at_once=30, small=100, most=10_000)
"""Every letter of the model then takes several ranges."""
SEEN, FLAGGED, ANSWERED = "$seen", "$flagged", "$answered"


def run(steps: Coroutine[Any, Any, T]) -> T:
    """Run what never really waits, without an event loop."""
    try:
        steps.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("a model never waits")


def letter_called(name: str) -> bytes:
    """A letter whose Message-ID is `name`."""
    return f"Message-ID: <{name}>\r\nSubject: {name}\r\n\r\nBonjour.\r\n".encode()


DOCUMENT = b"%PDF-1.4 " + bytes(range(60))
TEXT = b"Voici le compte rendu.\r\n"


def letter_with_document(name: str) -> bytes:
    """One whose Message-ID is `name`, of two parts: `TEXT` and `DOCUMENT`."""
    head = (
        f"Message-ID: <{name}>\r\nSubject: {name}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    )
    between = (
        b"\r\n--b\r\nContent-Type: application/pdf; name=cr.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + TEXT + between + base64.encodebytes(DOCUMENT) + b"\r\n--b--\r\n"


def in_memory() -> Connection:
    """A database that nobody waits for a commit of."""
    db = Connection(":memory:", isolation_level=None)
    db.path = Path("/nowhere")
    return db


@cache
def _empty() -> Connection:
    db = in_memory()
    migrate(db)
    _add_account(db)
    return db


def _add_account(db: Connection) -> None:
    server = Endpoint(host="imap.example", port=993)
    add_account(db, name="a", address="alice@clinic.example", imap=server, smtp=server, user="a")


class Fused:
    """A Local that can die before and after each commit."""

    def __init__(self, local: StoreLocal, step: Callable[[], None]) -> None:
        self._local, self._step = local, step
        self.commits = 0
        self.before_change: Callable[[], None] | None = None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._local, name)
        if name not in WRITES:
            return method

        def fused(*args: Any, **kwargs: Any) -> Any:
            if name == "change" and self.before_change is not None:
                act, self.before_change = self.before_change, None
                act()
            self._step()
            before = self._local.db.total_changes
            result = method(*args, **kwargs)
            self.commits += self._local.db.total_changes != before
            self._step()
            return result

        return fused


class World:
    def __init__(
        self, kind: Kind = Kind.QRESYNC, server: Server | None = None, *, lean: bool = False
    ) -> None:
        self.server = server or Server(kind)
        self.lean = LEAN if lean else None
        self.db = in_memory()
        _empty().backup(self.db)
        self.db.execute("PRAGMA foreign_keys = 1")
        self.db.execute("PRAGMA recursive_triggers = 1")
        self.account_id = AccountId(1)
        self.steps = 0
        self.fuse: int | None = None
        self.meddle: dict[int, list[Callable[[], None]]] = {}
        self.session = self._connect()

    # --- the machinery of death

    def _connect(self) -> Session:
        return Session(self.server, self._step)

    def _step(self) -> None:
        if self.fuse is not None:
            if self.fuse == 0:
                self.fuse = None
                raise Died
            self.fuse -= 1
        for act in self.meddle.pop(self.steps, []):
            act()
        self.steps += 1

    def sync(
        self,
        *,
        fuse: int | None = None,
        meddle: dict[int, list[Callable[[], None]]] | None = None,
        before_change: Callable[[], None] | None = None,
        windows: int | None = None,
        **session: Any,
    ) -> PassReport | None:
        """One pass on a new connection; None when it died.

        `windows` of two letters each are all that a budget lets begin; None for no budget.
        `session` sets what is odd about the connection (tests/sim/server.py Session).
        """
        self.fuse, self.steps, self.meddle = fuse, 0, meddle or {}
        self.session = self._connect()
        for name, value in session.items():
            assert hasattr(self.session, name)
            setattr(self.session, name, value)
        self.local = Fused(StoreLocal(self.db, self.account_id, lambda: 0), self._step)
        self.local.before_change = before_change
        try:
            with suppress(Died):
                windowed = Manner(
                    may_fetch=partial(next, chain([True] * (windows or 0), repeat(False))),
                    window_emails=2,
                )
                usual = Manner(lean=self.lean)
                manner = usual if windows is None else windowed
                return run(sync_replica(self.session, self.local, manner))  # type: ignore[arg-type]
            return None
        finally:
            self.fuse, self.meddle = None, {}

    def settle(self) -> None:
        """Quiet passes until nothing is left to do."""
        for _ in range(4):
            self.sync()
            if not (self.session.effects or self.local.commits):
                return
        raise AssertionError(f"never idle: {self.session.said}")

    # --- other people, on the server

    def box(self, name: str = "INBOX") -> Box:
        return self.server.boxes[name]

    def deliver(self, name: str, keywords: Keywords = NO_KEYWORDS, to: str = "INBOX") -> int:
        return self.box(to).add(letter_called(name), keywords)

    def server_keywords(self, name: str) -> Keywords:
        mailbox, uid = self.server.where()[name]
        return self.box(mailbox).letters[uid].keywords

    def server_flags(self, name: str, keywords: Keywords) -> None:
        mailbox, uid = self.server.where()[name]
        self.box(mailbox).flag(uid, keywords)

    # --- the person, here

    def mailbox_id(self, name: str) -> MailboxId:
        (found,) = [m.id for m in mailboxes(self.db, self.account_id) if m.name == name]
        return found

    def knows_mailboxes(self) -> bool:
        return self.db.execute("SELECT count(*) FROM mailbox").fetchone()[0] == len(MAILBOXES)

    def placements(self) -> list[PlacementId]:
        return [PlacementId(r[0]) for r in self.db.execute("SELECT id FROM placement ORDER BY id")]

    def name_of(self, placement_id: PlacementId) -> str:
        row = self.db.execute(
            "SELECT email_id FROM placement WHERE id = ?", (placement_id,)
        ).fetchone()
        return message_id_of(self.octets_here(EmailId(row[0])))

    def octets_here(self, email_id: EmailId) -> bytes:
        """What is held of a letter: all of it, its beginning, or its header fields."""
        if stage_of(self.db, email_id) is not Stage.WHOLE:
            row = self.db.execute(
                "SELECT header FROM email_outline WHERE email_id = ?", (email_id,)
            ).fetchone()
            return bytes(row[0])
        return StoreLocal(self.db, self.account_id, lambda: 0).letter(email_id)[0]

    def whole_octets(self) -> dict[str, bytes]:
        """By Message-ID, the octets of every letter shown here; b'' for one that is not whole."""
        rows = self.db.execute(
            "SELECT DISTINCT email_id FROM placement WHERE deleted = 0"
        ).fetchall()
        return {
            message_id_of(self.octets_here(row[0])): self.octets_here(row[0])
            if stage_of(self.db, row[0]) is Stage.WHOLE
            else b""
            for row in rows
        }

    def placement(self, name: str) -> PlacementId:
        (found,) = [each for each in self.placements() if self.name_of(each) == name]
        return found

    def create(self, name: str) -> MailboxId:
        return naming.create_mailbox(self.db, self.account_id, name)

    def rename(self, name: str, to: str) -> None:
        naming.rename_mailbox(self.db, self.mailbox_id(name), to)

    def flag(
        self, name: str, *, add: Keywords = NO_KEYWORDS, remove: Keywords = NO_KEYWORDS
    ) -> None:
        placements.change_keywords(self.db, [self.placement(name)], add=add, remove=remove)

    def move(self, name: str, target: str) -> None:
        placements.move(self.db, [self.placement(name)], self.mailbox_id(target))

    def delete(self, name: str) -> None:
        self.delete_placement(self.placement(name))

    def delete_placement(self, placement_id: PlacementId) -> None:
        placements.delete(self.db, [placement_id])

    def undelete(self, name: str) -> None:
        placements.undelete(self.db, [self.placement(name)])

    def file(self, name: str, keywords: Keywords = NO_KEYWORDS, to: str = "Sent") -> PlacementId:
        return self.file_octets(letter_called(name), keywords, to)

    def file_octets(
        self, octets: bytes, keywords: Keywords = NO_KEYWORDS, to: str = "Sent"
    ) -> PlacementId:
        with write(self.db):
            email_id = add_email(self.db, self.account_id, octets, 1_700_000_000)
            return file_copy(self.db, self.account_id, email_id, self.mailbox_id(to), keywords)

    def derive(self) -> None:
        """Note the Message-ID of what has come, as sync/derive.py does after each window."""
        for placement_id in self.placements():
            self.db.execute(
                "UPDATE email SET message_id = ? WHERE id ="
                " (SELECT email_id FROM placement WHERE id = ?)",
                (self.name_of(placement_id), placement_id),
            )

    def questions(self) -> list[tuple[str, int, int]]:
        """What the person is asked: mailbox, letters lost, of how many."""
        asked = losses.questions(self.db, self.account_id)
        return [(each.mailbox.name, each.lost, each.held) for each in asked]

    def notes(self, name: str) -> tuple[str, ...]:
        """What was chosen for a letter."""
        octets = letter_called(name)
        with write(self.db):
            return notes_of(self.db, add_email(self.db, self.account_id, octets, 0))

    def keep(self, mailbox: str = "INBOX") -> None:
        losses.keep_lost(self.db, self.mailbox_id(mailbox))

    def forget(self, mailbox: str = "INBOX") -> None:
        losses.forget_lost(self.db, self.mailbox_id(mailbox))

    def waiting(self) -> set[str]:
        """Letters here that are lost, or in a mailbox that nobody lists: they wait for a person."""
        rows = self.db.execute(
            "SELECT p.id FROM placement AS p JOIN mailbox AS m ON m.id = p.shown_mailbox_id"
            " WHERE p.lost = 1 OR m.missing_at IS NOT NULL"
        )
        return {self.name_of(PlacementId(row[0])) for row in rows.fetchall()}

    def answer_what_is_gone(self) -> None:
        """Nobody is asked about what is there; what is asked about is taken out here as well."""
        for mailbox, _, _ in self.questions():
            asked = self.db.execute(
                "SELECT id FROM placement WHERE lost = 1 AND kept = 0 AND deleted = 0"
                " AND mailbox_id = ?",
                (self.mailbox_id(mailbox),),
            ).fetchall()
            names = {self.name_of(PlacementId(row[0])) for row in asked}
            assert not names & set(self.server.names()), "asked about letters that are there"
            self.forget(mailbox)
        self.settle()
        assert not self.questions()

    # --- what both sides say

    def shown(self) -> dict[str, list[tuple[str, Keywords]]]:
        """By mailbox, the letters shown here: Message-ID and keywords."""
        rows = self.db.execute(
            "SELECT coalesce(wish_name, m.name), p.id, p.keywords FROM placement AS p"
            " JOIN mailbox AS m ON m.id = p.shown_mailbox_id WHERE p.deleted = 0"
        ).fetchall()
        return _sorted((m, self.name_of(PlacementId(p)), unpack_keywords(k)) for m, p, k in rows)

    def on_server(self) -> dict[str, list[tuple[str, Keywords]]]:
        """By mailbox, the letters there: Message-ID and keywords."""
        return _sorted(
            (name, message_id(letter.octets), letter.keywords)
            for name, box in self.server.boxes.items()
            for letter in box.letters.values()
        )


def _sorted(found: Any) -> dict[str, list[tuple[str, Keywords]]]:
    by_mailbox: dict[str, list[tuple[str, Keywords]]] = {name: [] for name in MAILBOXES}
    for mailbox, name, keywords in found:
        by_mailbox.setdefault(mailbox, []).append((name, keywords))
    return {
        name: sorted(each, key=lambda x: (x[0], sorted(x[1]))) for name, each in by_mailbox.items()
    }
