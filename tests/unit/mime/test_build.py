"""What is written can be read: by us, by the standard library, and by an old gateway."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.compose import draft_of, half_typed, is_address
from store.db.carried_wishes import wishes_pieces
from store.errors import Permanent
from store.model.draft import WISHES_FIELD, Attachment, Draft, FieldValue
from store.model.email import DerivedEmail, Email, EmailAddress
from store.model.ids import BlobId, EmailId
from sync.mime.build import build, build_draft
from sync.mime.read import derive
from tests.unit.mime.letters import octets_of

ALICE = EmailAddress(name="Dr Alice Chênevert", email="alice@cabinet.example")
BOB = EmailAddress(name="Bob", email="bob@labo.example")
MESSAGE_ID, AT, BOUNDARY = "un@cabinet.example", 1793602800, "0123abc"


def written(draft: Draft, *octets: bytes) -> bytes:
    return build(draft, message_id=MESSAGE_ID, date_at=AT, boundary=BOUNDARY, attachments=octets)


def file(name: str, media_type: str = "application/pdf") -> Attachment:
    return Attachment(name=name, media_type=media_type, blob_id=BlobId(bytes(32)), size=3)


def as_the_library_reads(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_same_draft_gives_the_same_octets() -> None:
    draft = Draft(sender=ALICE, to=(BOB,), subject="Été", attachments=(file("é.pdf"),))
    assert written(draft, b"x") == written(draft, b"x")


def test_the_header_is_all_there_and_nothing_more() -> None:
    draft = Draft(
        sender=ALICE, to=(BOB,), cc=(ALICE,), in_reply_to="a@b", references=("z@b", "a@b")
    )
    message = as_the_library_reads(written(draft))
    assert message.keys() == [
        *("Date", "From", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "References"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    ]
    assert message["Date"] == "Mon, 02 Nov 2026 07:00:00 +0000"
    assert message["References"] == "<z@b> <a@b>"


def test_hidden_recipients_stay_hidden() -> None:
    raw = written(Draft(sender=ALICE, to=(BOB,), bcc=(EmailAddress(email="zoe@x.example"),)))
    assert b"zoe" not in raw
    assert b"bcc" not in raw.lower()


def test_a_letter_to_hidden_recipients_only_is_still_a_letter() -> None:
    raw = written(Draft(sender=ALICE, bcc=(BOB,), body="oui"))
    assert derive(raw).body == "oui"


def test_lines_that_gateways_change_are_protected() -> None:
    raw = written(Draft(sender=ALICE, to=(BOB,), body=".\nFrom ici\n.." + "x" * 200 + "\n fin "))
    lines = raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n")
    assert not any(
        line.startswith((b".", b"From ")) or line.endswith((b" ", b"\t")) for line in lines
    )
    assert derive(raw).body == ".\nFrom ici\n.." + "x" * 200 + "\n fin"


@pytest.mark.parametrize("lead", range(4))
def test_no_encoded_octet_is_cut_in_two(lead: int) -> None:
    body = "a" * lead + "é" * 200
    raw = written(Draft(sender=ALICE, to=(BOB,), body=body))
    lines = raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert all(re.fullmatch(rb"(?:[^=]|=[0-9A-F]{2})*=?", line) for line in lines)
    assert derive(raw).body == body


HOSTILE = ["a\r\nBcc: eve@y.example", "a\nb", "a\rb", "a\0b", "a\x1b[2Jb", "a\x85b", "a\u2028b"]


@pytest.mark.parametrize("words", HOSTILE)
def test_a_line_break_never_reaches_a_header(words: str) -> None:
    named = EmailAddress(name=words, email="bob@labo.example")
    for draft in (
        Draft(sender=ALICE, to=(BOB,), subject=words),
        Draft(sender=ALICE, to=(named,)),
        Draft(sender=named, to=(BOB,)),
        Draft(sender=ALICE, to=(BOB,), in_reply_to=words),
        Draft(sender=ALICE, to=(BOB,), references=("a@b", words)),
    ):
        with pytest.raises(Permanent) as refused:
            written(draft)
        assert refused.value.code == "send.bad_header"


@pytest.mark.parametrize(
    "address",
    [
        *(*HOSTILE, "", "bob", "@x.example", "bob@", "b@b@x.example", "<bob@x.example>"),
        *("é@x.example", "bob@é.example", "bob@x.example, eve@y.example", "bob @x.example"),
        "a" * 65 + "@x.example",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    wrong = EmailAddress(email=address)
    for draft in (
        Draft(sender=wrong, to=(BOB,)),
        Draft(sender=ALICE, to=(BOB, wrong)),
        Draft(sender=ALICE, cc=(wrong,)),
    ):
        with pytest.raises(Permanent) as refused:
            written(draft)
        assert refused.value.code == "send.bad_address"


@pytest.mark.parametrize("boundary", ["", "a b", 'a"', "a\r\n", "é", "x" * 61])
def test_a_boundary_that_would_need_care_is_refused(boundary: str) -> None:
    with pytest.raises(Permanent):
        build(
            Draft(sender=ALICE), message_id=MESSAGE_ID, date_at=0, boundary=boundary, attachments=()
        )


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("bilan.pdf", "bilan.pdf"),
        ("résultats de Mme Été.pdf", "résultats de Mme Été.pdf"),
        ("é" * 60 + ".pdf", "é" * 60 + ".pdf"),
        ("../../etc/bilan.pdf", ".._.._etc_bilan.pdf"),
        ("a\r\nb\0c.pdf", "a b_c.pdf"),
        ("\udce9t\udce9.pdf", "_t_.pdf"),
        ("=?utf-8?q?x?=.pdf", "=?utf-8?q?x?=.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("", "document"),
    ],
)
def test_a_file_keeps_its_name(name: str, sent: str) -> None:
    raw = written(Draft(sender=ALICE, to=(BOB,), attachments=(file(name),)), b"%PDF")
    assert derive(raw).parts[1].name == sent
    [part] = as_the_library_reads(raw).iter_attachments()
    assert part.get_filename() == sent
    assert part.get_content() == b"%PDF"


@pytest.mark.parametrize(
    "media_type", ["message/rfc822", "multipart/mixed", "pdf", "a/b\r\nX: y", ""]
)
def test_a_type_that_base64_may_not_carry_is_carried_as_octets(media_type: str) -> None:
    raw = written(
        Draft(sender=ALICE, to=(BOB,), attachments=(file("a.eml", media_type),)), b"X: y\n\n"
    )
    assert derive(raw).parts[1].media_type == "application/octet-stream"


WORDS = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl"]), max_size=120)
NAMES = WORDS.map(lambda words: " ".join(words.split()))
ADDRESSES = st.builds(
    EmailAddress,
    name=NAMES,
    email=st.from_regex(r"[a-z.]{1,9}@[a-z]{1,9}\.example", fullmatch=True),
).filter(lambda address: is_address(address.email))
BODIES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=400)
FILES = st.tuples(st.text(max_size=80), st.binary(max_size=300))


@given(
    people=st.lists(ADDRESSES, min_size=1, max_size=4),
    subject=NAMES,
    body=BODIES,
    files=st.lists(FILES, max_size=3),
)
def test_what_is_written_is_what_is_read(
    people: list[EmailAddress], subject: str, body: str, files: list[tuple[str, bytes]]
) -> None:
    draft = Draft(
        sender=people[0],
        to=tuple(people),
        subject=subject,
        body=body,
        attachments=tuple(file(name) for name, _ in files),
    )
    raw = written(draft, *(octets for _, octets in files))
    assert raw.isascii()
    assert all(
        len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in raw.split(b"\r\n")
    )
    ours = derive(raw)
    assert (ours.sender, ours.to) == (people[0], tuple(people))
    assert (ours.subject, ours.message_id, ours.sent_at) == (subject, MESSAGE_ID, AT)
    lines = body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    assert ours.body == (lines.strip("\n").rstrip() if lines.strip() else "")
    assert ours.warnings == ()
    assert [octets_of(raw, part) for part in ours.parts[1:]] == [octets for _, octets in files]
    theirs = as_the_library_reads(raw)
    assert not theirs.defects
    assert theirs["Subject"] == subject
    found = getaddresses([str(theirs["To"])])
    assert [address for _, address in found] == [each.email for each in people]
    assert [part.get_content() for part in theirs.iter_attachments()] == [o for _, o in files]


def kept_there(draft: Draft, *octets: bytes, supersedes: tuple[str, ...] = ()) -> bytes:
    return build_draft(
        half_typed(draft),
        message_id=MESSAGE_ID,
        date_at=AT,
        boundary=BOUNDARY,
        attachments=octets,
        supersedes=supersedes,
        wishes=wishes_pieces(draft, BOUNDARY),
    )


def test_what_is_only_for_us_is_in_the_draft_and_never_in_the_letter() -> None:
    draft = Draft(sender=ALICE, to=(BOB,), bcc=(ALICE,), receipt=True)
    assert as_the_library_reads(kept_there(draft, supersedes=("a@b", "c@b"))).keys() == [
        *("Date", "From", "To", "Subject", "Message-ID", "Bcc", "Supersedes", WISHES_FIELD),
        *("MIME-Version", "Content-Type"),
    ]
    assert b"Bcc" not in written(draft)
    assert b"Supersedes" not in written(draft)
    assert WISHES_FIELD.encode() not in written(draft)
    with pytest.raises(Permanent, match=r"send\.bad_header"):
        written(replace(draft, fields=((WISHES_FIELD, "e30="),)))


def test_a_draft_comes_back_as_it_was_written() -> None:
    draft = Draft(
        sender=ALICE,
        to=(BOB, EmailAddress(email="dr mart")),
        cc=(BOB,),
        bcc=(EmailAddress(name="Zoé", email="zoe@clinique.example"),),
        subject="Été : avis",
        body="Bonjour,\n\n> cité\n-- \nÀ demain",
        in_reply_to="un@labo.example",
        references=("zero@labo.example", "un@labo.example"),
        attachments=(file("é.pdf"),),
    )
    found = derive(kept_there(draft, b"%PDF", supersedes=("v1@x", "v2@x")))
    assert found.supersedes == ("v1@x", "v2@x")
    email = received_as(found)
    assert draft_of(email, sender=ALICE, attachments=draft.attachments) == draft


def received_as(found: DerivedEmail) -> Email:
    """What was derived, as the screen is given it."""
    return Email(
        id=EmailId(1),
        is_whole=True,
        held=0,
        size=0,
        received_at=0,
        message_id=found.message_id,
        subject=found.subject,
        sender=found.sender,
        to=found.to,
        cc=found.cc,
        bcc=found.bcc,
        reply_to=found.reply_to,
        in_reply_to=found.in_reply_to,
        references=found.references,
        sent_at=found.sent_at,
        body=found.body,
        body_from_html=found.body_from_html,
        parts=found.parts,
        warnings=found.warnings,
    )


def test_fields_beside_those_of_every_letter_are_written_as_they_are() -> None:
    fields = (
        ("X-MSS-CODECDA", "34112-3,PRESC-BIO," + "15508-5," * 20 + "1-2"),
        ("Reply-To", (ALICE,)),
        ("X-Words", "été"),
    )
    raw = build(
        Draft(sender=BOB, to=(ALICE,)),
        message_id=MESSAGE_ID,
        date_at=AT,
        boundary=BOUNDARY,
        attachments=(),
        fields=fields,
    )
    message = as_the_library_reads(raw)
    assert message["X-MSS-CODECDA"] == fields[0][1]
    assert message["Reply-To"].addresses[0].addr_spec == ALICE.email
    assert message["X-Words"] == "été"
    assert b"=?" not in raw.split(b"Reply-To")[0].split(b"X-MSS-CODECDA")[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Subject", "x"), ("Bcc", (BOB,)), ("content-type", "x"), ("X-A", ""), ("X-A", ())),
        *(("X: A", "x"), ("X-A\r\nBcc", "x"), ("X-A", "x\r\nBcc: y"), ("", "x")),
    ],
)
def test_no_other_field_is_one_of_ours_or_ends_a_line(name: str, value: FieldValue) -> None:
    with pytest.raises(Permanent) as raised:
        build(
            Draft(sender=BOB, to=(ALICE,)),
            message_id=MESSAGE_ID,
            date_at=AT,
            boundary=BOUNDARY,
            attachments=(),
            fields=((name, value),),
        )
    assert raised.value.code == "send.bad_header"
