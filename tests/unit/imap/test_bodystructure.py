"""The parts of a letter as a server says they are: read within bounds, and never believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Permanent
from store.model.email import TransferEncoding
from store.model.structure import AnnouncedPart
from sync.imap.bodystructure import MOST_PARTS, structure_of
from sync.imap.outlining import Structure
from sync.imap.replies import untagged
from sync.imap.session import ImapSession
from tests.refusals import refused
from tests.unit.imap.fake_line import OK
from tests.unit.imap.test_outlining import line

TEXT = b'("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 124 3 NIL NIL NIL NIL)'
PDF = (
    b'("application" "pdf" ("name" "x.pdf") NIL NIL "base64" 821052 NIL'
    b' ("attachment" ("filename" "Bilan \\"1\\".pdf")) NIL NIL)'
)
MIXED = b'(%s "mixed" ("boundary" "b") NIL NIL NIL)'
LETTER = (
    b'("message" "rfc822" NIL NIL NIL "7bit" 900 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) %s 30'
    b' NIL ("attachment" NIL) NIL NIL)'
)


def said(structure: bytes, uid: int = 7) -> bytes:
    return b"* 1 FETCH (UID %d BODYSTRUCTURE %s)\r\n" % (uid, structure)


def parts(structure: bytes) -> Structure:
    found = structure_of(untagged([said(structure)[:-2]]))
    assert found is not None
    return found[1]


def test_name_type_size_and_encoding_are_known_of_each_part() -> None:
    text, pdf = parts(MIXED % (TEXT + PDF))
    assert (text.number, text.media_type, text.is_body) == ("1", "text/plain", True)
    assert pdf == AnnouncedPart(
        number="2",
        media_type="application/pdf",
        name='Bilan "1".pdf',
        disposition="attachment",
        transfer_encoding=TransferEncoding.BASE64,
        length=821052,
    )


def test_parts_are_numbered_as_they_are_asked_for() -> None:
    inner = MIXED % (TEXT + PDF)
    assert [p.number for p in parts(MIXED % (TEXT + inner + PDF))] == ["1", "2.1", "2.2", "3"]
    assert [p.number for p in parts(MIXED % (TEXT + LETTER % inner))] == ["1", "2", "2.1", "2.2"]
    assert [p.number for p in parts(MIXED % (LETTER % TEXT))] == ["1", "1.1"]
    assert [p.number for p in parts(PDF)] == ["1"]
    assert [p.is_body for p in parts(MIXED % (LETTER % TEXT))] == [False, False]


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        (b'"filename*" "utf-8\'\'r%C3%A9sultat.pdf"', "résultat.pdf"),
        (b'"filename" "=?utf-8?Q?r=C3=A9sultat.pdf?="', "résultat.pdf"),
        (b'"filename" "a;b=c.pdf"', "a;b=c.pdf"),
        (b'"filename" NIL', "x.pdf"),
    ],
)
def test_names_are_read_as_in_a_letter(parameter: bytes, name: str) -> None:
    [pdf] = parts(PDF.replace(b'"filename" "Bilan \\"1\\".pdf"', parameter))
    assert pdf.name == name


@pytest.mark.parametrize(
    "structure",
    [
        b"NIL",
        b"()",
        b'("text")',
        b'("text" "plain" NIL NIL NIL "7bit" "many" 3)',
        b'("text" "plain" NIL NIL NIL "7bit" -1 3)',
        b"(" * 50 + TEXT + b' "mixed")' * 50,
        b"(" * 150 + TEXT + b' "mixed")' * 150,
        MIXED % (PDF * 600),
    ],
)
def test_a_structure_that_cannot_be_read_is_none(structure: bytes) -> None:
    assert structure_of(untagged([said(structure)[:-2]])) is None


def test_of_too_many_parts_the_first_are_shown() -> None:
    assert len(parts(MIXED % (TEXT * (MOST_PARTS + 50)))) == MOST_PARTS


@given(st.lists(st.sampled_from([b"(", b")", b'"a"', b"NIL", b" ", b"7", TEXT, PDF]), max_size=30))
def test_whatever_a_server_says_it_is_parts_or_nothing(pieces: list[bytes]) -> None:
    structure_of(untagged([said(b"".join(pieces))[:-2]]))


async def asked(session: ImapSession) -> tuple[dict[int, bytes], dict[int, Structure]]:
    came: dict[int, bytes] = {}
    structures: dict[int, Structure] = {}
    await session.select(b"INBOX")
    await session.ranges(
        *([7, 8], 0, 4, came.__setitem__),
        describe=[8],
        on_structure=structures.__setitem__,
    )
    return came, structures


GIVEN = b"".join(b"* 1 FETCH (UID %d BODY[]<0> {4}\r\nFrom)\r\n" % uid for uid in (7, 8))


async def test_the_parts_of_long_letters_come_in_the_flight_of_the_beginnings() -> None:
    it, session = line(GIVEN + said(PDF, 9) + said(PDF, 8) + OK)
    came, structures = await asked(session)
    assert set(came) == {7, 8}
    assert set(structures) == {8}
    assert it.packets[-1].count(b"UID FETCH") == 2
    assert it.words[-1] == b"UID FETCH 8 (UID BODYSTRUCTURE)"


async def test_an_unreadable_structure_costs_no_beginning() -> None:
    _, session = line(GIVEN + said(b"(" * 150 + TEXT + b' "mixed")' * 150, 8) + OK)
    came, structures = await asked(session)
    assert (set(came), structures) == ({7, 8}, {})


async def test_a_server_that_will_not_say_the_parts_gives_the_beginnings_all_the_same() -> None:
    it, session = line(b"")
    it.script = {
        **it.script,
        b"UID FETCH 8 (UID BODYSTRUCTURE": b"%s NO no\r\n",
        b"UID FETCH": GIVEN + OK,
    }
    it.script = {k: it.script[k] for k in sorted(it.script, key=len, reverse=True)}
    came, structures = await asked(session)
    assert (set(came), structures) == ({7, 8}, {})


async def test_a_no_to_the_beginnings_is_one() -> None:
    _, session = line(b"%s NO no\r\n")
    with refused(Permanent, "imap.refused"):
        await asked(session)
