"""The checks of the report that tell a day of mail: letters in, marks both ways, letters out.

Each takes the scene and returns the facts of its sentence; it raises when what it looks for is
not so, and waits, under its caller's deadline, for what is only late.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from email import message_from_bytes
from functools import partial
from pathlib import Path

from store.db.drops import items, rule_by_name
from store.db.emails import octets_of, page_of_emails
from store.db.mailboxes import mailboxes
from store.db.parts import part_octets, parts_of
from store.db.placements import change_keywords
from store.db.search import search
from store.db.submissions import outbox, submission
from store.host.i18n import sentence
from store.model.account import Link
from store.model.drop import DropItem, ItemState
from store.model.email import FLAGGED, SEEN, unpack_keywords
from store.model.mailbox import Role
from store.model.submission import EmailSubmission, SentCopy, SubmissionState
from sync.demo.certificates import make_certificates
from sync.demo.children import end, running_node
from sync.demo.scene import MANY, Scene, must, seen
from sync.demo.scripts import people, scripts
from sync.demo.world import OURS, RULE, furnish, serving

Facts = Mapping[str, object]
LOOK_AGAIN_SECONDS = 0.2


async def certificates(scene: Scene) -> Facts:
    """An authority and a server certificate are made."""
    scene.certificates = make_certificates(scene.root, scene.now())
    return {}


async def servers(scene: Scene) -> Facts:
    """Both servers listen."""
    scene.servers = await scene.stack.enter_async_context(
        serving(scene.certificates, now=scene.now)
    )
    return {"imap": scene.servers.imap.port, "smtp": scene.servers.smtp.port}


async def store(scene: Scene) -> Facts:
    """The store exists with its accounts, and a node runs."""
    scene.world = furnish(scene.root, scene.servers, now=scene.now)
    scene.node = await scene.stack.enter_async_context(
        running_node(scene.world.home, scene.world.key_file)
    )
    return {"accounts": ", ".join(OURS)}


async def first_sync(scene: Scene) -> Facts:
    """Every letter of every mailbox is here, each equal to the server's octet for octet."""
    letters = octets = 0
    for name in OURS:
        await seen(partial(_synced, scene, name))
        for mailbox in mailboxes(scene.db, scene.world.accounts[name]):
            rows = page_of_emails(scene.db, mailbox.id, limit=MANY)
            here = sorted(octets_of(scene.db, row.email_id) for row in rows)
            there = sorted(x.octets for x in await scene.servers.imap.held(name, mailbox.name))
            must(here == there, "demo.not_equal", mailbox=mailbox.name, account=name)
            letters, octets = letters + len(here), octets + sum(map(len, here))
    must(letters >= len(scripts()) - 2, "demo.too_few", n=letters)
    return {"n": letters, "octets": octets}


async def star_reaches_the_server(scene: Scene) -> Facts:
    """A star put here is seen by another mail program."""
    message_id = _message_id("cardiologue")
    row = await seen(lambda: scene.row("alice", message_id))
    change_keywords(scene.db, [row.placement_id], add=frozenset({FLAGGED}))
    other = scene.servers.other_device("alice")
    while "\\Flagged" not in await asyncio.to_thread(other.flags, f"<{message_id}>"):
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return {}


async def seen_elsewhere_is_seen_here(scene: Scene) -> Facts:
    """A letter read on another mail program is read here too."""
    message_id = _message_id("dermatologue")
    # A server without CONDSTORE cannot say what changed while Pli was not looking at INBOX.
    await seen(lambda: scene.account("alice").link is Link.ONLINE)
    other = scene.servers.other_device("alice")
    await asyncio.to_thread(other.mark, f"<{message_id}>", "\\Seen")
    await seen(
        lambda: (
            (row := scene.row("alice", message_id)) is not None
            and SEEN in unpack_keywords(row.keywords)
        )
    )
    return {}


async def search_without_accents(scene: Scene) -> Facts:
    """Typed without accents nor ligatures, a word finds letters in UTF-8 and in ISO-8859-1."""
    for id_, word in (("infirmiere", "oedeme"), ("cardiologue", "oedeme"), ("kine", "seances")):
        await seen(partial(_finds, scene, word, id_))
    return {}


async def search_inside_a_document(scene: Scene) -> Facts:
    """Words that only stand in an attached PDF find its letter."""
    await seen(partial(_finds, scene, "bicarbonates chlorures", "bilan-preverange"))
    return {}


