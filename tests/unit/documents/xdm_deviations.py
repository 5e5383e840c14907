"""XDM packages as programs really make them, each with its deviation. Nobody in them is real.

After packages of vendors that cannot be in the project (docs/documents-cda.md).
"""

from __future__ import annotations

from tests.unit.documents.cda_maker import cda
from tests.unit.documents.xdm_maker import (
    FOLDER,
    LCM,
    RIM2,
    RawZip,
    entry,
    metadata,
    package,
    sha1,
    zipped,
)

DOCUMENT = cda()


def moved(**names: str) -> dict[str, bytes]:
    """The files of a package under other names."""
    metadata_name = names.get("metadata", f"{FOLDER}METADATA.XML")
    return {
        metadata_name: metadata(entry(DOCUMENT)),
        names.get("document", f"{FOLDER}DOC00001.XML"): DOCUMENT,
    }


JUNK = {
    f"__MACOSX/{FOLDER}._METADATA.XML": b"\0\5\26\7",
    f"{FOLDER}.DS_Store": b"Bud1",
    f"{FOLDER}.METADATA.XML.swp": b"vim",
    f"{FOLDER}.svn/text-base/DOC00001.XML": cda(id='<id root="9"/>'),
    f"{FOLDER}Thumbs.db": b"x",
    f"{FOLDER}CDA-FO.XSL": b"<xsl:stylesheet xmlns:xsl='x'><ClinicalDocument/></xsl:stylesheet>",
    "logo.gif": b"GIF89a",
}
UNDER_LCM = metadata(entry(DOCUMENT)).replace(b"<lcm:", b"<").replace(b"</lcm:", b"</")
UNDER_LCM = UNDER_LCM.replace(b"xmlns:lcm=", b"xmlns=")
PREFIXED = metadata(entry(DOCUMENT))
for word in (b"Slot", b"ValueList", b"Value", b"ExtrinsicObject", b"Classification", b"Name"):
    PREFIXED = PREFIXED.replace(b"<" + word + b" ", b"<rim:" + word + b" ")
    PREFIXED = PREFIXED.replace(b"<" + word + b">", b"<rim:" + word + b">")
    PREFIXED = PREFIXED.replace(b"</" + word + b">", b"</rim:" + word + b">")
PREFIXED = PREFIXED.replace(b"<lcm:Sub", b"<lcm:Sub", 1).replace(
    f"xmlns:lcm='{LCM}'".encode(), f"xmlns:lcm='{LCM}' xmlns:rim='urn:r'".encode()
)
TOLD: dict[str, tuple[bytes, tuple[str, ...], tuple[str, ...]]] = {
    # The octets; what is told of the package, and of its document.
    "ordinary": (package(), (), ()),
    "junk of machines and editors": (package(JUNK), (), ()),
    "small letters": (
        zipped(
            moved(
                metadata="ihe_xdm/subset01/metadata.xml", document="ihe_xdm/subset01/doc00001.xml"
            )
        ),
        *((), ("xdm.uri_case",)),
    ),
    "another folder": (
        zipped(moved(metadata="LUCY_0/METADATA.XML", document="LUCY_0/DOC00001.XML")),
        (),
        (),
    ),
    "no folder": (zipped(moved(metadata="METADATA.XML", document="DOC00001.XML")), (), ()),
    "backslashes": (
        RawZip()
        .add(b"IHE_XDM\\S\\METADATA.XML", metadata(entry(DOCUMENT)))
        .add(b"IHE_XDM\\S\\DOC00001.XML", DOCUMENT)
        .made(),
        *(("zip.backslash",), ()),
    ),
    "in another folder than said": (
        zipped(moved(document="DOCS/DOC00001.XML")),
        *((), ("xdm.uri_elsewhere",)),
    ),
    "found by its hash": (
        zipped(moved(document=f"{FOLDER}AUTRE.XML")),
        *((), ("xdm.uri_elsewhere",)),
    ),
    "escaped uri": (
        package(
            {f"{FOLDER}mon doc.XML": DOCUMENT},
            document=b"",
            metadata=metadata(entry(DOCUMENT, uri="./mon%20doc.XML")),
        ),
        *((), ()),
    ),
    "attribute uri in another case": (
        package(
            metadata=metadata(
                entry(DOCUMENT, uri="", hash_="", size="", attributes='uri="doc00001.xml"')
            )
        ),
        *((), ("xdm.uri_case",)),
    ),
    "capital hash": (
        package(metadata=metadata(entry(DOCUMENT, hash_=sha1(DOCUMENT).upper()))),
        *((), ("xdm.hash_case",)),
    ),
    "wrong hash": (
        package(metadata=metadata(entry(DOCUMENT, hash_=sha1(b"")))),
        *((), ("xdm.hash_differs",)),
    ),
    "wrong size": (
        package(metadata=metadata(entry(DOCUMENT, size="7"))),
        *((), ("xdm.size_differs",)),
    ),
    "neither hash nor size": (
        package(metadata=metadata(entry(DOCUMENT, hash_="", size=""))),
        (),
        (),
    ),
    "rim 2.1": (package(metadata=metadata(entry(DOCUMENT), rim=RIM2)), (), ()),
    "default namespace": (package(metadata=UNDER_LCM), (), ()),
    "prefixes": (package(metadata=PREFIXED), (), ()),
    "a mark before the metadata": (
        package(metadata=b"\xef\xbb\xbf" + metadata(entry(DOCUMENT))),
        *((), ()),
    ),
    "no metadata": (package(metadata=b""), ("xdm.no_metadata",), ()),
    "broken metadata": (
        package(metadata=b"<lcm:SubmitObjectsRequest"),
        *(("xdm.metadata_unreadable", "xdm.no_metadata"), ()),
    ),
    "metadata with a document type": (
        package(metadata=b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"),
        *(("xdm.metadata_unreadable", "xdm.no_metadata"), ()),
    ),
    "two submission sets": (
        zipped(
            {
                "CCD1/METADATA.XML": metadata(entry(DOCUMENT)),
                "CCD1/DOC00001.XML": DOCUMENT,
                "CCD2/METADATA.XML": metadata(set_id="1.2.9"),
            }
        ),
        *((), ()),
    ),
    "the whole package twice": (
        package({f"Ccda/{name}": octets for name, octets in moved().items()}),
        *(("xdm.repeated",), ()),
    ),
    "an entry without its file": (
        package(metadata=metadata(entry(DOCUMENT), entry(b"?", uri="X.XML", name="D2"))),
        *(("xdm.file_missing",), ()),
    ),
    "another patient than the document": (
        package(
            metadata=metadata(entry(DOCUMENT, cx="", info=("PID-5|DUPONT^LUC", "PID-7|19500101")))
        ),
        *((), ("xdm.patient_differs",)),
    ),
}
