"""A small account with something of every kind waiting to be done, and what is true of it.

The letters are few, so that a case takes half a second; each is there for one thing a pass does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from store.db import naming, placements
from store.db.arriving import file_copy
from store.db.blobs import blob_id
from store.db.emails import add_email
from store.db.mailboxes import find_mailboxes, mailboxes
from store.db.open import Connection, write
from store.db.replica import placements as placements_in
from store.model.account import Account
from store.model.email import FLAGGED, SEEN, Keywords
from store.model.ids import MailboxId, PlacementId
from sync.imap.account import sync_account
from sync.imap.connect import connect
from tests.live.agreement import State, held, shown
from tests.servers.dovecot import DovecotServer

S, F, NONE = frozenset({SEEN}), frozenset({FLAGGED}), frozenset[str]()
INBOX = ("kept", "marked", "moved", "deleted", "read-there")
NEW = ("new-1", "new-2")
WANTED: dict[str, list[tuple[str, Keywords]]] = {
    "INBOX": [("kept", NONE), ("marked", F), ("new-1", NONE), ("new-2", NONE), ("read-there", S)],
    "Archive": [("archived", NONE), ("moved", NONE)],
    "Sent": [("sent", S)],
}
"""How it must end, whatever happened to the line on the way."""
NAMED = {"Projets": [("project", NONE)], "Laboratoire": [("filed", NONE)]}
"""And of mailboxes made and renamed."""
UNWHOLE = "unwhole"
"""Any letter of which a lean line has not brought everything yet."""
ALL = (*INBOX, *NEW, "archived", "sent")
IN_NAMED = ("project", "filed")


def letter(name: str) -> bytes:
    """Some hundred octets, whose last seven would pass for a part of the protocol.

    One is longer than what a lean line brings along with its line in the list.
    """
    head = f"Message-ID: <{name}@labo.test>\r\nSubject: {name}\r\n\r\n".encode()
    return (
        head
        + b"Compte rendu, sans particularite.\r\n" * (260 if name == "new-2" else 12)
        + b"C'est la fin ok"
    )


NAMES = {blob_id(letter(name)): name for name in (*ALL, *IN_NAMED)}


class Claim(NamedTuple):
    """What the store says of the server."""

    name: str
    mailbox: str
    uid: int | None
    agreed: Keywords


@dataclass(slots=True)
class Person:
    """One person's store and their mail on the server."""

    db: Connection
    server: DovecotServer
    account: Account
    names: bool = False
    """Whether mailboxes are made and renamed too."""
    claimed: set[Claim] = field(default_factory=set)
    """What the store said of the server before anything went wrong."""

    @property
    def user(self) -> str:
        return self.account.user

    @property
    def password(self) -> str:
        return self.server.password(self.user)

    def has_old_mail(self) -> None:
        """What is there before the store knows anything."""
        self.server.fill(self.user, "INBOX", [letter(name) for name in INBOX])
        self.server.fill(self.user, "Archive", [letter("archived")])
        if self.names:
            self.server.fill(self.user, "Labo", [letter("filed")])

    def wishes_everything(self) -> None:
        """A wish of every kind here, and news of every kind there."""
        placements.change_keywords(self.db, [self.placement("marked")], add=F)
        placements.move(self.db, [self.placement("moved")], self.mailbox("Archive"))
        placements.delete(self.db, [self.placement("deleted")])
        with write(self.db):
            email_id = add_email(self.db, self.account.id, letter("sent"), 1_770_000_000)
            file_copy(self.db, self.account.id, email_id, self.mailbox("Sent"), S)
        if self.names:
            self.wishes_names()
        with self.server.session(self.user) as other:
            other.select("INBOX")
            other.uid("store", "5", "+FLAGS", r"(\Seen)")
        self.server.fill(self.user, "INBOX", [letter(name) for name in NEW])
        self.claimed = self._claims()

    def wishes_names(self) -> None:
        """A mailbox made, with a letter filed in it already, and one renamed."""
        made = naming.create_mailbox(self.db, self.account.id, "Projets")
        with write(self.db):
            email_id = add_email(self.db, self.account.id, letter("project"), 1_770_000_000)
            file_copy(self.db, self.account.id, email_id, made, NONE)
        naming.rename_mailbox(self.db, self.mailbox("Labo"), "Laboratoire")

    def mailbox(self, name: str) -> MailboxId:
        return find_mailboxes(self.db, name)[0].id

    def placement(self, name: str) -> PlacementId:
        row = self.db.execute(
            "SELECT p.id FROM placement AS p JOIN email AS e ON e.id = p.email_id"
            " WHERE e.digest = ?",
            (blob_id(letter(name)),),
        ).fetchone()
        return PlacementId(row[0])

    async def assert_nothing_is_left(self) -> None:
        """A third pass tells nothing and fetches nothing; after it there is nothing to note."""
        session = await connect(self.account, self.password)
        third = await sync_account(session, self.db, self.account)
        before = self.db.total_changes
        await sync_account(session, self.db, self.account)
        await session.logout()
        assert (third.keywords_pushed, third.moved, third.expunged, third.appended) == (0, 0, 0, 0)
        assert (third.fetched, third.vanished, third.refused) == (0, 0, 0)
        assert self.db.total_changes == before, "a quiet pass writes nothing"
        if self.names:
            with self.server.session(self.user) as other:
                told = b" ".join(each for each in other.lsub()[1] if isinstance(each, bytes))
            assert b"Projets" in told
            assert b"Laboratoire" in told
            assert not self.server.maildir(self.user, "Labo").exists()

    def assert_nothing_is_claimed(self) -> None:
        """Whatever the store says anew of the server is so."""
        there = shown(self.server, self.user)
        for claim in self._claims() - self.claimed:
            if claim.uid is None:
                assert claim.name in names_in(there, claim.mailbox), "a move never made"
            else:
                digest, keywords = there[claim.mailbox, claim.uid]
                assert claim.name in (NAMES.get(digest), UNWHOLE)
                assert keywords == claim.agreed
        if "deleted" not in self._held_names().values():
            assert "deleted" not in names_in(there, "INBOX"), "a deletion never carried out"

    def assert_ended_well(self) -> None:
        """The same end as if nothing had happened: none lost, none doubled, here and there."""
        there = shown(self.server, self.user)
        assert summed(there) == (WANTED | NAMED if self.names else WANTED)
        assert held(self.db) == there
        digests = [row[0] for row in self.db.execute("SELECT digest FROM email").fetchall()]
        assert Counter(NAMES.get(bytes(each), "?") for each in digests) == Counter(
            (*ALL, *IN_NAMED) if self.names else ALL
        )

    def _claims(self) -> set[Claim]:
        """Of what is neither under way nor still to be uploaded."""
        names, claims = self._held_names(), set()
        for mailbox in mailboxes(self.db, self.account.id):
            for each in placements_in(self.db, mailbox.id):
                if each.moving is None and (each.uid is not None or each.unlinked):
                    claims.add(Claim(names[each.id], mailbox.name, each.uid, each.base))
        return claims

    def _held_names(self) -> dict[PlacementId, str]:
        rows = self.db.execute(
            "SELECT p.id, coalesce(e.digest, '') FROM placement AS p"
            " JOIN email AS e ON e.id = p.email_id"
        )
        return {
            PlacementId(id_): NAMES.get(digest, "?") if digest else UNWHOLE
            for id_, digest in rows.fetchall()
        }


def summed(state: State) -> dict[str, list[tuple[str, Keywords]]]:
    """By mailbox, the letters by name; '?' is one that nobody wrote."""
    found: dict[str, list[tuple[str, Keywords]]] = {}
    for (mailbox, _), (digest, keywords) in state.items():
        found.setdefault(mailbox, []).append((NAMES.get(digest, "?"), keywords))
    for letters in found.values():
        letters.sort(key=lambda each: each[0])
    return found


def names_in(state: State, mailbox: str) -> list[str]:
    """The letters of one mailbox."""
    return [name for name, _ in summed(state).get(mailbox, [])]
