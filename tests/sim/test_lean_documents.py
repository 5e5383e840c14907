"""One document of a letter that is not whole: asked for alone, cut anywhere, never offered half."""

from __future__ import annotations

import base64

import pytest

from store.db import outlines, structures
from store.db.part_ranges import DIFFERS
from store.db.parts import part_octets, parts_of
from store.errors import Permanent, Transient, Usage
from store.model.email import Part, PartState, TransferEncoding
from store.model.ids import EmailId
from sync.derive import derive_emails
from tests.sim.server import Kind
from tests.sim.test_lean_stories import email_id, world
from tests.sim.world import LEAN, World

RESULT = b"%PDF-1.4 " + bytes(range(200)) * 2
PHOTOGRAPH = b"\xff\xd8" + bytes(range(256)) * 60


def part(name: bytes, octets: bytes) -> bytes:
    coded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    head = b"--b\r\nContent-Type: application/pdf; name=%s\r\n" % name
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + coded


def letter(result: bytes = RESULT) -> bytes:
    """A photograph, and behind it a result."""
    return (
        b"Message-ID: <two@t.test>\r\nSubject: two\r\nContent-Type: multipart/mixed; boundary=b\r\n"
        b"\r\n--b\r\n\r\nBonjour.\r\n%s%s--b--\r\n"
        % (part(b"photo.pdf", PHOTOGRAPH), part(b"bilan.pdf", result))
    )


def listed(kind: Kind = Kind.QRESYNC) -> World:
    """A long letter is begun, its parts are known, nobody has asked for any."""
    lean = world(kind)
    lean.box().add(letter(), frozenset())
    lean.settle()
    return lean


def shown(lean: World, number: str = "3") -> Part:
    [found] = [each for each in parts_of(lean.db, email_id(lean)) if each.number == number]
    return found


def want(lean: World, number: str = "3") -> None:
    assert structures.want_part(lean.db, email_id(lean), number, 7)


def is_here(lean: World) -> bool:
    return shown(lean).state is PartState.HERE


def test_the_documents_of_a_long_letter_are_listed_before_any_comes() -> None:
    lean = listed()
    _, photograph, result = parts_of(lean.db, email_id(lean))
    assert (photograph.name, result.name) == ("photo.pdf", "bilan.pdf")
    assert result.state is photograph.state is PartState.AWAY
    assert abs(result.size - len(RESULT)) < 20
    assert lean.session.carried == 0
    with pytest.raises(Permanent, match="not_whole"):
        part_octets(lean.db, email_id(lean), "3")


def test_the_structure_comes_in_the_flight_of_the_text() -> None:
    lean = world()
    lean.deliver("short@t.test")
    for n in range(30):
        lean.box().add(letter().replace(b"two@", b"%d@" % n), frozenset())
    lean.settle()
    described = lean.db.execute("SELECT sum(structured) FROM email_outline").fetchone()
    assert described == (30,)


@pytest.mark.parametrize("kind", [Kind.QRESYNC, Kind.BARE])
@pytest.mark.parametrize("lacks", [frozenset(), frozenset({"BINARY"})])
def test_one_document_comes_alone_and_before_the_one_in_front_of_it(
    kind: Kind, lacks: frozenset[str]
) -> None:
    lean = listed(kind)
    want(lean)
    lean.sync(refuses=set(lacks))
    assert part_octets(lean.db, email_id(lean), "3") == RESULT
    assert shown(lean, "2").state is PartState.AWAY
    assert lean.session.carried < len(RESULT) * (1.4 if lacks else 1) + 64 * 20
    assert outlines.stage_of(lean.db, email_id(lean)) is outlines.Stage.BEGUN
    lean.settle()


def test_decoded_by_the_server_a_document_crosses_once_but_for_the_overlap() -> None:
    lean = listed()
    want(lean)
    lean.sync()
    flights = lean.session.said.count("BINARY")
    assert lean.session.carried <= len(RESULT) + flights * 64


def steps_of_one_document(lacks: frozenset[str] = frozenset()) -> int:
    lean = listed()
    want(lean)
    lean.sync(refuses=set(lacks))
    return lean.steps