async def dropped_document(scene: Scene) -> Facts:
    """A PDF copied into the folder leaves, arrives unchanged, and is put away in sent/."""
    sample, *_ = sorted(scene.world.samples.iterdir())
    await asyncio.to_thread(shutil.copy, sample, scene.world.folder)
    item = await seen(lambda: _item(scene, ItemState.SENT))
    assert item.submission_id is not None
    sent = submission(scene.db, item.submission_id)
    must(sent.state is SubmissionState.ACCEPTED, "demo.not_accepted", state=sent.state.value)
    row = await seen(lambda: scene.row("alice", sent.message_id))
    documents = [
        part_octets(scene.db, row.email_id, part.number)
        for part in parts_of(scene.db, row.email_id)
        if not part.is_body
    ]
    octets = sample.read_bytes()
    must(documents == [octets], "demo.document_changed")
    must(await scene.arrived("alice", "INBOX", sent.message_id) == 1, "demo.not_once")
    must(not (scene.world.folder / sample.name).exists(), "demo.still_there")
    must(octets in _contents(scene.world.folder / "sent"), "demo.not_put_away")
    return {"octets": len(octets)}


async def dropped_twice(scene: Scene) -> Facts:
    """The same document dropped again is kept aside, not sent again."""
    sample, *_ = sorted(scene.world.samples.iterdir())
    again = scene.world.folder / f"copie de {sample.name}"
    await asyncio.to_thread(shutil.copy, sample, again)
    await seen(lambda: _item(scene, ItemState.HELD))
    document = sample.read_bytes()
    alice = await scene.servers.imap.held("alice", "INBOX")
    must(sum(_holds(each.octets, document) for each in alice) == 1, "demo.not_once")
    return {}


async def reply(scene: Scene) -> Facts:
    """A reply arrives, and one copy of it is filed in Sent."""
    asked = _message_id("inr-quinconce")
    written = await scene.send(
        to="labo",
        subject=f"Re: {scripts()['inr-quinconce'].subject}",
        body=sentence("demo.letter.reply"),
        answering=asked,
    )
    sent = await seen(lambda: _ended(written(), SentCopy.FILED))
    must(sent.state is SubmissionState.ACCEPTED, "demo.not_accepted", state=sent.state.value)
    must(await scene.arrived("labo", "INBOX", sent.message_id) == 1, "demo.not_once")
    while await scene.arrived("alice", "Sent", sent.message_id) == 0:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    copies = [r for r in scene.rows("alice", Role.SENT) if r.subject == sent.subject]
    once = await scene.arrived("alice", "Sent", sent.message_id) == 1
    must(once and len(copies) == 1, "demo.copy_not_once")
    return {}


async def line_cut(scene: Scene) -> Facts:
    """A letter written while the servers are unreachable waits."""
    await scene.servers.hang_up()
    try:
        await seen(lambda: scene.account("alice").link is Link.OFFLINE)
        written = await scene.send(
            to="bernard", subject=sentence("demo.letter.cut"), body=sentence("demo.letter.cut_body")
        )
        waiting = await seen(written)
        await seen(lambda: (row := written()) is not None and bool(row.last_error))
        must(waiting.state is not SubmissionState.ACCEPTED, "demo.not_waiting")
    finally:
        await scene.servers.listen()
    return {}


async def line_is_back(scene: Scene) -> Facts:
    """It leaves by itself, once."""
    cut = sentence("demo.letter.cut")
    written = [each.id for each in outbox(scene.db) if each.subject == cut]
    must(len(written) == 1, "demo.nothing_before")
    sent = await seen(lambda: _ended(submission(scene.db, written[0]), None))
    must(sent.state is SubmissionState.ACCEPTED, "demo.not_accepted", state=sent.state.value)
    must(await scene.arrived("bernard", "INBOX", sent.message_id) == 1, "demo.not_once")
    await seen(lambda: scene.account("alice").link is not Link.OFFLINE)
    return {}


async def end_of_the_node(scene: Scene) -> Facts:
    """Told to stop, the node ends by itself and well."""
    code = await end(scene.node)
    must(code == 0, "demo.node_code", exit=code)
    return {}


def _message_id(id_: str) -> str:
    script = scripts()[id_]
    return f"{id_}@{people()[script.sender].address.partition('@')[2]}"


def _synced(scene: Scene, name: str) -> bool:
    return scene.account(name).last_synced_at is not None


def _finds(scene: Scene, words: str, id_: str) -> bool:
    row = scene.row("alice", _message_id(id_))
    return row is not None and row.email_id in {x.email_id for x in search(scene.db, words)}


def _item(scene: Scene, state: ItemState) -> DropItem | None:
    of_rule = items(scene.db, rule_by_name(scene.db, RULE).id)
    return next((item for item in of_rule if item.state is state), None)


def _holds(letter: bytes, document: bytes) -> bool:
    parts = message_from_bytes(letter).walk()
    return any(each.get_payload(decode=True) == document for each in parts)


def _contents(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]


def _ended(sent: EmailSubmission | None, copy: SentCopy | None) -> EmailSubmission | None:
    """The row once nothing more is to be done for it, its Sent copy included when asked."""
    # Every letter is uncertain for the instant between its last octet and the server's answer.
    if sent is None or sent.state not in (SubmissionState.ACCEPTED, SubmissionState.REFUSED):
        return None
    return sent if copy is None or sent.sent_copy is copy else None
