"""A schema of the CDA R2 that we build, written from its published structure (POCD_MT000040).

A table, because the original is 1,500 lines: each class, its elements in the standard's order,
how often each may stand there (1 ? * +), its attributes (! mandatory). Values are checked by
pattern where their type has one (TS, II, CS, PQ). It was seen to take the
agency's own N1 and CR-BIO samples, which are not in the project.
"""

from __future__ import annotations

from functools import cache

from lxml import etree

CLASSES = """
Organization: id II *, name string *, telecom TEL *, addr AD *, standardIndustryClassCode CD ?
Custodian: id II +, name string ?, telecom TEL ?, addr AD ?
Person: name PN *
AssignedAuthor: id II +, code CD ?, addr AD *, telecom TEL *, assignedPerson Person ?, \
representedOrganization Organization ?
AssignedEntity: id II +, code CD ?, addr AD *, telecom TEL *, assignedPerson Person ?, \
representedOrganization Organization ?
AssociatedEntity: id II *, code CD ?, addr AD *, telecom TEL *, associatedPerson Person ?, \
scopingOrganization Organization ?; classCode!
Place: name string ?, addr AD ?
Birthplace: place Place 1
Guardian: addr AD *, telecom TEL *, guardianPerson Person 1; classCode
Patient: name PN *, administrativeGenderCode CD ?, birthTime TS ?, guardian Guardian *, \
birthplace Birthplace ?; classCode
PatientRole: id II +, addr AD *, telecom TEL *, patient Patient ?, \
providerOrganization Organization ?
RecordTarget: patientRole PatientRole 1
Author: time TS 1, assignedAuthor AssignedAuthor 1
AssignedCustodian: representedCustodianOrganization Custodian 1
CustodianRole: assignedCustodian AssignedCustodian 1
IntendedRecipient: id II *, addr AD *, telecom TEL *, informationRecipient Person ?, \
receivedOrganization Organization ?
InformationRecipient: intendedRecipient IntendedRecipient 1; typeCode
LegalAuthenticator: time TS 1, signatureCode CS 1, assignedEntity AssignedEntity 1
Participant: templateId II *, functionCode CD ?, time IVL_TS ?, \
associatedEntity AssociatedEntity 1; typeCode!
Order: id II +
InFulfillmentOf: order Order 1
Performer: templateId II *, functionCode CD ?, time IVL_TS ?, \
assignedEntity AssignedEntity 1; typeCode!
ServiceEvent: id II *, code CD ?, lab:statusCode - ?, effectiveTime IVL_TS ?, performer Performer *
DocumentationOf: serviceEvent ServiceEvent 1
ParentDocument: id II +, code CD ?, setId II ?, versionNumber INT ?
RelatedDocument: parentDocument ParentDocument 1; typeCode!
HealthCareFacility: id II *, code CD ?, location Place ?
Location: healthCareFacility HealthCareFacility 1
ResponsibleParty: assignedEntity AssignedEntity 1
Encounter: id II *, code CD ?, effectiveTime IVL_TS 1, responsibleParty ResponsibleParty ?, \
location Location ?
ComponentOf: encompassingEncounter Encounter 1
NonXmlBody: text ED 1
ObservationRange: text ST ?, value ANY ?, interpretationCode CD ?; classCode moodCode
ReferenceRange: observationRange ObservationRange 1; typeCode
Observation: templateId II *, id II *, code CD 1, text ED ?, statusCode CS ?, \
effectiveTime IVL_TS ?, \
value ANY *, interpretationCode CD *, methodCode CD *, referenceRange ReferenceRange *; \
classCode! moodCode!
ObservationMedia: value ED 1; classCode! moodCode! ID
EntryRelationship: observation Observation 1; typeCode!
Act: templateId II *, code CD 1, statusCode CS ?, entryRelationship EntryRelationship *; \
classCode! moodCode!
Component4: observation Observation ?, observationMedia ObservationMedia ?
Organizer: templateId II *, id II *, code CD ?, statusCode CS 1, component Component4 *; \
classCode! moodCode!
Entry: templateId II *, act Act ?, organizer Organizer ?; typeCode
SubSection: section Section 1
Section: templateId II *, id II ?, code CD ?, title string ?, text Narrative ?, entry Entry *, \
component SubSection *
StructuredBody: component SubSection +
Component: nonXMLBody NonXmlBody ?, structuredBody StructuredBody ?
ClinicalDocument: realmCode CS *, typeId II 1, templateId II *, id II 1, code CD 1, \
title string ?, \
effectiveTime TS 1, confidentialityCode CD 1, languageCode CS ?, setId II ?, versionNumber INT ?, \
recordTarget RecordTarget +, author Author +, custodian CustodianRole 1, \
informationRecipient InformationRecipient *, legalAuthenticator LegalAuthenticator ?, \
participant Participant *, inFulfillmentOf InFulfillmentOf *, documentationOf DocumentationOf *, \
relatedDocument RelatedDocument *, componentOf ComponentOf ?, component Component 1
"""
DATA_TYPES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:hl7-org:v3"
 xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" targetNamespace="urn:hl7-org:v3"
 elementFormDefault="qualified">
