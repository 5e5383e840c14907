"""What the header of a CDA says, and what it does not: nothing is completed."""

from __future__ import annotations

import base64

import pytest

from store.errors import Permanent
from store.model.document import Format, Identifier, Moment, Sex, Status
from sync.documents.cda import read_cda
from sync.documents.cda_types import moment
from tests.unit.documents.cda_maker import (
    INS,
    NIR,
    PDF,
    RPPS,
    cda,
    clinical,
    enveloped,
    ins,
    patient,
    person,
    section,
    structured,
)


def test_a_whole_header() -> None:
    read = read_cda(cda())
    assert read.format is Format.CDA_N3
    assert read.identifier == Identifier(root="1.2.250.1.999.1", extension="CR-1")
    assert read.set_identifier == Identifier(root="1.2.250.1.999.1", extension="SERIE-1")
    assert read.version == 2
    assert read.replaces == (Identifier(root="1.2.250.1.999.1", extension="CR-0"),)
    assert (read.code, read.title) == ("11502-2", "Compte rendu de biologie")
    assert (read.confidentiality, read.language) == ("N", "fr-FR")
    assert read.status is Status.FINAL
    assert read.created_at == Moment(said="20261124103000+0100", day="2026-11-24", at=1795512600)
    assert read.service_at is not None
    assert read.service_at.day == "2026-11-23"
    assert read.warnings == ()


def test_the_people_around_a_document() -> None:
    read = read_cda(cda())
    author = read.authors[0]
    assert author.identifier == Identifier(root="1.2.250.1.71.4.2.1", extension=RPPS)
    assert (author.prefix, author.given_name, author.family_name) == ("DR", "Ines", "LABORDE")
    assert author.profession_code == "G15_10/SM03"
    assert (author.organization, author.phones) == ("Labo des Tilleuls", ("0400000002",))
    assert read.signer is not None
    assert read.signer.at == moment("202611241045+0100")
    assert read.custodian is not None
    assert read.custodian.organization == "Labo des Tilleuls"
    assert [each.family_name for each in read.recipients] == ["MARTIN"]
    assert [each.role for each in read.participants] == ["REF"]
    assert read.facility is not None
    assert (read.facility.profession_code, read.facility.organization) == (
        "SA25",
        "Labo des Tilleuls",
    )


def test_a_patient_with_all_traits() -> None:
    traits = read_cda(cda()).patient
    assert traits is not None
    assert (traits.ins, traits.ins_root) == (INS, NIR)
    assert (traits.birth_name, traits.used_name) == ("BERNARD", "D'YS")
    assert (traits.given_names, traits.used_given_name) == (("PAULE", "MARIE"), "LINE")
    assert (traits.birth_day, traits.sex, traits.birth_place) == ("1969-03-21", Sex.FEMALE, "69123")
    assert traits.identifiers == (Identifier(root="1.2.3", extension="IPP7"),)
    assert traits.address == "3 rue Vide\nBat. B\n69001 LYON"
    assert (traits.phones, traits.emails) == (("0400000001",), ("p@example.fr",))


@pytest.mark.parametrize("kind", [8, 9, 10, 11])
def test_every_authority_of_an_ins_is_known(kind: int) -> None:
    root = f"1.2.250.1.213.1.4.{kind}"
    traits = read_cda(
        cda(recordTarget=patient(ids=f'<id root="{root}" extension="{INS}"/>'))
    ).patient
    assert traits is not None
    assert (traits.ins, traits.ins_root) == (INS, root)


def test_the_old_ins_c_is_only_a_number() -> None:
    old = '<id root="1.2.250.1.213.1.4.2" extension="1234567890123456789012"/>'
    traits = read_cda(cda(recordTarget=patient(ids=old))).patient
    assert traits is not None
    assert traits.ins == ""
    assert traits.identifiers[0].root == "1.2.250.1.213.1.4.2"


def test_an_ins_of_corsica_is_kept_as_written() -> None:
    corsican = ins("269032A123045")
    read = read_cda(cda(recordTarget=patient(ids=f'<id root="{NIR}" extension="{corsican}"/>')))
    assert read.patient is not None
    assert read.patient.ins == corsican
    assert read.warnings == ()


def test_the_name_of_a_spouse_is_a_used_one() -> None:
    name = '<family qualifier="BR">BERNARD</family><family qualifier="SP">CLAIR</family>'
    read = read_cda(cda(recordTarget=patient(name=name)))
    assert read.patient is not None
    assert (read.patient.birth_name, read.patient.used_name) == ("BERNARD", "CLAIR")
    assert read.warnings == ()


