"""A store in which much goes on: what takes long, in each state that one sees together."""

from __future__ import annotations

from store.db import part_ranges, structures
from store.db.announcing import Announced, announce
from store.db.open import Connection, write
from store.db.sources import add_source
from store.db.work_wishes import pause
from store.db.works import Measured, obey_pauses, save_measured
from store.model.directory_source import DirectorySource, SourceKind
from store.model.email import NO_KEYWORDS, Outline, TransferEncoding
from store.model.ids import AccountId, EmailId, MailboxId
from store.model.structure import AnnouncedPart, Kind, PartCame
from store.model.work import READING, Unit, letters_of, part_of
from sync.derive import derive_emails
from sync.replica.identity import message_id_of
from tests.tui.practice import NOW

HEADER = (
    b"From: radio@centre.example\r\nSubject: Scanner de M. A.\r\n"
    b"Message-ID: <s@centre.example>\r\n\r\n"
)
SIZE = 50_000_000


def document(
    db: Connection, account_id: AccountId, inbox: MailboxId, name: str, *, at: int = NOW - 60
) -> EmailId:
    """A letter with a document of 50 MB, a quarter of which is here."""
    outline = Outline(header=HEADER, size=70_000_000, received_at=at, urgent=False)
    announce(
        *(db, account_id, inbox, [Announced(9_999, NO_KEYWORDS, outline)]),
        message_id_of=message_id_of,
        marks_of=lambda _: structures.Marks(),
    )
    email_id = EmailId(db.execute("SELECT max(id) FROM email").fetchone()[0])
    derive_emails(db)
    parts = [
        AnnouncedPart(number="1", media_type="text/plain", length=20, is_body=True),
        AnnouncedPart(
            number="2",
            media_type="application/dicom",
            name=name,
            transfer_encoding=TransferEncoding.BASE64,
            length=SIZE,
        ),
    ]
    structures.save_structures(db, {email_id: parts}, kind_of=lambda _: Kind.LETTER)
    structures.want_part(db, email_id, "2", NOW)
    came = PartCame(offset=0, octets=b"x" * 12_400, binary=True, ends=False, size=SIZE)
    part_ranges.add_part_range(db, email_id, "2", came)
    with write(db):
        db.execute("UPDATE announced_part SET held = 12400000 WHERE held > 0")
    return email_id


def goes(
    db: Connection,
    name: str,
    account_id: AccountId | None,
    done: int,
    whole: int | None,
    *,
    rate: float = 0.0,
    measures: int = 0,
    unit: Unit = Unit.OCTETS,
    heard: int = 0,
) -> None:
    """The node says how far it is."""
    told = Measured(name, account_id, unit, done, whole, rate, measures, heard)
    save_measured(db, [told], now=NOW)


def much(db: Connection, account_id: AccountId, inbox: MailboxId) -> EmailId:
    """Five of them; the document is paused."""
    email_id = document(db, account_id, inbox, "scanner thorax.dcm")
    goes(
        *(db, letters_of(account_id), account_id, 1200, 5000),
        unit=Unit.LETTERS,
        heard=31_200_000,
        rate=5.0,
        measures=9,
    )
    goes(db, part_of(email_id, "2"), account_id, 12_400_000, SIZE, rate=150_000.0, measures=9)
    pause(db, part_of(email_id, "2"), NOW)
    obey_pauses(db, account_id)
    goes(db, "sending:1", account_id, 3_100_000, 8_000_000, rate=20_000.0, measures=2)
    goes(db, READING, None, 40_000, 100_000, unit=Unit.LETTERS, rate=900.0, measures=9)
    source = DirectorySource(name="mssante", kind=SourceKind.EXTRACT, url="https://a.example/x.zip")
    goes(db, f"directory:{add_source(db, source)}", None, 9_000_000, None, rate=1.0, measures=9)
    return email_id
