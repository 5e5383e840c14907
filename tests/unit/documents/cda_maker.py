"""Invented CDA documents, made part by part so that a test names only what is odd in its own."""

from __future__ import annotations

import base64

from store.model.identifiers import luhn_digit

NIR = "1.2.250.1.213.1.4.8"
LOINC = "2.16.840.1.113883.6.1"
LAB = '<templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>'
PDF = b"%PDF-1.4\ninvented\n%%EOF\n"
RPPS = f"81000000001{luhn_digit('1000000001')}"


def ins(stem: str = "2690369123045") -> str:
    """A matricule whose key is right."""
    numeric = stem.upper().replace("2A", "19").replace("2B", "18")
    return f"{stem}{97 - int(numeric) % 97:02d}"


INS = ins()
NAME = (
    '<family qualifier="BR">BERNARD</family><given>PAULE MARIE</given>'
    '<given qualifier="BR">PAULE</given>'
    '<family qualifier="CL">D\'YS</family><given qualifier="CL">LINE</given>'
)


def patient(
    *,
    ids: str = f'<id root="{NIR}" extension="{INS}"/><id root="1.2.3" extension="IPP7"/>',
    name: str = NAME,
    sex: str = "F",
    birth: str = "19690321",
    place: str = "<addr><county>69123</county><city>LYON</city></addr>",
    address: str = "<addr><houseNumber>3</houseNumber><streetName>rue Vide</streetName>"
    "<unitID>Bat. B</unitID><postalCode>69001</postalCode><city>LYON</city></addr>",
    telecom: str = '<telecom value="tel:0400000001"/><telecom value="mailto:p@example.fr"/>',
) -> str:
    return (
        f"<recordTarget><patientRole>{ids}{address}{telecom}<patient><name>{name}</name>"
        f'<administrativeGenderCode code="{sex}"/><birthTime value="{birth}"/>'
        f"<birthplace><place>{place}</place></birthplace></patient></patientRole></recordTarget>"
    )


def person(entity: str, *, rpps: str = RPPS, name: str = "", role: str = "assignedPerson") -> str:
    name = (
        name or "<prefix>MME</prefix><given>Ines</given><family>LABORDE</family><suffix>DR</suffix>"
    )
    return (
        f'<{entity}><id root="1.2.250.1.71.4.2.1" extension="{rpps}"/>'
        f'<code code="G15_10/SM03" displayName="Médecin - Biologie médicale (SM)"/>'
        f"<{role}><name>{name}</name></{role}>"
        f'<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1690000001"/>'
        f'<name>Labo des Tilleuls</name><telecom value="tel:0400000002"/></representedOrganization>'
        f"</{entity}>"
    )


HEADER = {
    "id": '<id root="1.2.250.1.999.1" extension="CR-1"/>',
    "code": f'<code code="11502-2" codeSystem="{LOINC}" displayName="CR d\'examens biologiques"/>',
    "title": "<title>Compte rendu de biologie</title>",
    "effectiveTime": '<effectiveTime value="20261124103000+0100"/>',
    "confidentialityCode": '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>',
    "languageCode": '<languageCode code="fr-FR"/>',
    "setId": '<setId root="1.2.250.1.999.1" extension="SERIE-1"/>',
    "versionNumber": '<versionNumber value="2"/>',
    "recordTarget": patient(),
    "author": f'<author><time value="20261124"/>{person("assignedAuthor")}</author>',
    "informationRecipient": "<informationRecipient><intendedRecipient>"
    f'<id root="1.2.250.1.71.4.2.1" extension="{RPPS}"/><informationRecipient>'
    "<name><family>MARTIN</family><given>Alice</given></name></informationRecipient>"
    "</intendedRecipient></informationRecipient>",
    "custodian": "<custodian><assignedCustodian><representedCustodianOrganization>"
    '<id root="1.2.250.1.71.4.2.2" extension="1690000001"/><name>Labo des Tilleuls</name>'
    "</representedCustodianOrganization></assignedCustodian></custodian>",
    "legalAuthenticator": '<legalAuthenticator><time value="202611241045+0100"/>'
    f"{person('assignedEntity')}</legalAuthenticator>",
    "participant": '<participant typeCode="REF">'
    '<associatedEntity classCode="PROV"><associatedPerson><name>'
    "<family>MARTIN</family><given>Alice</given></name></associatedPerson></associatedEntity>"
    "</participant>",
    "documentationOf": "<documentationOf><serviceEvent>"
    '<lab:statusCode code="completed"/><effectiveTime><low value="20261123073000+0100"/>'
    "</effectiveTime></serviceEvent></documentationOf>",
    "relatedDocument": '<relatedDocument typeCode="RPLC"><parentDocument>'
    '<id root="1.2.250.1.999.1" extension="CR-0"/></parentDocument></relatedDocument>',
    "componentOf": "<componentOf><encompassingEncounter><location><healthCareFacility>"
    '<code code="SA25" displayName="Laboratoire de biologie médicale"/>'
    "<location><name>Labo des Tilleuls</name></location></healthCareFacility></location>"
    "</encompassingEncounter></componentOf>",
}


