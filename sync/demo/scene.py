"""What the checks of the report share: the world once it is there, and ways to look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from store.db.accounts import account
from store.db.drafts import save_draft, send_draft
from store.db.emails import EmailRow, email, page_of_emails
from store.db.mailboxes import mailbox_by_role
from store.db.open import Connection, connect
from store.db.submissions import outbox
from store.errors import Permanent
from store.model.account import Account
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import SubmissionId
from store.model.mailbox import Role
from store.model.submission import EmailSubmission
from store.plain import plain_words
from sync.demo.certificates import Certificates
from sync.demo.children import Ended
from sync.demo.journey import Journeys
from sync.demo.scripts import people
from sync.demo.world import Pli, Servers, World

LOOK_SECONDS = 0.05
MANY = 500
Answer = TypeVar("Answer")


async def seen(question: Callable[[], Answer | None]) -> Answer:
    """Ask until the answer is true. The check's own deadline ends it."""
    while not (answer := question()):
        await asyncio.sleep(LOOK_SECONDS)
    return answer


def must(fact: object, code: str, /, **facts: object) -> None:
    """End the check with a sentence unless `fact` is true.

    Raises:
        Permanent: `code`.
    """
    if not fact:
        raise Permanent(code, **facts)


def must_end(ended: Ended, code: int = 0) -> None:
    """End the check unless a command ended with this code; the sentence tells what it said last.

    Raises:
        Permanent: `demo.command_failed`.
    """
    if ended.code != code:
        said = plain_words(ended.output.decode("utf-8", "replace").strip().rpartition("\n")[2])
        raise Permanent("demo.command_failed", exit=ended.code, said=said)


class Scene:
    """Grows as the first checks succeed; what needs a part that is not there says so. Made within
    a running loop.

    Whatever a check opens is put on `stack`, and closed when the report ends.
    """

    def __init__(self, root: Path, now: Callable[[], int], stack: AsyncExitStack) -> None:
        self.root, self.now, self.stack = root, now, stack
        self.begun_at = now()
        """What is dated by the day is of this one, even at midnight."""
        self.journeys = Journeys(now, asyncio.get_running_loop().time)
        self._certificates: Certificates | None = None
        self._servers: Servers | None = None
        self._world: World | None = None
        self._db: Connection | None = None
        self._colleague: Pli | None = None
        self._node: asyncio.subprocess.Process | None = None

    @property
    def certificates(self) -> Certificates:
        """Raises Permanent `demo.nothing_before` when its check failed; so do all below."""
        return _there(self._certificates)

    @certificates.setter
    def certificates(self, made: Certificates) -> None:
        self._certificates = made

    @property
    def servers(self) -> Servers:
        """Both servers."""
        return _there(self._servers)

    @servers.setter
    def servers(self, listening: Servers) -> None:
        self._servers = listening

    @property
    def world(self) -> World:
        """The furnished world."""
        return _there(self._world)

    @world.setter
    def world(self, furnished: World) -> None:
        self._world = furnished
        self._db = connect(furnished.home, furnished.key)
        self.stack.callback(self._db.close)

    @property
    def colleague(self) -> Pli:
        """The Pli of the colleague whom a document was sent to."""
        return _there(self._colleague)

    @colleague.setter
    def colleague(self, pli: Pli) -> None:
        self._colleague = pli

    @property
    def db(self) -> Connection:
        """Our own connection to the store, beside the node's."""
        return _there(self._db)

    @property
    def node(self) -> asyncio.subprocess.Process:
        """The running node."""
        return _there(self._node)

    @node.setter
    def node(self, process: asyncio.subprocess.Process) -> None:
        self._node = process

    def account(self, name: str) -> Account:
        """An account as the node last described it."""
        return account(self.db, self.world.accounts[name])

    def rows(self, name: str, role: Role) -> list[EmailRow]:
        """The Emails of one mailbox of an account, newest first."""
        found = mailbox_by_role(self.db, self.world.accounts[name], role)
        return [] if found is None else page_of_emails(self.db, found.id, limit=MANY)

    def row(self, name: str, message_id: str, role: Role = Role.INBOX) -> EmailRow | None:
        """The row with this Message-ID (without brackets)."""
        for row in self.rows(name, role):
            if email(self.db, row.email_id).message_id == message_id:
                return row
        return None

    def submission_of(self, message_id: str) -> EmailSubmission | None:
        """The outbox row with this Message-ID."""
        return next((s for s in outbox(self.db) if s.message_id == message_id), None)

    async def send(
        self, *, to: str, subject: str, body: str, answering: str = ""
    ) -> Callable[[], EmailSubmission | None]:
        """Write from Alice and say send, as the screen does.

        Returns:
            A question: the letter's outbox row, None until the node has frozen it.
        """
        before: set[SubmissionId] = {s.id for s in outbox(self.db)}
        written = Draft(
            sender=_address("alice"),
            to=(_address(to),),
            subject=subject,
            body=body,
            in_reply_to=answering,
            references=(answering,) if answering else (),
        )
        draft_id = save_draft(self.db, self.world.accounts["alice"], written, now=self.now())
        send_draft(self.db, draft_id, self.now())

        def row() -> EmailSubmission | None:
            return next((s for s in outbox(self.db) if s.id not in before), None)

        return row

    async def arrived(self, user: str, mailbox: str, message_id: str) -> int:
        """How many letters with this Message-ID the server itself holds there."""
        needle = f"<{message_id}>".encode()
        held = await self.servers.imap.held(user, mailbox)
        return sum(needle in each.octets.partition(b"\r\n\r\n")[0] for each in held)


def _there(part: Answer | None) -> Answer:
    if part is None:
        raise Permanent("demo.nothing_before")
    return part


def _address(key: str) -> EmailAddress:
    person = people()[key]
    return EmailAddress(name=person.name, email=person.address)
