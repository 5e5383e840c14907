"""A store where every word from outside is hostile, and a walk through every screen of it."""

from __future__ import annotations

from pathlib import Path

from store.db.accounts import set_link
from store.db.arriving import Arrival
from store.db.deriving import save_derived
from store.db.drafts import attach, save_draft
from store.db.drops import add_rule
from store.db.emails import add_email
from store.db.labels import label_named
from store.db.listing import ListedName, save_listing
from store.db.migrate import migrate
from store.db.open import Connection, connect, write
from store.db.parts import WantedText, save_text
from store.db.saved_views import save_view
from store.host.keys import create
from store.host.paths import Home
from store.model.account import Link
from store.model.draft import Draft
from store.model.drop import ItemState
from store.model.email import NO_KEYWORDS, DerivedEmail, EmailAddress, Part, TransferEncoding
from store.model.mailbox import Role
from store.model.submission import SubmissionState
from tests.tui.practice import ALICE, LISTING, NOW, Practice, practice
from tests.tui.terminal import Cells, Terminal
from tests.tui.test_drop_screen import taken
from tests.tui.test_outbox_screen import attempted, queued

MARK = "PWNED"
PAYLOADS = {
    "esc": "\x1bc\x1b7",
    "osc title": f"\x1b]0;{MARK}\x07",
    "osc 8 link": f"\x1b]8;;https://{MARK}.example\x1b\\ici\x1b]8;;\x1b\\",
    "osc 52 clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "csi clear": "\x1b[2J\x1b[66;6H",
    "csi colour": "\x1b[66;6m",
    "c1 csi": "\x9b66;6m\x9d0;PWNED\x9c",
    "dcs": f"\x1bP1;{MARK}\x1b\\",
    "rlo": "\u202efdp.exe\u2066",
    "zero width": "a\u200bb\u200d\ufeff\u2060c",
    "markup": "[/nope] [",
    "markup action": "[@click=app.quit]x[/]",
    "markup style": "[bold red]gras[/bold red][link=https://x]",
    "nul bel": "\x00\x07\x08\x0c\x7f",
    "surrogate": "\ud83d\udc00",
    "zalgo": "z" + "\u0300" * 200,
    "wide": "日本語👩\u200d⚕\ufe0f",
}
STAGES = (
    "list",
    "letter",
    "document",
    "moving",
    "composer",
    "saving",
    "source",
    "finding",
    "piping",
    "labelling",
    "threads",
    "search",
    "outbox",
    "drop",
    "accounts",
)


def hostile_store(root: Path) -> tuple[Home, Path]:
    """A home and its key file."""
    root.mkdir(mode=0o700)
    home, key_file = Home(root), root / "key"
    db = connect(home, create(home, key_file=key_file))
    migrate(db)
    made = practice(db)
    evil = [p for p in PAYLOADS.values() if "\ud83d" not in p]
    named = [ListedName(f"x{n}".encode(), words, "\x00", Role.NONE) for n, words in enumerate(evil)]
    save_listing(db, made.account_id, [*LISTING, *named], now=NOW)
    for n, words in enumerate(evil):
        _letter(made, n, words)
    _letter(made, len(evil), " ".join(evil))
    _outside(made, " ".join(evil), root)
    db.close()
    return home, key_file


def _letter(made: Practice, n: int, words: str) -> None:
    """A letter in which every word is `words`, past every parser."""
    evil = EmailAddress(name=words, email=f"{words}@port.example")
    octets = f"letter {n}".encode()
    parts = (
        _part("1", words, is_body=True),
        _part("2", f"{words}.pdf", media_type="application/pdf"),
        _part("3", words, media_type=f"text/{words}"),
    )
    with write(made.db):
        email_id = add_email(made.db, made.account_id, octets, NOW + n)
        derived = DerivedEmail(
            message_id=f"h{n}@port.example",
            subject=f"sujet {words}",
            sender=evil,
            to=(evil, EmailAddress(email=ALICE)),
            cc=(evil,),
            reply_to=(EmailAddress(name=words, email="retour@port.example"),),
            body=f"corps {words}\n> {words}\n" * 3,
            preview=words,
            parts=parts,
            warnings=("mime.ambiguous",),
        )
        save_derived(made.db, email_id, derived, 1_000)
        save_text(made.db, WantedText(email_id, "2"), f"texte {words}")
    made.keep([Arrival(1000 + n, NO_KEYWORDS, NOW + n, octets)], made.inbox)


def _part(number: str, name: str, *, media_type: str = "text/plain", is_body: bool = False) -> Part:
    return Part(
        number=number,
        media_type=media_type,
        name=name,
        transfer_encoding=TransferEncoding.IDENTITY,
        offset=0,
        length=5,
        size=5,
        is_body=is_body,
    )


def _outside(made: Practice, words: str, root: Path) -> None:
    """The same words from servers, folders and half-written drafts."""
    db: Connection = made.db
    set_link(db, made.account_id, Link.OFFLINE, error="net.unreachable")
    with write(db):
        db.execute("UPDATE account SET name = ?, imap_host = ?", (words, words))
    refused = queued(made, f"refus {words}", "h1")
    attempted(db, refused, SubmissionState.REFUSED, "submission.refused", words)
    folder = root / "depot"
    rule_id = add_rule(
        db, name="labo", folder=str(folder), account_id=made.account_id, to=["bob@labo.example"]
    )
    with write(db):
        db.execute("UPDATE drop_rule SET folder = ?", (words,))
    save_view(db, f"vue {words}"[:40], words)
    keyword = label_named(db, "étiquette")
    with write(db):
        db.execute("UPDATE label SET name = ?", (words,))
        db.execute("UPDATE placement SET keywords = ?", (f"{keyword} \x9b66;6m",))
    name = words.encode() + b"\xff\x9b"
    taken(made, rule_id, None, name=name, state=ItemState.FAILED, reason="drop.not_pdf")
    kept = attach(db, words, "application/pdf", b"%PDF")
    evil = EmailAddress(name=words, email="x@port.example")
    draft = Draft(sender=evil, to=(evil,), subject=words, body=words, attachments=(kept,))
    save_draft(db, made.account_id, draft, now=NOW)


def walk(terminal: Terminal) -> dict[str, tuple[bytes, Cells]]:
    """Show every screen; for each stage the octets it took and the screen it left."""
    seen: dict[str, tuple[bytes, Cells]] = {}

    def note(stage: str, octets: bytes) -> None:
        seen[stage] = (octets, terminal.cells)

    terminal.wait_for("sujet")
    terminal.settle()
    note("list", terminal.octets)
    opened = terminal.press("\r")
    for _ in range(len(PAYLOADS) - 1):
        opened += terminal.press("J")
    for _ in range(len(PAYLOADS)):
        opened += terminal.press("K")
    note("letter", opened + terminal.press("\x1b[6~"))
    # Shift+Tab goes from the text to the documents above it.
    note("document", terminal.press("\x1b[Z") + terminal.press("\r"))
    terminal.press("\x1b")
    note("saving", terminal.press("s"))
    terminal.press("\x1b")
    note("source", terminal.press("H") + terminal.press("H"))
    terminal.press("\x1b")
    note("piping", terminal.press("|") + terminal.press("nowhere\r"))
    terminal.press("\x1b")
    note("moving", terminal.press("m"))
    terminal.press("\x1b")
    note("composer", terminal.press("R") + terminal.press("\x1b[6~"))
    terminal.press("\x1b")
    # In the letter, `/` looks for something in it.
    note("finding", terminal.press("/") + terminal.press("sujet\r"))
    terminal.press("\x1b")
    note("labelling", terminal.press("l"))
    terminal.press("\x1b")
    note("threads", terminal.press("T") + terminal.press("\x1b[C") + terminal.press(" "))
    terminal.press("T")
    note("search", terminal.press("/") + terminal.press("sujet\r"))
    note("outbox", terminal.press("o") + terminal.press("\x1b[B") + terminal.press("\x1b[B"))
    note("drop", terminal.press("D") + terminal.press("\x1b[B"))
    note("accounts", terminal.press("A"))
    return seen
