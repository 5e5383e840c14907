"""A CDA is whole, valid and says what its facts say, or what is missing is named."""

from __future__ import annotations

import base64
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from store.model.document import (
    Format,
    HealthDocument,
    Identifier,
    Moment,
    Professional,
    Rendition,
    Sex,
    Status,
)
from sync.documents.cda import read_cda
from sync.documents.cda_biology import Why, unstructured_because
from sync.documents.facts import (
    Context,
    Fact,
    Missing,
    timestamp,
    utc_timestamp,
)
from sync.documents.oids import INS_TEST
from sync.documents.results_text import results_text
from sync.documents.xml_text import tag, words
from tests.unit.documents.invented import (
    BIOLOGIST,
    CONTEXT,
    CORRECTION,
    CRP,
    DOCUMENT,
    IN_CODES,
    INS,
    PATIENT,
    PDF_OCTETS,
    TSH,
    cda,
)
from tests.unit.documents.validity import V3, valid_cda

NOTHING = Professional()


def test_the_header_is_that_of_the_ci_sis() -> None:
    root = valid_cda(cda().octets)
    assert [each.get("root") for each in root.findall("v3:templateId", V3)] == [
        "2.16.840.1.113883.2.8.2.1",
        "1.2.250.1.213.1.1.1.1",
        "1.3.6.1.4.1.19376.1.2.20",
    ]
    said = {
        "v3:realmCode/@code": "FR",
        "v3:typeId/@extension": "POCD_HD000040",
        "v3:id/@extension": "4471-1",
        "v3:code/@code": "11502-2",
        "v3:effectiveTime/@value": "20261124104500+0100",
        "v3:confidentialityCode/@code": "N",
        "v3:languageCode/@code": "fr-FR",
        "v3:setId/@extension": "4471",
        "v3:versionNumber/@value": "1",
        "v3:author//v3:assignedAuthor/v3:id/@extension": "899700000013",
        "v3:custodian//v3:id/@extension": "1690000017",
        "v3:legalAuthenticator/v3:signatureCode/@code": "S",
        "v3:documentationOf//v3:low/@value": "202611240815+0100",
        "v3:documentationOf//v3:standardIndustryClassCode/@code": "AMBULATOIRE",
        "v3:componentOf//v3:healthCareFacility/v3:code/@code": "SA25",
        "v3:componentOf//v3:effectiveTime/@nullFlavor": "UNK",
        "v3:inFulfillmentOf//v3:id/@extension": "26112400178",
        "v3:informationRecipient//v3:id/@extension": "899700000021",
        "v3:participant/@typeCode": "REF",
    }
    found = {path: root.xpath(path, namespaces=V3) for path in said}
    assert found == {path: [value] for path, value in said.items()}


def test_the_patient_is_said_with_the_ins_first_and_each_name_as_what_it_is() -> None:
    role = valid_cda(cda().octets).find("v3:recordTarget/v3:patientRole", V3)
    ids = [(each.get("root"), each.get("extension")) for each in role.findall("v3:id", V3)]
    assert ids[0] == (INS_TEST, INS)
    assert ids[1][1] == "D-4471"
    names = role.findall("v3:patient/v3:name/*", V3)
    assert [(each.tag.split("}")[1], each.get("qualifier"), each.text) for each in names] == [
        ("family", "BR", "LEROUX-ESSAI"),
        ("family", "CL", "MARTIN-ESSAI"),
        ("given", None, "ANAÏS LUCE"),
        ("given", "BR", "ANAÏS"),
    ]
    assert role.find(".//v3:birthTime", V3).get("value") == "19850314"
    assert role.findtext(".//v3:birthplace//v3:county", None, V3) == "75120"


def test_level_1_carries_the_pdf_to_the_octet() -> None:
    built = cda()
    body = valid_cda(built.octets).find("v3:component/v3:nonXMLBody/v3:text", V3)
    assert built.level is Format.CDA_N1
    assert (body.get("mediaType"), body.get("representation")) == ("application/pdf", "B64")
    assert base64.b64decode(body.text, validate=True) == PDF_OCTETS == built.pdf
    assert built.format_code.code == "urn:ihe:iti:xds-sd:pdf:2008"


