"""A watched folder with a clock in our hands, and the two ends of the line that we play."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from store.db import drops
from store.db.accounts import add_account
from store.db.blobs import get
from store.db.open import Connection, write
from store.model.account import Endpoint
from store.model.drop import DropItem, DropRule, ItemState
from store.model.ids import AccountId, BlobId, DropRuleId
from sync.drop.folder import DropFolder
from sync.drop.plan import Policy
from sync.drop.report import DropReport

NOW = 1_795_000_000
NOTES = ("reason.txt", "reason-pli.txt")


def pdf(words: str) -> bytes:
    """The smallest thing that passes for a finished PDF."""
    return f"%PDF-1.4\n{words}\n%%EOF\n".encode()


@dataclass
class World:
    """One rule over one folder."""

    db: Connection
    folder: Path
    rule_id: DropRuleId
    clock: float = 1000.0
    tokens: Callable[[], str] = field(
        default_factory=lambda: map("{:016x}".format, itertools.count(1)).__next__
    )
    policy: Policy = field(default_factory=Policy)
    node: DropFolder = field(init=False)
    report: DropReport = field(default_factory=DropReport)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new node: it remembers nothing."""
        self.node = DropFolder(
            self.db,
            self.rule_id,
            policy=self.policy,
            now=lambda: NOW + int(self.clock),
            tick=lambda: self.clock,
            token=self.tokens,
        )

    async def look(self, after: float = 0) -> None:
        """One look, `after` seconds later."""
        self.clock += after
        tally = await self.node.look()
        queued = drops.counts(self.db, self.rule_id).get(ItemState.QUEUED, 0)
        self.report = self.report.then(tally.report(queued))

    async def settle(self) -> None:
        """Two looks a quiet apart, then as many as there is work for."""
        await self.look()
        self.clock += self.policy.quiet_seconds
        while True:
            tally = await self.node.look()
            queued = drops.counts(self.db, self.rule_id).get(ItemState.QUEUED, 0)
            self.report = self.report.then(tally.report(queued))
            if not tally.more:
                return

    def drop(self, name: str | bytes, content: bytes) -> Path:
        """Somebody drops a document."""
        path = Path(os.fsdecode(os.path.join(os.fsencode(self.folder), os.fsencode(name))))
        path.write_bytes(content)
        return path

    def letters_are(self, state: str, recipient: str = "accepted", reply: str = "") -> None:
        """The outbox has settled everything that was under way."""
        with write(self.db):
            self.db.execute(
                "UPDATE submission_recipient SET state = ? WHERE submission_id IN (SELECT id"
                " FROM email_submission WHERE state NOT IN ('accepted', 'canceled'))",
                (recipient,),
            )
            self.db.execute(
                "UPDATE email_submission SET state = ?, last_reply = ?"
                " WHERE state NOT IN ('accepted', 'canceled')",
                (state, reply),
            )

    def letters(self) -> list[bytes]:
        """The octets of every letter in the outbox, oldest first."""
        rows = self.db.execute("SELECT digest FROM email_submission ORDER BY id").fetchall()
        return [get(self.db, BlobId(row[0])) for row in rows]

    def items(self) -> list[DropItem]:
        """The ledger, oldest first."""
        return drops.items(self.db, self.rule_id, limit=10_000)[::-1]

    def states(self) -> list[str]:
        """State and reason of each document in the ledger, oldest first."""
        return [f"{item.state} {item.reason}".strip() for item in self.items()]

    def rule(self) -> DropRule:
        """The rule now."""
        return drops.rule(self.db, self.rule_id)

    def places(self) -> dict[bytes, list[str]]:
        """Where each content lies: digest -> 'in', 'claimed', 'sent' or 'failed', as often."""
        found: dict[bytes, list[str]] = {}
        for directory, _, names in os.walk(self.folder):
            for name in names:
                path = Path(directory, name)
                if not path.is_symlink() and path.is_file() and not name.endswith(NOTES):
                    digest = hashlib.sha256(path.read_bytes()).digest()
                    top = path.relative_to(self.folder).parts
                    place = "in" if len(top) == 1 else top[0].lstrip(".")
                    found.setdefault(digest, []).append(place)
        return found

    def lies(self, content: bytes) -> list[str]:
        """Where one content lies."""
        return self.places().get(hashlib.sha256(content).digest(), [])

    def reasons(self) -> list[str]:
        """What the reason files say."""
        return sorted(
            path.read_text(encoding="utf-8") for n in NOTES for path in self.folder.rglob(f"*{n}")
        )


def new_world(db: Connection, folder: Path) -> World:
    """An account, a rule, an empty folder."""
    folder.mkdir(exist_ok=True)
    account_id: AccountId = add_account(
        db,
        name="labo",
        address="labo@analyses.example",
        display_name="Laboratoire des Tilleuls",
        imap=Endpoint(host="imap.example", port=993),
        smtp=Endpoint(host="smtp.example", port=465),
        user="labo",
    )
    to = ["alice@medecins.example"]
    rule_id = drops.add_rule(db, name="cobas", folder=str(folder), account_id=account_id, to=to)
    return World(db=db, folder=folder, rule_id=rule_id)
