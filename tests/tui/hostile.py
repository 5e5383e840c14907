"""A store where every word from outside is hostile.

Letters are filled in past every parser, then `CARRIERS` overwrites each place where the store keeps
words that somebody else chose. A new place belongs in that table.
"""

from __future__ import annotations

from pathlib import Path

from store.db import contacts
from store.db.accounts import set_link
from store.db.alerts import alerts_standing, note_alerted
from store.db.arriving import Arrival
from store.db.deriving import save_derived
from store.db.directory.shelf import connect_listings
from store.db.document_keeping import keep_documents, tell_of_letter
from store.db.drafts import attach, save_draft
from store.db.drops import add_rule
from store.db.emails import add_email
from store.db.labels import label_named
from store.db.listing import ListedName, save_listing
from store.db.migrate import migrate
from store.db.open import Connection, connect, write
from store.db.parts import WantedText, save_text
from store.db.reports import note_reports
from store.db.saved_views import save_view
from store.db.templates import Template, save_template
from store.host.keys import DataKey, create
from store.host.paths import Home
from store.model.account import Link
from store.model.document import Abnormality, Format, HealthDocument, Observation, Traits
from store.model.draft import Draft
from store.model.drop import ItemState
from store.model.email import NO_KEYWORDS, DerivedEmail, EmailAddress, Part, TransferEncoding
from store.model.health import Analyte, ReadDocument
from store.model.ids import EmailId
from store.model.mailbox import Role
from store.model.receipt import Outcome, ReceiptKind, Report
from store.model.submission import SubmissionState
from sync.directory.load import load
from sync.documents.identity import facts_of
from sync.documents.regrouping import regroup
from tests.tui.long_works import document
from tests.tui.payloads import ALL, STORED
from tests.tui.practice import ALICE, LISTING, NOW, Practice, letter, practice
from tests.tui.test_drop_screen import taken
from tests.tui.test_outbox_screen import attempted, queued
from tests.unit.directory.conftest import PEOPLE
from tests.unit.directory.lines import MSSANTE

MARKED_UP = f"""<p>Bonjour {ALL}<a href="https://x.example/{ALL}" title="{ALL}">{ALL}</a>
<table><tr><td>{ALL}</td></tr></table><img alt="{ALL}" src="cid:x">
&#27;]0;PWNED&#7;&#x9b;66;6m</p>"""
CARRIERS = {
    "subject": "UPDATE email SET subject = :words",
    "sender's address": "UPDATE email SET sender_email = :words || '@port.example'",
    "sender's name": "UPDATE email SET sender_name = :words",
    "excerpt": "UPDATE email SET preview = :words",
    "text of an attachment": "UPDATE part SET text_state = 'ready', text = :words"
    " WHERE number = '2'",
    "name of an attachment": "UPDATE part SET name = :words || '.pdf'",
    "media type": "UPDATE part SET media_type = 'text/' || :words",
    "account": "UPDATE account SET name = :words, address = :words, display_name = :words",
    "server": "UPDATE account SET imap_host = :words, smtp_host = :words",
    "label": "UPDATE label SET name = :words",
    "keyword": "UPDATE placement SET keywords = keywords || ' \x9b66;6m \x1b[66;6m'"
    " WHERE email_id = :id",
    "recipient": "UPDATE submission_recipient SET email = :words || '@port.example'",
    "server's reply": "UPDATE submission_recipient SET reply = :words",
    "server's last word": "UPDATE email_submission SET last_reply = :words",
    "subject sent": "UPDATE email_submission SET subject = :words",
    "receipt": "UPDATE submission_report SET explanation = :words, error = :words",
    "who sent a receipt": "UPDATE submission_report SET said_by = :words",
    "drop rule": "UPDATE drop_rule SET name = :words",
    "drop folder": "UPDATE drop_rule SET folder = :words",
    "drop recipient": "UPDATE drop_item SET recipients = json_array(:words), found_in = 'cda'",
    "template": "UPDATE template SET name = :words, subject = :words, body = :words",
    "signature": "INSERT OR REPLACE INTO sender_identity (account_id, signature)"
    " SELECT id, :words FROM account",
    "contact": "UPDATE contact SET name = :words, profession = :words, town = :words",
    "address of a contact": "UPDATE contact_address SET email = :words || '@port.example'",
    "patient": "UPDATE patient SET birth_name = :words, used_name = :words, given_name = :words",
    "patient's birthday": "UPDATE patient SET birth_day = :words, ins = :words",
    "document": "UPDATE health_document SET title = :words",
    "author of a document": "UPDATE health_document SET author = :words",
    "result": "UPDATE observation SET label = :words",
    "value": "UPDATE observation SET value = :words, unit = :words, low = :words, high = :words",
}
"""Where the store keeps words that somebody else chose -> how they become those of `ALL`."""
ALSO = (
    *("body", "quotation", "To", "Cc", "Reply-To", "HTML", "link", "mailbox", "kept search"),
    *("file of the drop folder", "draft", "attachment of a draft", "listing of the directory"),
)
"""Carriers that are filled in elsewhere below."""


def told_by(carrier: str) -> str:
    """The words that one carrier has: which one can be read in what it is shown as."""
    return f"#{[*CARRIERS].index(carrier):02d} {ALL}"