def clinical(body: str = "", **parts: str) -> str:
    """A ClinicalDocument; '' for a part leaves it out."""
    header = "".join({**HEADER, **parts}.values())
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{header}{body}</ClinicalDocument>'
    )


def cda(body: str = "", *, encoding: str = "UTF-8", **parts: str) -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{clinical(body or structured(), **parts)}'
    return text.encode(encoding)


def structured(*sections: str) -> str:
    found = "".join(
        f"<component>{each}</component>" for each in sections or (section("Bilan", "Rien."),)
    )
    return f"<component><structuredBody>{found}</structuredBody></component>"


def section(title: str, text: str = "", *inside: str) -> str:
    text = f"<text>{text}</text>" if text else ""
    return f"<section><title>{title}</title>{text}{''.join(inside)}</section>"


def enveloped(octets: bytes = PDF, attributes: str = 'mediaType="application/pdf"') -> str:
    """The body of a level 1."""
    packed = base64.b64encode(octets).decode()
    text = f'<text {attributes} representation="B64">{packed}</text>'
    return f"<component><nonXMLBody>{text}</nonXMLBody></component>"


def entry(*statements: str) -> str:
    inside = "".join(
        f'<entryRelationship typeCode="COMP">{each}</entryRelationship>' for each in statements
    )
    return f'<entry><act classCode="ACT" moodCode="EVN">{inside}</act></entry>'


def battery(name: str, *observations: str, extra: str = "") -> str:
    inside = "".join(f"<component>{each}</component>" for each in observations)
    return f'<organizer classCode="BATTERY"><code displayName="{name}"/>{extra}{inside}</organizer>'


def observation(
    value: str = '<value xsi:type="PQ" value="5.2" unit="mmol/L"/>',
    *,
    code: str = f'<code code="2823-3" codeSystem="{LOINC}" displayName="Potassium"/>',
    template: str = LAB,
    status: str = "completed",
    rest: str = "",
) -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN">{template}{code}'
        f'<statusCode code="{status}"/><effectiveTime value="20261123"/>{value}{rest}</observation>'
    )


def bounds(low: str = "3.5", high: str = "5.1", unit: str = "mmol/L", rest: str = "") -> str:
    return (
        '<referenceRange><observationRange><value xsi:type="IVL_PQ">'
        f'<low value="{low}" unit="{unit}"/><high value="{high}" unit="{unit}"/></value>{rest}'
        "</observationRange></referenceRange>"
    )


def judged(code: str, system: str = "2.16.840.1.113883.5.83", name: str = "") -> str:
    return f'<interpretationCode code="{code}" codeSystem="{system}" displayName="{name}"/>'


def results(*observations: str) -> bytes:
    return cda(structured(section("Biochimie", "", entry(battery("Ionogramme", *observations)))))