<xs:import namespace="urn:oid:1.3.6.1.4.1.19376.1.3.2" schemaLocation="lab.xsd"/>
<xs:element name="ClinicalDocument" type="ClinicalDocument"/>
<xs:simpleType name="string"><xs:restriction base="xs:string"/></xs:simpleType>
<xs:simpleType name="uid"><xs:restriction base="xs:string"><xs:pattern
 value="[0-2](\\.(0|[1-9][0-9]*))+|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"/>
</xs:restriction></xs:simpleType>
<xs:simpleType name="cs"><xs:restriction base="xs:string">
<xs:pattern value="\\S+"/></xs:restriction>
</xs:simpleType>
<xs:simpleType name="ts"><xs:restriction base="xs:string"><xs:pattern
 value="([0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}|[0-9]{12}|[0-9]{14})(\\.[0-9]+)?([+\\-][0-9]{4})?"/>
</xs:restriction></xs:simpleType>
<xs:complexType name="ANY"><xs:attribute name="nullFlavor" type="cs"/></xs:complexType>
<xs:complexType name="II"><xs:attribute name="root" type="uid" use="required"/>
<xs:attribute name="extension"/><xs:attribute name="assigningAuthorityName"/></xs:complexType>
"""
EXTENSIONS = """
CS ANY: ; code=cs
INT ANY: ; value=xs:integer
TS ANY: ; value=ts
IVL_TS TS: low TS ?, high TS ?;
PQ ANY: ; value=xs:decimal unit=cs
IVXB_PQ PQ: ; inclusive=xs:boolean
IVL_PQ PQ: low IVXB_PQ ?, high IVXB_PQ ?;
TEL ANY: ; value=xs:anyURI use=xs:string
CD ANY: originalText ED ?; code=cs codeSystem=uid codeSystemName=xs:string displayName=xs:string
ED ANY mixed: reference TEL ?; mediaType=cs representation=cs
ST ANY mixed: ;
"""
ADDRESS = "streetAddressLine houseNumber streetName unitID postalCode city county country"
CARDINALITY = {"1": (1, 1), "?": (0, 1), "*": (0, "unbounded"), "+": (1, "unbounded")}


def element(said: str) -> str:
    """One element of a class: its name, its type, how often."""
    name, kind, often = said.split()
    least, most = CARDINALITY[often]
    named = f'ref="{name}"' if kind == "-" else f'name="{name}" type="{kind}"'
    return f'<xs:element {named} minOccurs="{least}" maxOccurs="{most}"/>'


def sequence(said: str) -> str:
    """Elements in their order."""
    return f"<xs:sequence>{''.join(map(element, filter(str.strip, said.split(','))))}</xs:sequence>"


def classes() -> str:
    """The classes of the standard."""
    types = []
    for line in CLASSES.strip().splitlines():
        head, _, attributes = line.partition(";")
        name, _, content = head.partition(":")
        said = "".join(
            '<xs:attribute name="{}" use="{}"/>'.format(
                each.rstrip("!"), "required" if "!" in each else "optional"
            )
            for each in attributes.split()
        )
        types.append(f'<xs:complexType name="{name}">{sequence(content)}{said}</xs:complexType>')
    return "".join(types)


def data_types() -> str:
    """Types of values, each an extension of another."""
    types = []
    for line in EXTENSIONS.strip().splitlines():
        head, _, attributes = line.partition(";")
        named, _, content = head.partition(":")
        name, parent, *mixed = named.split()
        said = "".join(
            '<xs:attribute name="{}" type="{}"/>'.format(*each.split("="))
            for each in attributes.split()
        )
        body = f'<xs:extension base="{parent}">{sequence(content)}{said}</xs:extension>'
        flag = ' mixed="true"' if mixed else ""
        types.append(
            f'<xs:complexType name="{name}"{flag}><xs:complexContent>{body}</xs:complexContent>'
            "</xs:complexType>"
        )
    return "".join(types)


def free(name: str, children: str, kind: str, attributes: str = "") -> str:
    """A type whose elements come in any order, between words."""
    inner = "".join(f'<xs:element name="{each}" type="{kind}"/>' for each in children.split())
    choice = f'<xs:choice minOccurs="0" maxOccurs="unbounded">{inner}</xs:choice>'
    said = "".join(f'<xs:attribute name="{each}"/>' for each in attributes.split())
    return f'<xs:complexType name="{name}" mixed="true">{choice}{said}</xs:complexType>'


@cache
def cda_schema(folder: str) -> etree.XMLSchema:
    """The schema; `folder` is where lab.xsd lies."""
    part = (
        '<xs:complexType name="ENXP" mixed="true"><xs:attribute name="qualifier"/></xs:complexType>'
    )
    narrative = (
        '<xs:complexType name="Narrative" mixed="true"><xs:sequence>'
        '<xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence>'
        "</xs:complexType>"
    )
    whole = (
        DATA_TYPES
        + data_types()
        + part
        + free("PN", "prefix given family suffix", "ENXP", "nullFlavor use")
        + free("AD", ADDRESS, "string", "nullFlavor use")
        + narrative
        + classes()
        + "</xs:schema>"
    )
    return etree.XMLSchema(etree.fromstring(whole, base_url=f"{folder}/cda.xsd"))
