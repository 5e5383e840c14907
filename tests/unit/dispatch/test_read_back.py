"""Whatever a description says, the letter read back says the same, and its files are valid."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from store.model.document import Traits
from sync.dispatch.building import build_dispatch
from sync.dispatch.facts import Built, Held
from sync.documents.facts import INS_TEST
from sync.documents.xdm import read_xdm
from sync.mime.read import derive
from tests.unit.dispatch.practice import facts
from tests.unit.dispatch.test_exporting import written
from tests.unit.documents.invented import INS, PDF_OCTETS, unzipped
from tests.unit.documents.validity import valid_cda, valid_metadata

NAMES = st.text(st.sampled_from("ABÇÉËŒÑ abcéèü'’-&<>\"^|~\\"), min_size=1, max_size=30).filter(
    lambda name: any(map(str.isalpha, name)) and name == " ".join(name.split())
)
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(str)
PATIENTS = st.fixed_dictionaries(
    {
        "ins": st.just(INS),
        "ins_oid": st.just(INS_TEST),
        "ins_qualified": st.booleans(),
        "birth_name": NAMES,
        "given_names": st.lists(NAMES, min_size=1, max_size=3),
        "birth_day": DAYS,
        "sex": st.sampled_from(["F", "M"]),
    },
    optional={"used_name": NAMES, "birth_place": st.sampled_from(["75120", "Lyon"])},
)
DOCUMENTS = st.fixed_dictionaries(
    {"title": NAMES, "service": st.sampled_from(["2026-11-24", "2026-11-24T08:15:00+01:00"])},
    optional={
        "order_number": NAMES,
        "encounter": st.just("2026-11-23"),
        "prescriber": st.fixed_dictionaries({"family_name": NAMES}),
    },
)


@given(PATIENTS, DOCUMENTS, st.booleans())
def test_what_is_read_back_is_what_was_said(
    patient: dict[str, Any], document: dict[str, Any], to_patient: bool
) -> None:
    said = {"patient": patient, "document": document, "letter": {"to_patient": to_patient}}
    asked = facts(json.dumps(said), is_whole=True)
    built = build_dispatch(asked)
    if to_patient and not patient["ins_qualified"]:
        assert isinstance(built, Held)
        assert [each.code for each in built.reasons] == ["dispatch.patient_not_qualified"]
        return
    assert isinstance(built, Built), [str(each) for each in built.reasons]
    letters = [each for each in (built.letter, built.patient_letter) if each]
    assert len(letters) == 1 + to_patient
    for letter in letters:
        files = unzipped(letter.files[0].octets)
        valid_cda(files["IHE_XDM/SUBSET01/DOC00001.XML"])
        valid_metadata(files["IHE_XDM/SUBSET01/METADATA.XML"])
        package = read_xdm(letter.files[0].octets)
        assert package.warnings == ()
        [found] = package.documents
        assert found.patient
        assert asked.sidecar.patient
        same(found.patient, asked.sidecar.patient)
        assert found.title == document["title"]
        assert found.service_at
        assert found.service_at.day == "2026-11-24"
        assert [each.octets for each in found.renditions] == [PDF_OCTETS]
        read = derive(written(letter))
        assert read.subject == letter.subject
        assert document["title"] in read.subject
        assert patient["birth_name"].upper() in read.subject
        assert read.warnings == ()


def same(found: Traits, said: Traits) -> None:
    assert (found.ins, found.ins_root) == (said.ins, said.ins_root)
    assert (found.birth_name, found.used_name) == (said.birth_name, said.used_name)
    assert found.given_names[0].split() == said.given_names[0].split()
    assert (found.birth_day, found.sex) == (said.birth_day, said.sex)
    assert found.birth_place == said.birth_place
