"""The file beside a document: every key it may have, and no other."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import NeedsUser
from store.model.document import Identifier, Moment, Sex
from sync.documents.author_file import read_author
from sync.documents.facts import IDNPS, INS_TEST, LOINC, Coded
from sync.documents.sidecar import Addressed, Described, Sidecar, read_sidecar
from tests.unit.documents.invented import INS, RPPS

ROOT = Path(__file__).parents[3]
WHOLE = f"""
[patient]
ins = "{INS}"
ins_oid = "{INS_TEST}"
ins_qualified = true
birth_name = "LEROUX-ESSAI"
used_name = "MARTIN-ESSAI"
given_names = ["ANAÏS", "LUCE"]
birth_day = 1985-03-14
sex = "F"
birth_place = "75120"
identifiers = [{{ oid = "1.2.250.1.999.7.9", value = "D-4471" }}]
address = \"\"\"
3 rue des Essais
69003 LYON\"\"\"
phones = "04 00 00 00 01"

[document]
kind = "cr-bio"
title = "Compte rendu d'examens biologiques"
service = 2026-11-24T08:15:00+01:00
created = "2026-11-24"
confidentiality = "N"
order_number = "26112400178"
act = {{ code = "18719-5", name = "Biochimie" }}
prescriber = {{ rpps = "{RPPS[1]}", family_name = "Chênevert", given_name = "Alice" }}
replaces = {{ identifier = {{ oid = "1.2.3", value = "a" }}, set = {{ oid = "1.2.3" }}, \
version = 1, entry = "0f0f0f0f-0000-4000-8000-000000000001" }}

[[recipients]]
email = "alice@cabinet.example"
name = "Dr Alice Chênevert"

[[recipients]]
code = "0042"

