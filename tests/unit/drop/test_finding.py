"""To whom, about whom: each source, in the order of the rule."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import NeedsUser, Usage
from store.model.drop_options import SEARCHED, FoundIn, RuleOptions
from sync.drop.doctors import plain_code, read_doctors
from sync.drop.finding import Found, find
from sync.drop.pattern import checked_pattern, read_name
from sync.drop.reading import Piece
from sync.drop.reasons import Reason
from tests.unit.documents import cda_maker
from tests.unit.documents.lab_files import (
    DOCTOR,
    OBR,
    PID,
    PLAIN,
    SANTE,
    changed,
    medecin,
    message,
    sante,
)
from tests.unit.documents.test_hl7_orders import cisis

DOCTORS = {
    plain_code(code): frozenset(addresses)
    for code, addresses in {
        "102938475": ["loic@medecins.example"],
        "KERM": ["loic@medecins.example"],
        "DOUBLE": ["un@medecins.example", "deux@medecins.example"],
        cda_maker.RPPS[1:]: ["alice@medecins.example"],
    }.items()
}
PDF = Piece(name=b"KERM_LEFEVRE_Zoe_19840203.pdf", octets=b"%PDF-1.4\n%%EOF")


def found(
    *pieces: Piece, sidecar: object = None, fixed: tuple[str, ...] = (), **more: object
) -> Found:
    """What a rule that looks everywhere finds."""
    options = RuleOptions(**{"search": SEARCHED, **more})  # type: ignore[arg-type]
    octets = None if sidecar is None else json.dumps(sidecar).encode()
    return find([PDF, *pieces], octets, options, fixed, DOCTORS)


def orders(*segments: str) -> Piece:
    return Piece(
        name=b"a.hl7", octets=message(PID, *segments, OBR.replace("102938475", ""), *PLAIN)
    )


HPRIM = Piece(name=b"a.hpr", octets=medecin().encode("cp1252"))
LOIC = ("loic@medecins.example",)


@pytest.mark.parametrize(
    ("pieces", "more", "recipients", "source"),
    [
        ([], {"sidecar": {"recipients": [{"email": "x@y.example"}]}}, ("x@y.example",), "sidecar"),
        ([], {"sidecar": {"recipients": [{"code": "kerm"}]}}, LOIC, "sidecar"),
        ([HPRIM], {}, LOIC, "hprim"),
        ([Piece(name=b"a.hpr", octets=sante())], {}, LOIC, "hprim"),
        ([orders(DOCTOR)], {}, ("loic.kermadec@medecin.mssante.example",), "hl7"),
        ([orders("PV1|1|O|||||KERM^KERMADEC^Loïc")], {}, LOIC, "hl7"),
        ([orders("PV1|1|O|||||AUTRE^X|KERM^KERMADEC^Loïc")], {}, LOIC, "hl7"),
        ([orders("ORC|RE|1||||||||||KERM^KERMADEC^Loïc")], {}, LOIC, "hl7"),
        ([orders(f"OBR|1{'|' * 15}KERM^KERMADEC^Loïc")], {}, LOIC, "hl7"),
        ([Piece(name=b"a.xml", octets=cda_maker.cda())], {}, ("alice@medecins.example",), "cda"),
        ([], {"pattern": "{recipient}_{name}_{given}_{birth}.pdf"}, LOIC, "name"),
        ([], {"fixed": ("alice@medecins.example",)}, ("alice@medecins.example",), "fixed"),
    ],
)
def test_each_source_is_read(
    pieces: list[Piece], more: dict[str, object], recipients: tuple[str, ...], source: str
) -> None:
    said = found(*pieces, **more)  # type: ignore[arg-type]
    assert (said.recipients, said.found_in, said.problem) == (recipients, FoundIn(source), None)


def test_the_first_that_names_somebody_decides() -> None:
    sidecar = {"recipients": [{"email": "x@y.example"}]}
    assert found(HPRIM, sidecar=sidecar, fixed=LOIC).found_in is FoundIn.SIDECAR
    turned = (FoundIn.FIXED, FoundIn.SIDECAR)
    assert found(HPRIM, sidecar=sidecar, fixed=LOIC, search=turned).recipients == LOIC


@pytest.mark.parametrize(
    ("pieces", "more", "problem"),
    [
        ([], {}, Reason.NO_RECIPIENT),
        ([], {"sidecar": {"recipients": [{"code": "INCONNU"}]}}, Reason.UNKNOWN_DOCTOR),
        ([], {"sidecar": {"recipients": [{"code": "double"}]}}, Reason.SEVERAL_DOCTORS),
        ([], {"sidecar": {"recipients": [{"email": "x@y.example"}], "x": 1}}, Reason.SIDECAR_BAD),
        ([], {"sidecar": {"letter": {"to_patient": True}}}, Reason.DESTINATIONS),
        ([orders(DOCTOR, "OBX|9|CE|DESTDMP^x^MetaDMPMSS||Y")], {}, Reason.DESTINATIONS),
        (
            [Piece(name=b"a.hpr", octets=medecin(header=changed(12, "999999999 DR X")).encode())],
            {},
            Reason.UNKNOWN_DOCTOR,
        ),
        ([Piece(name=b"a.xml", octets=cda_maker.cda()[:-30])], {}, Reason.COMPANION_BAD),
    ],
)
def test_whom_it_cannot_lead_to_it_never_guesses(
    pieces: list[Piece], more: dict[str, object], problem: Reason
) -> None:
    said = found(*pieces, fixed=() if problem is Reason.NO_RECIPIENT else LOIC, **more)  # type: ignore[arg-type]
    assert (said.problem, said.recipients) == (problem, ())


def test_two_doctors_in_one_file_are_a_doubt() -> None:
    other = medecin(header=changed(12, "999999998 DR X"))
    both = Piece(name=b"a.hpr", octets=medecin().encode() + other.encode())
    doctors = {**DOCTORS, "999999998": frozenset(["x@y.example"])}
    said = find([PDF, both], None, RuleOptions(search=SEARCHED), (), doctors)
    assert said.problem is Reason.SEVERAL_DOCTORS


def test_the_patient_is_read_from_every_source_whatever_the_order() -> None:
    said = found(
        HPRIM, search=(FoundIn.FIXED,), fixed=LOIC, pattern="{any}_{name}_{given}_{birth}.pdf"
    )
    assert [each.found_in for each in said.named] == [FoundIn.HPRIM, FoundIn.NAME]
    assert {each.traits.birth_day for each in said.named} == {"1984-02-03"}


def test_a_message_without_a_result_says_whose_the_document_beside_it_is() -> None:
    asked = Piece(name=b"a.hl7", octets=message(PID, "PV1|1|O|||||KERM^KERMADEC^Loïc", "ORC|RE|1"))
    said = found(asked)
    assert [each.traits.birth_day for each in said.named] == ["1984-02-03"]
    assert said.recipients == LOIC


@pytest.mark.parametrize(
    ("name", "whole", "problem"),
    [
        (b"a.hl7", message(PID, "PV1|1|O|||||KERM^KERMADEC^Loïc", OBR, *PLAIN), "hl7"),
        (b"a.hpr", medecin().encode("cp1252"), "hprim"),
    ],
)
def test_wherever_a_file_is_broken_off_it_never_goes_to_whom_it_does_not_name(
    name: bytes, whole: bytes, problem: str
) -> None:
    for end in range(1, len(whole)):
        said = found(Piece(name=name, octets=whole[:end]), fixed=("z@medecins.example",))
        assert said.problem or said.found_in == FoundIn(problem), whole[:end]


def test_a_message_is_known_by_its_number() -> None:
    assert found(orders(DOCTOR)).control_ids == ("M-77",)


@pytest.mark.parametrize(
    "pattern", ["", "a.pdf", "{x}.pdf", "{name}{given}", "{name}_{name}", "{name"]
)
def test_a_pattern_that_cannot_be_is_refused(pattern: str) -> None:
    with pytest.raises(Usage, match="bad_pattern"):
        checked_pattern(pattern)


@given(st.text(max_size=400))
def test_no_name_keeps_the_pattern_busy(name: str) -> None:
    read_name("{recipient}_{any}_{name}-{given}.{any}_{birth}.pdf", name * 20)


def test_a_name_with_a_doubtful_century_names_no_day() -> None:
    assert read_name("{name}_{birth}.pdf", "X_28-03-79.pdf").patient.birth_day == ""  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", 1),
        (b"code;mail\n", 1),
        (b"code;adresse\nA;x@y.example\nB;pas une adresse\n", 3),
        (b"code;adresse\n;x@y.example\n", 2),
        (b"code;adresse\nA;x@y.example;z\n", 2),
        pytest.param(b"code;adresse\n" + b"A" * 200_000 + b";x@y.example\n", 2, id="no-end"),
    ],
)
def test_a_list_with_an_error_says_its_line(text: bytes, line: int) -> None:
    with pytest.raises(NeedsUser) as bad:
        read_doctors(text, "m.csv")
    assert (bad.value.code, bad.value.params["line"]) == ("doctors.bad", line)


def test_a_list_as_a_spreadsheet_writes_it() -> None:
    text = 'Code,Adresse\r\n"DUP 01 ",x@y.example\r\ndup  01,z@y.example\r\n\r\n'
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        assert read_doctors(text.encode(encoding), "m.csv") == {
            "dup 01": frozenset({"x@y.example", "z@y.example"})
        }


def test_one_address_written_twice_is_one() -> None:
    text = "code;adresse\nA;Loic@Y.example\na;loic@y.example\n"
    assert read_doctors(text.encode(), "m.csv") == {"a": frozenset({"Loic@Y.example"})}


def test_a_list_of_which_one_has_no_address_is_held_whole() -> None:
    nameless = "PRT||UC||RCT^^participation|^MARTIN^Paul"
    here = found(orders(DOCTOR, nameless), fixed=("z@medecins.example",))
    assert (here.recipients, here.problem) == ((), Reason.UNKNOWN_DOCTOR)
    alone = found(orders(nameless), fixed=("z@medecins.example",))
    assert (alone.recipients, alone.problem) == (("z@medecins.example",), None)


def test_the_number_of_the_request_is_what_the_files_agree_on() -> None:
    assert found(HPRIM).request == "B-4471"
    assert found(orders(DOCTOR)).request == "E1"
    other = Piece(name=b"b.hpr", octets=medecin(header=changed(9, "506233")).encode("cp1252"))
    assert found(HPRIM, other).request == ""
    assert found().request == ""


@pytest.mark.parametrize(
    ("number", "request_"),
    [("B-4471", "B-4471"), ("", "E1"), ("B-9000~LABO29", "B-9000")],
)
def test_the_number_of_a_request_is_read_from_segments_too(number: str, request_: str) -> None:
    lines = [line.replace("|E1|B-4471|", f"|E1|{number}|") for line in SANTE]
    second = lines[2].replace("OBR|1|E1", "OBR|2|E2")  # of the same request: the first counts
    octets = sante(*lines[:-1], second, lines[-1])
    assert found(Piece(name=b"a.hpr", octets=octets)).request == request_


def test_two_patients_of_one_message_are_two_requests() -> None:
    other = [line.replace("B-4471", "B-4472") for line in SANTE[1:3]]
    octets = sante(*SANTE[:-1], *other, SANTE[-1])
    assert found(Piece(name=b"a.hpr", octets=octets)).request == ""


def test_what_cannot_be_read_is_said_before_where_another_file_wants_to_go() -> None:
    broken = Piece(name=b"a.xml", octets=cda_maker.cda()[:-30])
    asks = Piece(name=b"a.hl7", octets=cisis(DESTMSSANTEPAT="N"))
    for pieces in ([broken, asks], [asks, broken]):
        here = find(pieces, None, RuleOptions(search=SEARCHED), ("z@medecins.example",), {})
        assert here.problem is Reason.COMPANION_BAD


@pytest.mark.parametrize("name", [b"a.hpr", b"a.HPM", b"a.hprim", b"a.hl7"])
@pytest.mark.parametrize("octets", [b"", medecin().encode()[:60], b"\0" * 50])
def test_a_message_of_which_nothing_can_be_read_says_nobody_and_holds(
    name: bytes, octets: bytes
) -> None:
    assert found(Piece(name=name, octets=octets), fixed=LOIC).problem is Reason.COMPANION_BAD


def test_a_text_beside_a_document_may_say_anything() -> None:
    assert found(Piece(name=b"a.txt", octets=b"Bonjour"), fixed=LOIC).recipients == LOIC


BY_NAME = (FoundIn.SIDECAR, FoundIn.NAME, FoundIn.FIXED)
TO_X: dict[str, object] = {"recipients": [{"email": "x@y.example"}]}


@pytest.mark.parametrize(
    ("pattern", "search", "sidecar", "missed"),
    [
        ("DOC-{recipient}.pdf", BY_NAME, None, True),  # the rule's own address would be a guess
        ("DOC-{recipient}.pdf", BY_NAME, TO_X, False),
        ("DOC-{recipient}.pdf", (FoundIn.FIXED, FoundIn.NAME), None, False),
        ("DOC-{recipient}.pdf", (FoundIn.FIXED,), None, False),
        ("DOC-{name}.pdf", (FoundIn.FIXED,), None, True),  # nobody would be compared
        ("DOC-{name}.pdf", (FoundIn.FIXED,), {"patient": {"birth_name": "LEFEVRE"}}, False),
        ("{recipient}_{any}.pdf", BY_NAME, None, False),
        ("{any}_{recipient}.pdf", BY_NAME, None, False),
    ],
)
def test_a_name_that_does_not_fit_its_pattern_says_nothing_and_is_said(
    pattern: str, search: tuple[FoundIn, ...], sidecar: dict[str, object] | None, missed: bool
) -> None:
    said = found(sidecar=sidecar, fixed=LOIC, pattern=pattern, search=search)
    assert said.name_missed is missed


def test_a_hole_filled_with_nothing_does_not_fit() -> None:
    assert not read_name("{recipient}_{any}.pdf", "  _x.pdf").fits
    assert read_name("{recipient}_{any}.pdf", "A_x.pdf").fits


@pytest.mark.parametrize(
    ("recipient", "problem"),
    [
        ({"email": "Loic@medecins.example", "code": "KERM"}, None),
        ({"email": "deux@medecins.example", "code": "DOUBLE"}, None),
        ({"email": "x@y.example", "code": "NOT-IN-THE-LIST"}, None),
        ({"email": "x@y.example", "code": "KERM"}, Reason.SEVERAL_DOCTORS),
        ({"email": "loic@medecins.example", "rpps": cda_maker.RPPS[1:]}, Reason.SEVERAL_DOCTORS),
        ({"code": "KERM", "rpps": cda_maker.RPPS[1:]}, Reason.SEVERAL_DOCTORS),
    ],
)
def test_an_address_and_a_code_that_name_two_doctors_are_a_doubt(
    recipient: dict[str, str], problem: Reason | None
) -> None:
    who = found(sidecar={"recipients": [recipient]})
    assert who.problem is problem
    assert bool(who.recipients) is (problem is None)


def test_a_name_with_one_word_more_than_its_pattern_says_nothing() -> None:
    """Else a patient would be called DE LA, and every page on which these words stand be theirs."""
    pattern = "{recipient}_{name}_{given}_{birth}.pdf"
    assert not read_name(pattern, "A_DE_LA_TOUR_ANNE_14021951.pdf").fits
    for birth in ("14021951", "14-02-51", "140251", "1951-02-14 08h30", "00000000", "00001950"):
        assert read_name(pattern, f"A_TOUR_ANNE_{birth}.pdf").fits
    for birth in ("DUPONT", "999999", "31021984", "29-02-1985"):
        assert not read_name(pattern, f"A_TOUR_ANNE_{birth}.pdf").fits