def test_a_name_of_no_kind_is_not_taken_for_the_birth_name() -> None:
    name = "<family>BERNARD</family><given>PAULE</given>"
    read = read_cda(cda(recordTarget=patient(name=name)))
    assert read.patient is not None
    assert (read.patient.birth_name, read.patient.used_name) == ("", "BERNARD")
    assert read.warnings == ("cda.name_unqualified",)


@pytest.mark.parametrize(
    ("name", "used", "given"),
    [
        ("BERNARD Paule", "BERNARD Paule", ()),
        (
            '</name><name use="L"><family>BERNARD</family><given>PAULE</given></name>'
            '<name use="P"><family>BERNIE</family><given>LILI</given>',
            *("BERNARD", ("PAULE",)),
        ),
        (
            "<family>BERNARD</family><given>PAULE</given></name>"
            "<name><family>BERNIE</family><given>LILI</given>",
            *("BERNARD", ("PAULE",)),
        ),
    ],
)
def test_of_several_names_the_legal_one_counts_and_a_whole_one_is_kept(
    name: str, used: str, given: tuple[str, ...]
) -> None:
    read = read_cda(cda(recordTarget=patient(name=name)))
    assert read.patient is not None
    assert (read.patient.used_name, read.patient.given_names) == (used, given)
    assert "cda.name_unqualified" in read.warnings


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("<given>JEAN PIERRE</given>", ("JEAN PIERRE",)),
        (
            '<given qualifier="BR">JEAN PIERRE</given><given>JEAN PIERRE LUC</given>',
            ("JEAN PIERRE", "LUC"),
        ),
        ('<given qualifier="BR">JEAN</given>', ("JEAN",)),
        ("", ()),
    ],
)
def test_given_names_are_divided_only_where_the_first_is_said(
    name: str, given: tuple[str, ...]
) -> None:
    traits = read_cda(cda(recordTarget=patient(name=name))).patient
    assert traits is not None
    assert traits.given_names == given


def test_a_town_where_no_code_is_said() -> None:
    place = "<addr><city>GENÈVE</city></addr>"
    traits = read_cda(cda(recordTarget=patient(place=place))).patient
    assert traits is not None
    assert traits.birth_place == "GENÈVE"


ODD = {
    "identifier.ins_key": {
        "recordTarget": patient(ids=f'<id root="{NIR}" extension="269036912304500"/>')
    },
    "identifier.ins_shape": {
        "recordTarget": patient(ids=f'<id root="{NIR}" extension="26903691230"/>')
    },
    "identifier.rpps_key": {
        "author": f"<author>{person('assignedAuthor', rpps='810000000010')}</author>"
    },
    "identifier.rpps_shape": {
        "author": f"<author>{person('assignedAuthor', rpps='8100000010')}</author>"
    },
    "identifier.national_shape": {
        "author": f"<author>{person('assignedAuthor', rpps='10000001')}</author>"
    },
    "cda.no_patient": {"recordTarget": ""},
    "cda.several_patients": {"recordTarget": patient() + patient(sex="M")},
    "cda.no_identifier": {"id": ""},
}


@pytest.mark.parametrize("warning", ODD)
def test_what_is_odd_is_told_and_refuses_nothing(warning: str) -> None:
    read = read_cda(cda(**ODD[warning]))
    assert read.warnings == (warning,)
    assert read.title


def test_an_identifier_of_the_house_itself_has_no_key() -> None:
    own = person("assignedAuthor", rpps="351800/MARTIN")
    assert read_cda(cda(author=f"<author>{own}</author>")).warnings == ()


def test_a_program_can_be_the_author() -> None:
    device = (
        "<author><assignedAuthor><assignedAuthoringDevice><softwareName>LABO 3</softwareName>"
        "</assignedAuthoringDevice></assignedAuthor></author>"
    )
    assert read_cda(cda(author=device)).authors[0].organization == "LABO 3"


def test_a_report_with_one_open_act_is_partial() -> None:
    events = "".join(
        f'<documentationOf><serviceEvent><lab:statusCode code="{code}"/></serviceEvent>'
        "</documentationOf>"
        for code in ("completed", "active")
    )
    assert read_cda(cda(documentationOf=events)).status is Status.PARTIAL


@pytest.mark.parametrize(
    ("said", "day", "at"),
    [
        ("2026", "2026", None),
        ("202611", "2026-11", None),
        ("20261124", "2026-11-24", None),
        ("202611241030", "2026-11-24", None),
        ("20261124093000.123+0000", "2026-11-24", 1795512600),
        ("20261124103000+0100", "2026-11-24", 1795512600),
        ("20261124093060Z", "2026-11-24", 1795512659),
        ("20261324", "", None),
        ("00000000", "", None),
        ("24/11/2026", "", None),
        ("٢٠٢٦", "", None),
        ("00010101000000+1400", "0001-01-01", -62135647200),
    ],
)
def test_a_time_is_as_precise_as_it_was_said(said: str, day: str, at: int | None) -> None:
    assert moment(said) == Moment(said=said, day=day, at=at)