def hostile_store(root: Path) -> tuple[Home, Path]:
    """A home and its key file."""
    root.mkdir(mode=0o700)
    home, key_file = Home(root), root / "key"
    key = create(home, key_file=key_file)
    db = connect(home, key)
    migrate(db)
    made = practice(db)
    evil = list(STORED.values())
    named = [ListedName(f"x{n}".encode(), w, "\x00", Role.NONE) for n, w in enumerate(evil)]
    save_listing(db, made.account_id, [*LISTING, *named], now=NOW)
    first, *_ = [_letter(made, n, words) for n, words in enumerate([ALL, *evil])]
    html = letter("HTML", "x").replace(b"text/plain", b"text/html").rpartition(b"\n\n")[0]
    made.deliver(html.replace(b"7bit", b"8bit") + b"\n\n" + MARKED_UP.encode(), at=NOW)
    _documents(db, first)
    _outside(made, first, root)
    _people(made, home, key, root)
    with write(db):
        for carrier, statement in CARRIERS.items():
            only = " WHERE id = :id" if statement.startswith("UPDATE email SET") else ""
            done = db.execute(statement + only, {"words": told_by(carrier), "id": first})
            assert done.rowcount > 0, f"nothing carries: {carrier}"
    told = alerts_standing(db)  # else it is told where the keys of the list are
    note_alerted(db, [*told.untold_grave, *told.untold_others], now=NOW)
    db.close()
    return home, key_file


def _letter(made: Practice, n: int, words: str) -> EmailId:
    """A letter in which every word is `words`, past every parser; the first is the newest."""
    evil = EmailAddress(name=words, email=f"{words}@port.example")
    octets = f"letter {n}".encode()
    parts = (
        _part("1", words, is_body=True),
        _part("2", f"{words}.pdf", media_type="application/pdf"),
        _part("3", words, media_type=f"text/{words}"),
    )
    with write(made.db):
        email_id = add_email(made.db, made.account_id, octets, NOW - n)
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
    made.keep([Arrival(1000 + n, NO_KEYWORDS, NOW - n, octets)], made.inbox)
    return email_id


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


def _documents(db: Connection, email_id: EmailId) -> None:
    """A document of a patient in the letter, every word of it hostile."""
    who = Traits(birth_name=ALL, given_names=(ALL,), birth_day="1979-03-28", birth_place=ALL)
    result = Observation(
        label=ALL,
        value=ALL,
        unit=ALL,
        comment=ALL,
        group=(ALL,),
        abnormality=Abnormality.VERY_HIGH,
    )
    document = HealthDocument(
        format=Format.HL7_V2, title=ALL, patient=who, text=ALL, observations=(result,)
    )
    read = ReadDocument(
        part="2",
        fingerprint=b"f",
        document=document,
        file_parts=(),
        analytes=(Analyte("k", "u"),),
        identity=facts_of(who, b"f"),
        corrects=False,
        made_at=NOW,
        day="2026-10-26",
        author=ALL,
    )
    with write(db):
        keep_documents(db, email_id, [read], version=1_000, now=NOW)
        regroup(db)
        tell_of_letter(db, email_id)


def _outside(made: Practice, email_id: EmailId, root: Path) -> None:
    """The same words from servers, folders and half-written drafts."""
    db: Connection = made.db
    set_link(db, made.account_id, Link.OFFLINE, error="net.unreachable")
    refused = queued(made, "refus", "h1")
    attempted(db, refused, SubmissionState.REFUSED, "submission.refused", ALL)
    told = Report(
        email="bob@labo.example",
        kind=ReceiptKind.DSN,
        outcome=Outcome.FAILED,
        is_believed=True,
        status="5.1.1",
        explanation=ALL,
    )
    taken_id = queued(made, "suivi", "h2")
    attempted(db, taken_id, SubmissionState.ACCEPTED, "", ALL)
    with write(db):
        note_reports(db, taken_id, email_id, [told], now=NOW)
    rule_id = add_rule(
        db, name="labo", folder=str(root / "depot"), account_id=made.account_id, to=["b@x.example"]
    )
    save_view(db, f"vue {ALL}"[:40], ALL)
    label = label_named(db, "étiquette")
    with write(db):
        db.execute("UPDATE placement SET keywords = ? WHERE email_id = ?", (label, email_id))
    name = ALL.encode() + b"\xff\x9b"
    taken(made, rule_id, None, name=name, state=ItemState.FAILED, reason="drop.not_pdf")
    kept = attach(db, ALL, "application/pdf", b"%PDF")
    evil = EmailAddress(name=ALL, email="x@port.example")
    draft = Draft(sender=evil, to=(evil,), subject=ALL, body=ALL, attachments=(kept,))
    save_draft(db, made.account_id, draft, now=NOW)
    save_template(db, Template("modèle", "objet", "corps"), now=NOW)
    document(db, made.account_id, made.inbox, ALL, at=1)


def _people(made: Practice, home: Home, key: DataKey, root: Path) -> None:
    """Everybody of the directory and one's own contacts."""
    contacts.add(made.db, name="Labo", emails=["labo@port.example"], now=NOW, town="BREST")
    listings = connect_listings(home, key)
    text = root / "extract_202610250800.txt"
    text.write_text("\n".join([MSSANTE, *PEOPLE]), encoding="utf-8")
    load(listings, text, now=NOW)
    with write(listings):
        listings.execute(
            "UPDATE listing SET email = :words || '@x.example', family = :words, given = :words,"
            " title = :words",
            {"words": ALL},
        )
        listings.execute("UPDATE label SET words = :words || id", {"words": ALL})
    listings.close()
