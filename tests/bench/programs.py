"""What is asked of each program measured, and Pli, which is one of them.

Each is run as a person runs it: a process, from its start to its end. What it did is then looked
up in what it left on the disk, so that none is fast by not doing its work.
"""

from __future__ import annotations

import abc
import math
import sys
from pathlib import Path

from store.db.emails import page_of_emails
from store.db.mailboxes import mailboxes
from store.db.open import connect
from store.db.parts import parts_of
from store.host.keys import DataKey, unlock
from store.host.paths import Home
from store.host.version import VERSION
from store.model.email import FLAGGED, Part, PartState
from store.model.mailbox import Role
from tests.bench.letters import number_in
from tests.bench.report import size
from tests.bench.running import Run, Running, run
from tests.servers.dovecot import DovecotServer

ALL = 10_000_000
"""More letters than any mailbox of ours holds."""


class Program(abc.ABC):
    """One installation of a program, with one account."""

    name: str
    remarks: tuple[str, ...] = ()
    """What a reader must know to compare its figures fairly."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700)
        self.root = root

    @staticmethod
    @abc.abstractmethod
    def version() -> str:
        """Which one is installed.

        Raises:
            process.CannotRun: none is; says how to install it.
        """

    @abc.abstractmethod
    def prepare(self, server: DovecotServer, user: str, port: int) -> None:
        """Configure it to keep all of `user`'s mailboxes in agreement, both ways, by `port`."""

    def expect_slow_line(self) -> None:  # noqa: B027 - most need nothing
        """Configure it as its manual says for one; of these programs only Pli's says anything."""

    @abc.abstractmethod
    def start(self) -> Running:
        """Begin one full pass."""

    @abc.abstractmethod
    def letters(self, newest: int = ALL) -> dict[int, bool]:
        """What INBOX holds here: at least the `newest` letters by number, and who is flagged."""

    @abc.abstractmethod
    def flag_newest(self, count: int) -> None:
        """Flag the newest letters of INBOX here."""

    def sync(self, give_up_after: float = math.inf) -> Run:
        """One full pass, to its end, or until it is given up after so many seconds.

        Raises:
            RuntimeError: it failed, or was not done in PLI_BENCH_PATIENCE seconds.
        """
        return self.start().wait(size("patience", 900), give_up_after)


class Pli(Program):
    """A Pli of its own."""

    name = "Pli"
    remarks = (
        "Pli's letters are encrypted and indexed for search, the peers' are neither",
        "Pli runs by its profile fibre in first_sync, by satellite in the others",
    )

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._home = Home(root / "home")
        self._key_file = root / "key"
        self._key: DataKey | None = None
        self._account = ""

    @staticmethod
    def version() -> str:
        """This one."""
        return f"Pli {VERSION}, Python {sys.version.split()[0]}"

    def prepare(self, server: DovecotServer, user: str, port: int) -> None:
        """Create the store and the account, which reads through `port`."""
        run(self._pli("init"))
        where = ["--imap", f"{server.host}:{port}", "--smtp", f"{server.host}:9"]
        secret = ["--password-file", str(server.password_file(user)), "--ca", str(server.ca_file)]
        profile = ["--profile", "fibre"]
        run(self._pli("account", "add", user, "--user", user, *where, *secret, *profile))
        self._account = user
        self._key = unlock(self._home, key_file=self._key_file)

    def expect_slow_line(self) -> None:
        """`pli account set --profile`."""
        run(self._pli("account", "set", self._account, "--profile", "satellite"))

    def start(self) -> Running:
        """`pli sync`."""
        return Running(self._pli("sync"))

    def letters(self, newest: int = ALL) -> dict[int, bool]:
        """What `pli list INBOX` shows to whoever looks meanwhile, read by the same query."""
        assert self._key is not None, "not prepared"
        db = connect(self._home, self._key, readonly=True)
        try:
            inboxes = [found for found in mailboxes(db) if found.role == Role.INBOX]
            rows = [row for found in inboxes for row in page_of_emails(db, found.id, limit=newest)]
        finally:
            db.close()
        return {
            number: FLAGGED in row.keywords.split()
            for row in rows
            if (number := number_in(row.subject.encode())) is not None
        }

    def is_whole(self) -> bool:
        """Whether letters are here, and all of each."""
        assert self._key is not None, "not prepared"
        db = connect(self._home, self._key, readonly=True)
        try:
            letters, lacking = db.execute(
                "SELECT count(*), count(*) FILTER (WHERE digest IS NULL) FROM email"
            ).fetchone()
        finally:
            db.close()
        return letters > 0 and lacking == 0

    def ask_for(self, number: str) -> bool:
        """`pli fetch --part` of the only letter, once its parts are known; whether just now."""
        email_id, part = self._part(number)
        if part is None or part.state is not PartState.AWAY or not part.to_come:
            return False
        run(self._pli("fetch", str(email_id), "--part", number))
        return True

    def has_part(self, number: str) -> bool:
        """Whether `pli show --part` gives it."""
        email_id, part = self._part(number)
        if part is None or part.state is not PartState.HERE:
            return False
        run(self._pli("show", str(email_id), "--part", number))
        return True

    def _part(self, number: str) -> tuple[int, Part | None]:
        assert self._key is not None, "not prepared"
        db = connect(self._home, self._key, readonly=True)
        try:
            [inbox] = [found for found in mailboxes(db) if found.role == Role.INBOX] or [None]
            rows = page_of_emails(db, inbox.id) if inbox is not None else []
            if not rows:
                return 0, None
            parts = {part.number: part for part in parts_of(db, rows[0].email_id)}
        finally:
            db.close()
        return rows[0].email_id, parts.get(number)

    def flag_newest(self, count: int) -> None:
        """`pli mark`."""
        run(self._pli("mark", "--mailbox", "INBOX", "--flagged", "--limit", str(count)))

    def _pli(self, *arguments: str) -> list[str]:
        given = ["--home", str(self._home.root), "--key-file", str(self._key_file)]
        return [sys.executable, "-m", "tui.cli", *given, *arguments]
