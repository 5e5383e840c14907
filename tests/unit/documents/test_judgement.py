"""What a laboratory thinks of a value is never lost, whatever the format it says so in."""

from __future__ import annotations

import pytest

from store.model.document import Abnormality, Status
from sync.documents import hl7, hprim_medecin, hprim_sante
from sync.documents.cda import read_cda
from sync.documents.judgement import judged, state_of_whole
from tests.unit.documents import cda_maker
from tests.unit.documents.lab_files import OBR, PID, SANTE, medecin, message, sante


@pytest.mark.parametrize(
    ("letters", "grave", "words"),
    [
        (["H", "HH"], Abnormality.VERY_HIGH, ""),
        (["a", "AA "], Abnormality.VERY_ABNORMAL, ""),
        (["N", "L"], Abnormality.LOW, ""),
        (["R"], Abnormality.UNKNOWN, "R"),
        (["H", "r", "S", "R"], Abnormality.HIGH, "R, S"),
        (["HH*"], Abnormality.VERY_HIGH, ""),
        (["**", "+"], Abnormality.UNKNOWN, "**, +"),
        (["", " "], Abnormality.UNKNOWN, ""),
        ([], Abnormality.UNKNOWN, ""),
    ],
)
def test_the_gravest_counts_and_the_others_are_kept(
    letters: list[str], grave: Abnormality, words: str
) -> None:
    assert judged(letters) == (grave, words)


def test_resistant_is_read_in_every_format() -> None:
    """Of an antibiogram the letter is the result."""
    code = "AMX~Amoxicilline~L"
    readings = (
        hl7.documents(message(PID, OBR, "OBX|1|NM|AMX^Amoxicilline^L||32|mg/L||R|||F"))[0],
        hprim_medecin.read(medecin(results=["RES|Amoxicilline|AMX|N|32|mg/l|||R|F"]).encode())[0],
        hprim_sante.read(sante(*SANTE[:4], f"OBX|1|NM|{code}||32|mg/l||R|||F", "L|1"))[0].document,
        read_cda(cda_maker.results(cda_maker.observation(rest=cda_maker.judged("R")))),
    )
    for each in readings:
        assert each.observations[0].comment == "R"
    for each in readings[:3]:
        assert "    R" in each.text.splitlines()


def test_of_two_flags_the_gravest_alerts() -> None:
    (found,) = hl7.documents(message(PID, OBR, "OBX|1|NM|K^Potassium^L||7.1|mmol/L||H~HH|||F"))
    assert found.observations[0].abnormality.is_alert


def test_a_result_that_was_given_up_says_so() -> None:
    (found,) = read_cda(cda_maker.results(cda_maker.observation(status="aborted"))).observations
    assert found.comment == "statusCode aborted"


F, P, C, D, U = Status.FINAL, Status.PARTIAL, Status.CORRECTED, Status.DELETED, Status.UNKNOWN


@pytest.mark.parametrize(
    ("requests", "results", "state"),
    [
        ([F, F], [C], F),
        ([F, C], [], C),
        ([F, D], [], C),
        ([D, D], [], D),
        ([P, F], [], P),
        ([F, U], [], U),
        ([U], [F, F], F),
        ([], [F, C], C),
        ([], [F, D], C),
        ([], [P, F], P),
        ([], [], U),
    ],
)
def test_a_document_is_taken_back_only_when_all_of_it_is(
    requests: list[Status], results: list[Status], state: Status
) -> None:
    assert state_of_whole(requests, results) is state


def test_the_state_of_results_is_that_of_their_document_in_every_format() -> None:
    code = "K~Potassium~L"
    bare = OBR.removesuffix("|F")
    assert hl7.documents(message(PID, bare, "OBX|1|NM|K^P^L||4|g|||||C"))[0].status is C
    assert hprim_medecin.read(medecin(results=["RES|K|K|N|4|g|||N|C"]).encode())[0].status is C
    file = sante(*SANTE[:3], f"OBX|1|NM|{code}||4|g||N|||C", "L|1")
    assert hprim_sante.read(file)[0].document.status is C
