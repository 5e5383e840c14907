"""A practice that signs and opens: letters go in as octets, and what is said of them comes out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from store.db.anchors import replace_bundle
from store.db.blobs import blob_id
from store.db.emails import email
from store.db.letter_trust import letter_trust
from store.db.open import Connection
from store.host.keys import DataKey
from store.model.email import Email
from store.model.ids import EmailId
from store.model.opened import LetterTrust
from store.model.trust import Anchor, Kind
from sync.keyring import keep_key
from sync.opening.duty import keep_letters
from tests.tui.practice import NOW, Practice, practice
from tests.unit.smime.people import authority, person
from tests.unit.trust.pki import Encoding

__all__ = ["NOW", "World"]


@dataclass
class World:
    """One store, with its data key."""

    db: Connection
    key: DataKey
    practice: Practice

    @classmethod
    def of(cls, db: Connection, key: DataKey, *kinds: str, anchored: bool = True) -> World:
        """Dr Alice's practice, with these of her keys."""
        world = cls(db, key, practice(db))
        for kind in kinds:
            world.give_key(kind)
        if anchored:
            world.believe(authority()[0].public_bytes(Encoding.DER))
        return world

    def give_key(self, kind: str, name: str = "alice") -> None:
        """As `pli key import` does."""
        keep_key(self.db, self.key, self.practice.account_id, person(kind, name), NOW)

    def believe(self, *ders: bytes) -> None:
        """As `pli anchors import` does."""
        wanted = [
            Anchor(
                bundle="essai",
                kind=Kind.ANCHOR,
                certificate=der,
                fingerprint=str(at),
                name="Autorité",
                not_after_at=NOW,
                imported_at=NOW,
            )
            for at, der in enumerate(ders)
        ]
        replace_bundle(self.db, "essai", wanted)

    def receive(self, *octets: bytes, at: int | None = None) -> EmailId:
        """Letters arrive; the node does all it does with them. Returns the last one."""
        self.practice.deliver(*octets, at=at)
        self.turn()
        digest = blob_id(octets[-1])
        row = self.db.execute("SELECT id FROM email WHERE digest = ?", (digest,)).fetchone()
        return EmailId(row[0])

    def turn(self) -> float:
        """One turn of the node's duty."""
        return asyncio.run(keep_letters(self.db, key=self.key))

    def trust(self, email_id: EmailId) -> LetterTrust:
        """What is said of a letter."""
        return letter_trust(self.db, email_id)

    def shown(self, email_id: EmailId) -> Email:
        """What is shown of it."""
        return email(self.db, email_id)