def test_level_1_without_a_pdf_carries_the_results_as_text() -> None:
    built = cda(replace(IN_CODES, renditions=(), code="11488-4"))
    body = valid_cda(built.octets).find("v3:component/v3:nonXMLBody/v3:text", V3)
    assert body.get("mediaType") == "text/plain"
    assert "Thyréostimuline (TSH)  7,95 m[IU]/L  (0,270 - 4,200)  H" in body.text
    assert built.pdf == b""


def test_results_as_text_stand_in_columns_under_their_headings() -> None:
    many = replace(CRP, label="Ferritine", group=(), low="15", high="", comparator="", value="9")
    said = replace(
        CRP, label="Aspect", unit="", value="Trouble", high="", reference="clair", group=()
    )
    assert results_text((TSH, CRP, many, said)).split("\n") == [
        "BILAN THYROÏDIEN",
        "Thyréostimuline (TSH)  7,95 m[IU]/L  (0,270 - 4,200)  H",
        "  Contrôle conseillé.",
        "Protéine C réactive    <4 mg/L       (< 5)",
        "Ferritine              9 mg/L        (> 15)",
        "Aspect                 Trouble       (clair)",
    ]


def test_results_in_codes_make_a_level_3() -> None:
    built = cda(IN_CODES)
    root = valid_cda(built.octets)
    assert built.level is Format.CDA_N3
    tsh, crp = root.iterfind(".//v3:entryRelationship/v3:observation", V3)
    assert tsh.find("v3:code", V3).get("code") == "3016-3"
    assert dict(tsh.find("v3:value", V3).attrib)["value"] == "7.95"
    assert tsh.find("v3:interpretationCode", V3).get("code") == "H"
    assert [each.get("value") for each in tsh.find(".//v3:referenceRange//v3:value", V3)] == [
        "0.270",
        "4.200",
    ]
    assert crp.find("v3:value/v3:high", V3).get("inclusive") == "false"
    narrative = "".join(root.find(".//v3:section/v3:component//v3:text", V3).itertext())
    assert "Contrôle conseillé." in narrative
    assert base64.b64decode(root.findtext(".//v3:observationMedia/v3:value", "", V3)) == PDF_OCTETS


@pytest.mark.parametrize(
    ("why", "document", "context"),
    [
        (Why.NOT_BIOLOGY, replace(IN_CODES, code="11488-4"), CONTEXT),
        (Why.NO_CHAPTER, IN_CODES, replace(CONTEXT, act=None)),
        (Why.NO_RESULTS, DOCUMENT, CONTEXT),
        (
            Why.NO_LOINC,
            replace(IN_CODES, observations=(TSH, replace(CRP, code_system=""))),
            CONTEXT,
        ),
        (Why.NO_VALUE, replace(IN_CODES, observations=(replace(TSH, value=" "),)), CONTEXT),
        (
            Why.NO_STATUS,
            replace(IN_CODES, observations=(replace(TSH, status=Status.UNKNOWN),)),
            CONTEXT,
        ),
        (Why.UNIT, replace(IN_CODES, observations=(replace(TSH, unit="UI/L"),)), CONTEXT),
        (Why.EARLIER, replace(IN_CODES, observations=(replace(TSH, earlier=(CRP,)),)), CONTEXT),
        (Why.NO_TIME, replace(IN_CODES, observations=(CRP,), service_at=None), CONTEXT),
    ],
)
def test_one_result_that_codes_cannot_say_and_none_is(
    why: Why, document: HealthDocument, context: Context
) -> None:
    assert unstructured_because(document, context) is why
    if why is not Why.NO_TIME:
        assert cda(document, context).level is Format.CDA_N1


@pytest.mark.parametrize(
    "unit", ["g/L", "mmol/L", "10*9/L", "%", "m[IU]/L", "mL/min", "mm[Hg]", ""]
)
def test_units_of_laboratories_that_are_ucum_are_taken(unit: str) -> None:
    document = replace(IN_CODES, observations=(replace(TSH, unit=unit),))
    assert unstructured_because(document, CONTEXT) is None


def test_a_value_in_words_is_said_in_words() -> None:
    culture = replace(TSH, value="Absence de germe", number=None, unit="", low="", high="")
    root = valid_cda(cda(replace(IN_CODES, observations=(culture,))).octets)
    value = root.find(".//v3:observation/v3:value", V3)
    assert (value.text, list(value.attrib.values())) == ("Absence de germe", ["ST"])