def test_a_level_1_is_its_pdf() -> None:
    read = read_cda(cda(enveloped()))
    assert read.format is Format.CDA_N1
    assert [(each.media_type, each.octets) for each in read.renditions] == [
        ("application/pdf", PDF)
    ]


def test_a_media_of_a_section_is_carried() -> None:
    media = (
        '<entry><observationMedia ID="doc-1">'
        '<value mediaType="application/pdf" representation="B64">'
        f"{base64.b64encode(PDF).decode()}\n</value></observationMedia></entry>"
    )
    text = (
        '<renderMultiMedia referencedObject="doc-1"/><renderMultiMedia referencedObject="doc-2"/>'
    )
    read = read_cda(cda(structured(section("Copie", text, media))))
    assert [(each.name, each.octets) for each in read.renditions] == [("doc-1", PDF)]
    assert read.text.endswith("[application/pdf][?]")
    assert read.warnings == ("cda.file_missing",)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('<text mediaType="application/pdf" representation="B64">%%%</text>', "cda.file_broken"),
        (
            '<text mediaType="application/pdf"><reference value="x.pdf"/></text>',
            "cda.file_elsewhere",
        ),
        ('<text representation="B64" compression="DF">AAAA</text>', "cda.file_compressed"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(text: str, warning: str) -> None:
    read = read_cda(cda(f"<component><nonXMLBody>{text}</nonXMLBody></component>"))
    assert (read.renditions, read.warnings) == ((), (warning,))


def test_a_file_that_is_not_what_its_digest_says() -> None:
    attributes = 'mediaType="application/pdf" integrityCheckAlgorithm="SHA-256" integrityCheck="00"'
    read = read_cda(cda(enveloped(PDF, attributes)))
    assert read.warnings == ("cda.file_differs",)
    assert read.renditions[0].octets == PDF


def test_a_document_without_a_body() -> None:
    assert read_cda(clinical().encode()).warnings == ("cda.no_body",)


def test_a_body_of_plain_text() -> None:
    read = read_cda(
        cda("<component><nonXMLBody><text>Tout va\nbien.</text></nonXMLBody></component>")
    )
    assert read.text == "Tout va\nbien."


def test_a_text_that_was_packed_is_read() -> None:
    packed = enveloped("Œdème.\r\nRAS".encode("cp1252"), 'mediaType="text/plain"')
    assert read_cda(cda(packed)).text == "Œdème.\nRAS"


def test_a_pdf_is_one_whatever_is_said_of_it() -> None:
    forgotten = enveloped().replace(' representation="B64"', "")
    for body in (forgotten, enveloped(attributes='mediaType="text/xml"')):
        read = read_cda(cda(body))
        assert [(each.media_type, each.octets) for each in read.renditions] == [
            ("application/pdf", PDF)
        ]
        assert (read.text, read.warnings) == ("", ())


@pytest.mark.parametrize("around", ["{}", "<xsl:variable name='d'>{}</xsl:variable>"])
def test_a_document_that_presents_itself_is_taken_out_of_its_stylesheet(around: str) -> None:
    sheet = (
        '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
        f"{around.format(clinical(structured()))}"
        '<xsl:template match="/"><b>PIRATE</b></xsl:template></xsl:stylesheet>'
    )
    read = read_cda(sheet.encode())
    assert read.title == "Compte rendu de biologie"
    assert "PIRATE" not in read.text


def test_a_document_without_namespace_or_with_a_prefix_is_read() -> None:
    bare = clinical(structured()).replace(' xmlns="urn:hl7-org:v3"', "")
    assert read_cda(bare.encode()).identifier == read_cda(cda()).identifier
    prefixed = (
        '<h:ClinicalDocument xmlns:h="urn:hl7-org:v3"><h:title>Bref</h:title></h:ClinicalDocument>'
    )
    assert read_cda(prefixed.encode()).title == "Bref"


@pytest.mark.parametrize("other", [b"<html/>", b"<a><b><ClinicalDocument/></b></a>"])
def test_another_xml_is_no_cda(other: bytes) -> None:
    with pytest.raises(Permanent, match=r"cda\.not_one"):
        read_cda(other)


def test_three_megabytes_are_read_whole() -> None:
    rows = "".join(
        f"<tr><td>Examen {n}</td><td>{n}.5 mmol/L</td><td>(0 - {n})</td></tr>"
        for n in range(45_000)
    )
    large = cda(structured(section("Grand", f"<table><tbody>{rows}</tbody></table>")))
    assert len(large) > 3_000_000
    read = read_cda(large)
    assert read.text.startswith("Grand\n=====\nExamen 0 ")
    assert read.text.endswith("(0 - 44999)")
    assert read.warnings == ()
