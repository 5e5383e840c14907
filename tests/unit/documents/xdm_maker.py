"""Invented XDM packages, and zips that no honest program writes."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib

from tests.unit.documents.cda_maker import INS, NIR, cda

RIM3 = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RIM2 = "urn:oasis:names:tc:ebxml-regrep:rim:xsd:2.1"
LCM = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
FOLDER = "IHE_XDM/SUBSET01/"


def sha1(octets: bytes) -> str:
    return hashlib.sha1(octets).hexdigest()


def slot(name: str, *values: str) -> str:
    inside = "".join(f"<Value>{each}</Value>" for each in values)
    return f'<Slot name="{name}"><ValueList>{inside}</ValueList></Slot>' if values else ""


def classification(scheme: str, owner: str, code: str, inside: str = "") -> str:
    return (
        f'<Classification classificationScheme="urn:uuid:{scheme}" classifiedObject="{owner}"'
        f' nodeRepresentation="{code}">{inside}<Name><LocalizedString value="mots"/></Name>'
        "</Classification>"
    )


def external(scheme: str, owner: str, value: str) -> str:
    return (
        f'<ExternalIdentifier identificationScheme="urn:uuid:{scheme}" registryObject="{owner}"'
        f' value="{value}"/>'
    )


AUTHOR = slot("authorPerson", "810000000017^LABORDE^Ines") + slot("authorInstitution", "Labo")
CX = f"{INS}^^^&amp;{NIR}&amp;ISO^NH"


def entry(
    octets: bytes,
    *,
    uri: str = "DOC00001.XML",
    name: str = "Document01",
    hash_: str | None = None,
    size: str | None = None,
    unique_id: str = "1.2.250.1.999.1^CR-1",
    attributes: str = "",
    cx: str = CX,
    info: tuple[str, ...] = ("PID-5|BERNARD^PAULE^^^^^L", "PID-7|19690321", "PID-8|F"),
) -> str:
    hash_ = sha1(octets) if hash_ is None else hash_
    size = str(len(octets)) if size is None else size
    return (
        f'<ExtrinsicObject id="{name}" mimeType="text/xml" {attributes}'
        ' objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">'
        + "".join(
            slot(key, value)
            for key, value in (("URI", uri), ("hash", hash_), ("size", size))
            if value
        )
        + slot("creationTime", "20261124")
        + slot("serviceStartTime", "20261123")
        + slot("languageCode", "fr-FR")
        + slot("sourcePatientInfo", *info)
        + '<Name><LocalizedString value="Biologie"/></Name>'
        + classification("93606bcf-9494-43ec-9b4e-a7748d1a838d", name, "", AUTHOR)
        + classification(
            "f0306f51-975f-434e-a61c-c59651d33983", name, "11502-2", slot("codingScheme", "LOINC")
        )
        + classification("f4f85eac-e6cb-4883-b524-f2705394840f", name, "N")
        + external("58a6f841-87b3-4a3e-92fd-a8ffeff98427", name, cx)
        + external("2e82c1f6-a085-4c72-9da3-8640a32e42ab", name, unique_id)
        + "</ExtrinsicObject>"
    )


def association(kind: str, source: str, target: str) -> str:
    prefix = "urn:ihe:iti:2007:AssociationType:" if kind != "HasMember" else ""
    return (
        f'<Association associationType="{prefix}{kind}" sourceObject="{source}"'
        f' targetObject="{target}"/>'
    )


def metadata(*inside: str, rim: str = RIM3, set_id: str = "1.2.3.4") -> bytes:
    """Registry objects under a bare default namespace."""
    package = (
        '<RegistryPackage id="Set01">'
        + slot("submissionTime", "20261124104500")
        + external("96fdda7c-d067-4183-912e-bf5ee74998a8", "Set01", set_id)
        + external("6b5aea1a-874d-4603-a4bc-96a0a7b38446", "Set01", CX)
        + "</RegistryPackage>"
        + '<Classification classifiedObject="Set01"'
        ' classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"/>'
    )
    registry = f"<RegistryObjectList xmlns='{rim}'>{''.join(inside)}{package}</RegistryObjectList>"
    root = f"<lcm:SubmitObjectsRequest xmlns:lcm='{LCM}'>{registry}</lcm:SubmitObjectsRequest>"
    return root.encode()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, octets in files.items():
            made.writestr(
                zipfile.ZipInfo(name, (2026, 11, 24, 0, 0, 0)), octets, zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def package(files: dict[str, bytes] | None = None, **changes: bytes) -> bytes:
    """An ordinary package; other files, or other octets for its own."""
    document = changes.get("document", cda())
    every = {
        "INDEX.HTM": b"<html/>",
        "README.TXT": b"lisez",
        f"{FOLDER}METADATA.XML": changes.get("metadata", metadata(entry(document))),
        f"{FOLDER}DOC00001.XML": document,
        **(files or {}),
    }
    return zipped({name: octets for name, octets in every.items() if octets})


class RawZip:
    """A zip written field by field."""

    def __init__(self) -> None:
        self.body = b""
        self.directory = b""
        self.count = 0

    def add(
        self,
        name: bytes,
        octets: bytes = b"x",
        *,
        flags: int = 0,
        method: int = 8,
        crc: int | None = None,
        size: int | None = None,
        mode: int = 0o100644,
        start: int | None = None,
        packed: bytes | None = None,
    ) -> RawZip:
        if packed is None:
            packed = octets
            if method == 8:
                squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
                packed = squeeze.compress(octets) + squeeze.flush()
        crc = zlib.crc32(octets) if crc is None else crc
        size = len(octets) if size is None else size
        at = len(self.body) if start is None else start
        if start is None:
            self.body += struct.pack(
                "<4s5H3L2H",
                b"PK\3\4",
                20,
                flags,
                method,
                0,
                0,
                crc,
                len(packed),
                size,
                len(name),
                0,
            )
            self.body += name + packed
        self.directory += struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\1\2", 0x0314, 20, flags, method, 0, 0, crc, len(packed), size),
            *(len(name), 0, 0, 0, 0, mode << 16, at),
        )
        self.directory += name
        self.count += 1
        return self

    def made(self, *, count: int | None = None, before: bytes = b"", after: bytes = b"") -> bytes:
        count = self.count if count is None else count
        end = struct.pack(
            "<4s4H2LH",
            b"PK\5\6",
            0,
            0,
            count,
            count,
            len(self.directory),
            len(self.body),
            len(after),
        )
        return before + self.body + self.directory + end + after