def test_a_bound_that_may_be_thousands_is_never_said_as_a_number() -> None:
    doubtful = replace(TSH, value="2.920", number=None, low="4.000", high="10.000")
    root = valid_cda(cda(replace(IN_CODES, observations=(doubtful,))).octets)
    found = root.find(".//v3:observationRange", V3)
    assert [each.tag.rpartition("}")[2] for each in found] == ["text"]
    assert found[0].text == "4.000 - 10.000"


def test_a_number_is_never_written_with_an_exponent() -> None:
    tiny = replace(TSH, value="0,0000001", number=Decimal("1E-7"))
    root = valid_cda(cda(replace(IN_CODES, observations=(tiny,))).octets)
    assert root.find(".//v3:observation/v3:value", V3).get("value") == "0.0000001"


def test_a_correction_names_what_it_replaces() -> None:
    root = valid_cda(cda(CORRECTION).octets)
    parent = root.find("v3:relatedDocument[@typeCode='RPLC']/v3:parentDocument/v3:id", V3)
    assert parent.get("extension") == "4471-1"
    assert root.find("v3:versionNumber", V3).get("value") == "2"


def without(**facts: object) -> HealthDocument:
    return replace(DOCUMENT, **facts)


MISSING = [
    (Fact.PATIENT, without(patient=None), CONTEXT),
    (Fact.PATIENT_IDENTIFIER, without(patient=replace(PATIENT, ins="", identifiers=())), CONTEXT),
    (Fact.PATIENT_NAME, without(patient=replace(PATIENT, birth_name="", used_name=" ")), CONTEXT),
    (Fact.GIVEN_NAME, without(patient=replace(PATIENT, given_names=("",))), CONTEXT),
    (Fact.BIRTH_DAY, without(patient=replace(PATIENT, birth_day="14/03/1985")), CONTEXT),
    (Fact.SEX, without(patient=replace(PATIENT, sex=Sex.UNKNOWN)), CONTEXT),
    (Fact.IDENTIFIER, without(identifier=None), CONTEXT),
    (Fact.IDENTIFIER, without(identifier=Identifier(root="labo", extension="1")), CONTEXT),
    (Fact.SET_IDENTIFIER, without(set_identifier=None), CONTEXT),
    (Fact.VERSION, without(version=None), CONTEXT),
    (Fact.REPLACED, without(version=2), CONTEXT),
    (Fact.TYPE, without(code_system="LABO"), CONTEXT),
    (Fact.TYPE_NAME, DOCUMENT, replace(CONTEXT, type_name="")),
    (Fact.TITLE, without(title=" "), CONTEXT),
    (Fact.CREATED_AT, without(created_at=Moment(said="hier")), CONTEXT),
    (Fact.SERVICE_AT, without(service_at=None), CONTEXT),
    (Fact.CONFIDENTIALITY, without(confidentiality=""), CONTEXT),
    (Fact.AUTHOR, without(authors=()), CONTEXT),
    (Fact.AUTHOR_IDENTIFIER, without(authors=(replace(BIOLOGIST, identifier=None),)), CONTEXT),
    (Fact.AUTHOR_NAME, without(authors=(replace(BIOLOGIST, family_name=""),)), CONTEXT),
    (Fact.AUTHOR_ORGANIZATION, without(authors=(replace(BIOLOGIST, organization=""),)), CONTEXT),
    (Fact.AUTHOR_AT, without(authors=(replace(BIOLOGIST, at=None),)), CONTEXT),
    (Fact.CUSTODIAN, without(custodian=NOTHING), CONTEXT),
    (Fact.SIGNER, without(signer=None), CONTEXT),
    (Fact.SIGNER_IDENTIFIER, without(signer=replace(BIOLOGIST, identifier=None)), CONTEXT),
    (Fact.SIGNER_NAME, without(signer=replace(BIOLOGIST, family_name="")), CONTEXT),
    (Fact.SIGNED_AT, without(signer=replace(BIOLOGIST, at=None)), CONTEXT),
    (Fact.PERFORMER, DOCUMENT, replace(CONTEXT, performer=None)),
    (Fact.PERFORMER_IDENTIFIER, DOCUMENT, replace(CONTEXT, performer=NOTHING)),
    (Fact.FACILITY, DOCUMENT, replace(CONTEXT, facility=None)),
    (Fact.PRACTICE, DOCUMENT, replace(CONTEXT, practice=None)),
    (Fact.CONTENT, without(renditions=()), CONTEXT),
]


