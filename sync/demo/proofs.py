"""The checks of the report that tell what must never happen: to the screen, the line, the disk."""

from __future__ import annotations

import asyncio
import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from store.db.submissions import outbox
from store.errors import MailError
from store.host.i18n import explain
from store.model.account import Endpoint
from store.model.mailbox import Role
from sync.demo.certificates import make_certificates
from sync.demo.children import run_command
from sync.demo.imap_server import LOCALHOST, ImapServer
from sync.demo.scene import Scene, must, must_end
from sync.demo.scripts import people, scripts
from sync.imap.connect import connect

Facts = Mapping[str, object]
HOSTILE = ("echappement", "echappement-brut", "balises", "action", "sens-inverse")
SHOWN = ("echappement", "action", "sens-inverse")
"""One by escape codes, one by markup, one by direction; the list shows all of them."""
AWKWARD = ("dosage", "douleur-enfant")
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What may change the direction of a line (Unicode Standard Annex #9 §2)."""
OUTSIDE = "quelquun@courrier-ordinaire.example"
LISTEN = "0A"
"""State of a listening socket in /proc/net/tcp (Linux, proc(5))."""


async def hostile_words(scene: Scene) -> Facts:
    """Subjects that attack the screen are kept as they came, and shown without their power."""
    kept = {row.subject for row in scene.rows("alice", Role.INBOX)}
    for id_ in (*HOSTILE, *AWKWARD):
        subject = scripts()[id_].subject or scripts()[id_].raw_subject
        must(subject in kept, "demo.subject_lost", letter=id_)
    wanted = {scripts()[id_].subject for id_ in SHOWN}
    ids = [str(r.email_id) for r in scene.rows("alice", Role.INBOX) if r.subject in wanted]
    home, key_file = scene.world.home, scene.world.key_file
    shown = await asyncio.gather(
        run_command(home, key_file, "list", "alice/INBOX"),
        *(run_command(home, key_file, "show", id_) for id_ in ids),
    )
    for ended in shown:
        must_end(ended)
        words = ended.output.decode("utf-8")
        must(not any(map(_dangerous, words)), "demo.shown_with_power")
    return {"n": len(ids)}


async def stranger_refused(scene: Scene) -> Facts:
    """A server that another authority vouches for is refused before the password is said."""
    place = scene.root / "etranger"
    place.mkdir(mode=0o700)
    stranger = ImapServer(make_certificates(place, scene.now()).server_context())
    password = scene.servers.passwords["alice"]
    await stranger.add_user("alice", password)
    await stranger.listen()
    elsewhere = Endpoint(host=LOCALHOST, port=stranger.port)
    try:
        session = await connect(replace(scene.account("alice"), imap=elsewhere), password)
    except MailError as error:
        must(error.code.startswith("tls."), "demo.other_refusal", why=explain(error))
        return {"why": explain(error)}
    else:
        await session.logout()
        must(False, "demo.stranger_trusted")
        return {}
    finally:
        await stranger.hang_up()


async def nothing_leaves_in_clear(scene: Scene) -> Facts:
    """A letter to somebody outside the trust space stays, and its sender is told why."""
    before = len(outbox(scene.db))
    home, key_file = scene.world.home, scene.world.key_file
    words = ("--account", "alice", "--to", OUTSIDE, "--subject", "Bilan")
    ended = await run_command(home, key_file, "send", *words)
    must_end(ended, 1)
    must(len(outbox(scene.db)) == before, "demo.left_in_clear")
    return {"to": OUTSIDE}


async def listening(scene: Scene) -> Facts:
    """The servers listen on 127.0.0.1 alone, and the node on nothing."""
    ours = set(_listening_sockets(os.getpid()))
    ports = {port for _, port in ours}
    mine = {scene.servers.imap.port, scene.servers.smtp.port}
    must(not ours or mine <= ports, "demo.cannot_tell")
    open_to_others = {host for host, port in ours if port in mine and host != LOCALHOST}
    must(not open_to_others, "demo.open_to_others")
    must(not set(_listening_sockets(scene.node.pid)), "demo.node_listens")
    return {}


async def sealed(scene: Scene) -> Facts:
    """Nothing of a letter, a person or a password can be read in the store's files.

    `drop.toml` is for a person to read and write: it names addresses, and nothing else of these.
    """
    addresses = [person.address.encode() for person in people().values()]
    secret = [person.name.encode() for person in people().values()]
    secret += [password.encode() for password in scene.servers.passwords.values()]
    secret += ["PRÉVERANGE".encode(), b"TOURNESAC", b"Message-ID", b"%PDF-", b"CREATE TABLE"]
    files = [path for path in scene.world.home.root.rglob("*") if path.is_file()]
    octets = 0
    for path in files:
        content = await asyncio.to_thread(path.read_bytes)
        octets += len(content)
        must(not content.startswith(b"SQLite format 3"), "demo.readable", file=path.name)
        hidden = secret if path == scene.world.home.drop_rules else [*secret, *addresses]
        must(not any(word in content for word in hidden), "demo.readable", file=path.name)
    must(octets > 100_000, "demo.too_few", n=octets)
    return {"n": len(files), "octets": octets}


def _dangerous(character: str) -> bool:
    return character in BIDI or (unicodedata.category(character) == "Cc" and character != "\n")


def _listening_sockets(pid: int) -> Iterator[tuple[str, int]]:
    """(address, port) of each listening TCP socket of a process, as Linux tells them."""
    owned = _socket_inodes(Path(f"/proc/{pid}/fd"))
    for table in (Path(f"/proc/{pid}/net/tcp"), Path(f"/proc/{pid}/net/tcp6")):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for line in lines:
            fields = line.split()
            if fields[3] == LISTEN and fields[9] in owned:
                address, port = fields[1].split(":")
                yield _readable(address), int(port, 16)


def _socket_inodes(handles: Path) -> set[str]:
    inodes = set()
    for handle in handles.iterdir() if handles.exists() else ():
        try:
            target = os.readlink(handle)
        except OSError:
            continue  # closed meanwhile
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    return inodes


def _readable(address: str) -> str:
    """127.0.0.1 from 0100007F; an IPv6 address is left as it is: none is expected."""
    if len(address) != 8:
        return address
    return ".".join(str(octet) for octet in reversed(bytes.fromhex(address)))