[letter]
to_patient = true
closes = true
urgent = true
to_dmp = true
body = \"\"\"Bonjour,
voici.\"\"\"
"""


def test_it_says_all_that_its_keys_say() -> None:
    found = read_sidecar(WHOLE.encode())
    patient, document = found.patient, found.document
    assert patient
    assert (patient.ins, patient.ins_root, found.ins_is_qualified) == (INS, INS_TEST, True)
    assert (patient.given_names, patient.birth_day) == (("ANAÏS", "LUCE"), "1985-03-14")
    assert patient.sex is Sex.FEMALE
    assert patient.address == "3 rue des Essais\n69003 LYON"
    assert patient.identifiers == (Identifier(root="1.2.250.1.999.7.9", extension="D-4471"),)
    assert document.act == Coded(code="18719-5", system=LOINC, name="Biochimie")
    assert document.service_at == Moment(
        said="20261124081500+0100", day="2026-11-24", at=1795504500
    )
    assert document.created_at == Moment(said="20261124", day="2026-11-24")
    assert document.prescriber
    assert document.prescriber.identifier == Identifier(root=IDNPS, extension=f"8{RPPS[1]}")
    assert document.replaces
    assert found.recipients == (
        Addressed(email="alice@cabinet.example", name="Dr Alice Chênevert"),
        Addressed(code="0042"),
    )
    assert (found.to_patient, found.closes, found.urgent, found.to_dmp) == (True,) * 4
    assert found.body == "Bonjour,\nvoici."
    assert found.warnings == ()


def test_the_examples_of_the_documentation_are_understood() -> None:
    text = (ROOT / "docs" / "documents-build.md").read_text(encoding="utf-8")
    described, settings = re.findall(r"```toml\n(.*?)```", text, re.S)
    sidecar, author = read_sidecar(described.encode()), read_author(settings.encode())
    assert sidecar.warnings == ()
    assert author.software
    # Every key that there is stands in the example: what is left empty is said to be so.
    assert all(getattr(sidecar, each.name) for each in fields(sidecar) if each.name != "warnings")
    silent = {each.name for each in fields(Described) if not getattr(sidecar.document, each.name)}
    assert silent == set()


def test_json_says_the_same() -> None:
    said = {"patient": {"birth_name": "ESSAI", "birth_day": "1985-03-14", "given_names": "LUCE"}}
    found = read_sidecar(b"\xef\xbb\xbf" + json.dumps(said).encode())
    assert found.patient
    assert (found.patient.birth_day, found.patient.given_names) == ("1985-03-14", ("LUCE",))


def test_a_wrong_key_of_an_ins_or_an_rpps_is_told_and_refuses_nothing() -> None:
    wrong = f"{INS[:13]}{(int(INS[13:]) % 97) + 1:02}"
    found = read_sidecar(
        f'[patient]\nins = "{wrong}"\n[[recipients]]\nrpps = "12345678901"'.encode()
    )
    assert found.patient
    assert found.patient.ins == wrong
    assert found.warnings == ("identifier.ins_key", "identifier.rpps_key")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[patient]\nbirthday = "1985-03-14"', "patient.birthday"),
        ("[patien]", "patien"),
        ("[document]\nact = { code = 'a', display = 'b' }", "document.act.display"),
        ("[[recipients]]\nmail = 'a@b.example'\ncode = '1'", "recipients[1].mail"),
    ],
)
def test_a_key_that_nobody_knows_is_an_error_by_its_name(text: str, key: str) -> None:
    with pytest.raises(NeedsUser) as told:
        read_sidecar(text.encode())
    assert (told.value.code, told.value.params) == ("sidecar.unknown_key", {"key": key})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[patient]\nbirth_day = '14/03/1985'", "patient.birth_day"),
        ("[patient]\nbirth_day = 1985-03-14T00:00:00Z", "patient.birth_day"),
        ("[patient]\nins_oid = '1.2.250.1.213.1.4.2'", "patient.ins_oid"),
        ("[patient]\nsex = 'Féminin'", "patient.sex"),
        ("[patient]\nins = 285037512003400", "patient.ins"),
        ("[patient]\nbirth_name = 'A\\u0007B'".replace("'", '"'), "patient.birth_name"),
        ("[patient]\nbirth_name = 'A\\nB'".replace("'", '"'), "patient.birth_name"),
        ("[document]\nservice = 2026-11-24T08:15:00", "document.service"),
        ("[document]\nservice = 'hier'", "document.service"),
        ("[document]\ncode_system = 'cim10'", "document.code_system"),
        ("[document]\nreplaces = { version = 1 }", "document.replaces"),
        ("[document]\nclass = { code = '11' }", "document.class"),
        ("[[recipients]]\nname = 'Alice'", "recipients"),
        ("[[recipients]]\nemail = 'alice'", "recipients[1].email"),
        ("[letter]\nurgent = 'oui'", "letter.urgent"),
        ("patient = 'Luce'", "patient"),
    ],
)
def test_a_value_of_another_form_is_an_error_by_its_key(text: str, key: str) -> None:
    with pytest.raises(NeedsUser) as told:
        read_sidecar(text.encode())
    assert (told.value.code, told.value.params) == ("sidecar.bad_value", {"key": key})


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"\xff\xfe", "sidecar.not_read"),
        (b"= 3", "sidecar.not_read"),
        (b"{", "sidecar.not_read"),
        (b'{"letter": {"urgent": true, "urgent": false}}', "sidecar.not_read"),
        (b'{"a":' * 5000, "sidecar.not_read"),
        (b"a=" + b"[" * 5000, "sidecar.not_read"),
        (b"#" * 70_000, "sidecar.too_large"),
    ],
)
def test_what_cannot_be_read_is_said(octets: bytes, code: str) -> None:
    with pytest.raises(NeedsUser) as told:
        read_sidecar(octets)
    assert told.value.code == code


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["ins", "email", "code", "act", "service", "order", "value", "x"]),
                inner,
            )
        ),
        max_leaves=8,
    ),
    st.sampled_from(["patient", "document", "recipients", "letter"]),
)
def test_whatever_stands_there_is_read_or_refused(value: object, table: str) -> None:
    with contextlib.suppress(NeedsUser):
        assert isinstance(read_sidecar(json.dumps({table: value}).encode()), Sidecar)