EVERY_STEP = [
    (lacks, step)
    for lacks in (frozenset[str](), frozenset({"BINARY"}))
    for step in range(steps_of_one_document(lacks))
]


@pytest.mark.parametrize(("lacks", "step"), EVERY_STEP)
def test_dying_anywhere_a_document_goes_on_behind_what_came(
    lacks: frozenset[str], step: int
) -> None:
    lean = listed()
    want(lean)
    assert lean.sync(fuse=step, refuses=set(lacks)) is None
    if not is_here(lean):
        with pytest.raises(Permanent, match="not_whole"):
            part_octets(lean.db, email_id(lean), "3")
    before = lean.session.carried
    lean.sync(refuses=set(lacks))
    assert part_octets(lean.db, email_id(lean), "3") == RESULT
    coded = len(base64.encodebytes(RESULT).replace(b"\n", b"\r\n"))
    again = before + lean.session.carried - (coded if lacks else len(RESULT))
    assert again <= LEAN.at_once + 64 * 30, "more than one range came twice"
    lean.settle()


@pytest.mark.parametrize("first", [frozenset(), frozenset({"BINARY"})])
def test_another_server_that_gives_it_otherwise_begins_it_anew(first: frozenset[str]) -> None:
    lean = listed()
    want(lean)
    lean.sync(fuse=steps_of_one_document() // 2, refuses=set(first))
    assert shown(lean).held > 0
    lean.box().renumber()
    lean.sync(refuses=set() if first else {"BINARY"})
    lean.settle()
    assert part_octets(lean.db, email_id(lean), "3") == RESULT


@pytest.mark.logs("part.begun_anew")
def test_a_document_of_which_other_octets_come_is_begun_anew() -> None:
    lean = listed()
    want(lean)
    lean.sync(fuse=steps_of_one_document() // 2)
    other = RESULT[::-1]
    [uid] = lean.box().letters
    it = lean.box().letters[uid]
    lean.box().letters[uid] = it.__class__(uid, it.keywords, letter(other), it.modseq)
    lean.sync()
    assert not is_here(lean)
    lean.sync()
    assert part_octets(lean.db, email_id(lean), "3") == other


@pytest.mark.logs("part.refused")
def test_a_document_its_server_cannot_decode_comes_as_it_is_encoded() -> None:
    lean = listed()
    want(lean)
    lean.sync(refuses_once={"BINARY"})
    assert part_octets(lean.db, email_id(lean), "3") == RESULT


def test_without_its_size_a_decoded_document_is_not_believed_to_be_whole() -> None:
    lean = listed()
    want(lean)
    lean.sync(says_size=False)
    assert part_octets(lean.db, email_id(lean), "3") == RESULT
    assert "PART" in lean.session.said


@pytest.mark.parametrize("lacks", [frozenset(), frozenset({"BINARY"})])
def test_nothing_of_a_document_is_thrown_away_when_the_line_breaks_within_it(
    lacks: frozenset[str],
) -> None:
    lean = listed()
    want(lean)
    for cut, held in ((20, 20), (20 + 9, 29), (29 + 7, 36)):
        with pytest.raises(Transient):
            lean.sync(cut_after=cut, refuses=set(lacks))
        assert shown(lean).held == held
    lean.sync(refuses=set(lacks))
    assert part_octets(lean.db, email_id(lean), "3") == RESULT
    lean.settle()


@pytest.mark.parametrize("lacks", [frozenset(), frozenset({"BINARY"})])
def test_a_document_that_ends_early_is_never_offered(lacks: frozenset[str]) -> None:
    lean = listed()
    want(lean)
    lean.sync(ends_ranges_after=10, refuses=set(lacks))
    assert shown(lean).state is PartState.REFUSED
    with pytest.raises(Permanent, match="not_whole"):
        part_octets(lean.db, email_id(lean), "3")
    lean.settle()
    want(lean)
    lean.sync()
    assert part_octets(lean.db, email_id(lean), "3") == RESULT


@pytest.mark.parametrize("lie", [-100, 100])
def test_a_server_wrong_about_the_size_of_a_part_gives_it_whole_or_not_at_all(lie: int) -> None:
    lean = world()
    lean.box().add(letter(), frozenset())
    lean.sync(lies_about_length=lie)
    want(lean)
    lean.sync()
    assert part_octets(lean.db, email_id(lean), "3") == RESULT


def test_the_letter_itself_is_not_asked_for_when_a_document_is_refused() -> None:
    lean = listed()
    want(lean)
    lean.sync(ends_ranges_after=10)
    assert outlines.last_wanted(lean.db, lean.account_id) == 0


def test_a_letter_whose_parts_are_not_known_gives_none_alone() -> None:
    lean = world()
    lean.box().add(letter(), frozenset())
    for _ in range(9):
        lean.sync(refuses={"STRUCTURE"})
    assert lean.session.said.count("STRUCTURES") == 0, "asked for ever"
    with pytest.raises(Usage, match="not_alone"):
        want(lean)


@pytest.mark.logs("letter.refused")
def test_a_server_that_refuses_to_say_the_parts_holds_up_nothing() -> None:
    lean = world()
    lean.box().add(letter(), frozenset())
    lean.sync(refuses={"STRUCTURES"})
    lean.deliver("short@t.test")
    lean.settle()
    assert lean.whole_octets()["short@t.test"]


def test_a_letter_that_is_one_document_is_asked_for_whole() -> None:
    lean = world()
    one = b"Message-ID: <one@t.test>\r\nSubject: one\r\n\r\n" + b"x" * LEAN.most
    lean.box().add(one, frozenset())
    lean.settle()
    want(lean, "1")
    assert outlines.last_wanted(lean.db, lean.account_id) == 7


def test_what_came_alone_gives_way_to_the_letter() -> None:
    lean = listed()
    want(lean)
    lean.sync()
    derive_emails(lean.db)
    outlines.want(lean.db, email_id(lean), 8)
    lean.lean = None
    lean.settle()
    derive_emails(lean.db)
    assert part_octets(lean.db, email_id(lean), "3") == RESULT
    assert lean.db.execute("SELECT count(*) FROM announced_part").fetchone() == (0,)
    assert lean.db.execute("SELECT count(*) FROM blob").fetchone() == (1,)
    assert notes(lean, email_id(lean)) == []


def test_a_document_that_is_not_the_one_in_the_letter_is_told_of() -> None:
    lean = listed()
    want(lean)
    lean.sync()
    [uid] = lean.box().letters
    it = lean.box().letters[uid]
    lean.box().letters[uid] = it.__class__(uid, it.keywords, letter(RESULT[::-1]), it.modseq)
    lean.lean = None
    lean.settle()
    derive_emails(lean.db)
    assert notes(lean, email_id(lean)) == [DIFFERS]
    assert part_octets(lean.db, email_id(lean), "3") == RESULT[::-1]


def test_a_server_wrong_about_an_encoding_is_found_out_by_the_whole_letter() -> None:
    lean = world()
    lean.box().add(letter(), frozenset())
    lean.sync(lies_about_encoding=TransferEncoding.IDENTITY)
    want(lean)
    lean.sync(refuses={"BINARY"})
    assert part_octets(lean.db, email_id(lean), "3") != RESULT
    lean.lean = None
    lean.settle()
    derive_emails(lean.db)
    assert notes(lean, email_id(lean)) == [DIFFERS]


def test_the_rest_of_its_letter_is_not_brought_before_it_is_asked_for() -> None:
    lean = listed()
    want(lean)
    lean.sync()
    lean.lean = LEAN.__class__(begin=40, at_once=30, small=100, most=10**6)
    lean.sync()
    assert lean.session.carried == 0
    outlines.want(lean.db, email_id(lean), 8)
    lean.sync()
    assert lean.whole_octets() == {"two@t.test": letter()}


def notes(lean: World, of: EmailId) -> list[str]:
    rows = lean.db.execute("SELECT code FROM email_note WHERE email_id = ?", (of,))
    return [row[0] for row in rows]