@pytest.mark.parametrize(("fact", "document", "context"), MISSING)
def test_what_is_missing_is_named(fact: Fact, document: HealthDocument, context: Context) -> None:
    with pytest.raises(Missing) as raised:
        cda(document, context)
    assert raised.value.facts == (fact,)
    assert raised.value.code == fact.value


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(Missing) as raised:
        cda(HealthDocument(format=Format.PDF), Context())
    assert {Fact.PATIENT, Fact.AUTHOR, Fact.SIGNER, Fact.FACILITY} <= set(raised.value.facts)


def test_a_time_is_said_as_it_was_said_and_never_more_precisely() -> None:
    said = [
        (Moment(said="20261124", day="2026-11-24"), "20261124"),
        (Moment(said="24/11/2026", day="2026-11-24"), "20261124"),
        (Moment(said="2026", day="2026"), "2026"),
        (Moment(said="24 nov. 10:30", day="2026-11-24", at=1795512600), "20261124093000+0000"),
        (Moment(said="24112026", day="2026-11-24"), "20261124"),
        (Moment(said="2026112", day="2026-11"), "202611"),
        (Moment(said="?"), ""),
    ]
    assert [(moment, timestamp(moment)) for moment, _ in said] == said
    assert utc_timestamp(Moment(said="202611240815", day="2026-11-24")) == "20261124"


REMOVABLE = {
    Fact.PATIENT: "patient",
    Fact.IDENTIFIER: "identifier",
    Fact.SET_IDENTIFIER: "set_identifier",
    Fact.VERSION: "version",
    Fact.CREATED_AT: "created_at",
    Fact.SERVICE_AT: "service_at",
    Fact.CUSTODIAN: "custodian",
    Fact.SIGNER: "signer",
}


@given(st.sets(st.sampled_from(sorted(REMOVABLE)), min_size=1))
def test_whatever_is_taken_away_is_what_is_named(taken: set[Fact]) -> None:
    with pytest.raises(Missing) as raised:
        cda(without(**{REMOVABLE[fact]: None for fact in taken}))
    assert set(raised.value.facts) == taken


def test_a_telephone_that_is_no_uri_is_written_as_one_and_read_as_it_was() -> None:
    phone, email = "0400000001(poste 12 %)", "éloïse@labo.example"
    author = replace(BIOLOGIST, phones=(phone,), emails=(email,))
    built = cda(replace(DOCUMENT, authors=(author,)))
    assert b'value="tel:0400000001(poste12%25)"' in built.octets
    (read,) = read_cda(built.octets).authors
    assert (read.phones, read.emails) == (("0400000001(poste12%)",), (email,))


def test_words_come_back_from_elements_and_attributes_as_they_were() -> None:
    said = "a\nb\tc\r<&>\"']]>"
    read = etree.fromstring(tag("x", {"y": said}, words(said)).encode())
    assert (read.get("y"), read.text) == (said, said)


ANY_WORDS = st.text(st.characters(), max_size=20)  # surrogates, controls, markup: all of it
HOSTILE = st.one_of(ANY_WORDS, st.sampled_from(["]]>", "<!--", '"><x/>', "&a;", "\x00", "\ud800"]))


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_word_breaks_the_xml(title: str, name: str, label: str, number: str) -> None:
    patient = replace(PATIENT, birth_name=name + "X", address=label, identifiers=())
    result = replace(
        TSH, label=label, comment=name, group=(title,), reference=name, low="", high=label
    )
    document = replace(
        IN_CODES,
        title=title + "T",
        patient=patient,
        observations=(result,),
        authors=(
            replace(
                BIOLOGIST,
                family_name=name + "Y",
                phones=(number,),
                emails=(label,),
                organization=label + "O",
            ),
        ),
        custodian=replace(BIOLOGIST, phones=(number,)),
        identifier=Identifier(root="1.2.3", extension=number),
        renditions=(Rendition(media_type="text/plain", octets=title.encode("utf-8", "replace")),),
    )
    built = cda(document)
    root = valid_cda(built.octets)
    assert len(root.findall("v3:recordTarget", V3)) == 1
    assert built == cda(document)
