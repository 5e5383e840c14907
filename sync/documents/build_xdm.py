"""IHE_XDM.zip: the package a health document travels in (IHE ITI TF-2 §3.32), to colleague and DMP.

The same facts give the same octets: order, times and permissions are fixed, so that a repeat of a
letter is the same letter, and a package can be named by its hash.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.errors import NeedsUser
from store.model.document import HealthDocument, Professional, Traits
from sync.documents.facts import (
    OID,
    Fact,
    given_name,
    is_identifier,
    patient_identifiers,
    replaces,
    require,
)
from sync.documents.xdm_metadata import Entry, Submission, metadata
from sync.documents.xml_text import DECLARATION, tag, words

ATTACHMENT_NAME, ATTACHMENT_TYPE = "IHE_XDM.zip", "application/zip"
FOLDER = "IHE_XDM/SUBSET01/"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip can say."""
UNIX, READABLE = 3, 0o100644
LEVEL = 6
MOST_DOCUMENTS = 99
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
XHTML = {"xmlns": "http://www.w3.org/1999/xhtml", "xml:lang": "fr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The program that made the package, for its README.TXT."""

    name: str
    version: str
    publisher: str = ""


def build_xdm(entries: Sequence[Entry], submission: Submission, application: Application) -> bytes:
    """The package as IHE_XDM.zip. Raises as `xdm_files`."""
    return _zip(xdm_files(entries, submission, application))


def xdm_files(
    entries: Sequence[Entry], submission: Submission, application: Application
) -> dict[str, bytes]:
    """The files of the package by their paths, in order, for a zip or for a folder of DMP software.

    Raises:
        NeedsUser: `document.two_patients`; `document.too_many`.
        Missing: `document.missing.` and the first fact that is mandatory and not known.
    """
    require(missing_in_xdm(entries, submission))
    if len(entries) > MOST_DOCUMENTS:
        raise NeedsUser("document.too_many", most=MOST_DOCUMENTS)
    require_one_patient([entry.cda.document for entry in entries])
    names = [f"DOC{number:05}.XML" for number in range(1, len(entries) + 1)]
    files = {f"{FOLDER}METADATA.XML": metadata(entries, names, submission)}
    for entry, name in zip(entries, names, strict=True):
        files[FOLDER + name] = entry.cda.octets
        if entry.with_pdf and entry.cda.pdf:
            files[FOLDER + name.replace(".XML", ".PDF")] = entry.cda.pdf
    named = dict(zip(names, entries, strict=True))
    return {
        "INDEX.HTM": _index(named, submission).encode(),
        "README.TXT": _readme(list(files), submission, application).encode(),
        **files,
    }


def missing_in_xdm(entries: Sequence[Entry], submission: Submission) -> Iterator[Fact | str]:
    """Every mandatory attribute of the set and its entries that the CDA does not already say."""
    yield Fact.CONTENT if not entries else ""
    yield Fact.SUBMISSION_IDENTIFIER if not OID.fullmatch(submission.unique_id) else ""
    yield Fact.SOURCE if not OID.fullmatch(submission.source_id) else ""
    yield Fact.CONTENT_TYPE if not submission.content_type else ""
    author = submission.author
    known = author and is_identifier(author.identifier) and author.family_name.strip()
    yield Fact.AUTHOR if not known else ""
    for entry in entries:
        yield Fact.ENTRY if not UUID.fullmatch(entry.entry_uuid) else ""
        yield Fact.CLASS_CODE if not entry.class_code else ""
        # An association to an entry nobody can name would be refused whole by its reader.
        named = entry.replaced_uuids and all(map(UUID.fullmatch, entry.replaced_uuids))
        yield Fact.REPLACED_ENTRY if replaces(entry.cda.document) and not named else ""


def require_one_patient(documents: Sequence[HealthDocument]) -> None:
    """Raise when two documents are not surely about one and the same person (ECO.2.1.1).

    Raises:
        NeedsUser: `document.two_patients`.
    """
    people = {_identity(each.patient) for each in documents if each.patient}
    if len(people) > 1:
        raise NeedsUser("document.two_patients")


def _identity(patient: Traits) -> tuple[object, ...]:
    number = patient_identifiers(patient)[:1]
    names = (patient.birth_name or patient.used_name, given_name(patient))
    written = tuple(" ".join(name.upper().split()) for name in names)
    return (number, written, patient.birth_day, patient.sex)


def _zip(files: dict[str, bytes]) -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, octets in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = UNIX
            info.external_attr = READABLE << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, octets, compresslevel=LEVEL)
    return package.getvalue()


def _index(entries: dict[str, Entry], submission: Submission) -> str:
    """INDEX.HTM: the door for a person who opens the package in a browser."""
    items = []
    for name, entry in entries.items():
        items.append(tag("li", {}, _link(FOLDER + name, entry.cda.document.title)))
        if entry.with_pdf and entry.cda.pdf:
            pdf = name.replace(".XML", ".PDF")
            items.append(tag("li", {}, _link(FOLDER + pdf, f"{entry.cda.document.title} (PDF)")))
    title = "Documents de santé"
    encoding = {"http-equiv": "Content-Type", "content": "text/html; charset=UTF-8"}
    head = tag("head", {}, tag("meta", encoding), tag("title", {}, words(title)))
    from_whom = ", ".join(_sender(submission.author)[:2]) if submission.author else ""
    body = tag(
        "body",
        {},
        tag("h1", {}, words(title)),
        tag("p", {}, words(f"Émetteur : {from_whom}")),
        tag("ul", {}, tag("li", {}, _link("README.TXT", "LISEZ-MOI")), *items),
    )
    doctype = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
    )
    return f"{DECLARATION}{doctype}{tag('html', XHTML, head, body)}\n"


def _link(target: str, text: str) -> str:
    return tag("a", {"href": target}, words(text))


def _readme(files: Sequence[str], submission: Submission, application: Application) -> str:
    """README.TXT: who made this, with what, and what lies where."""
    name, organization, address, phone = _sender(submission.author)
    lines = [
        *("Émetteur :", f" . Nom : {name}", f" . Organisme : {organization}"),
        *(f" . Adresse : {address}", f" . Téléphone : {phone}", ""),
        *("Application :", f" . Nom : {application.name}", f" . Version : {application.version}"),
        *(f" . Éditeur : {application.publisher}", ""),
        *("Instructions :", " . Ouvrez INDEX.HTM dans un navigateur, ou ce dossier dans votre"),
        *("   logiciel de gestion de cabinet.", "", "Arborescence :"),
        *(f" . {each}" for each in ("INDEX.HTM", "README.TXT", *files)),
    ]
    return "".join(f"{CONTROL.sub(' ', line).rstrip()}\r\n" for line in lines)


def _sender(author: Professional | None) -> tuple[str, str, str, str]:
    if author is None:
        return "", "", "", ""
    name = " ".join(f"{author.prefix} {author.given_name} {author.family_name}".split())
    address = ", ".join(line.strip() for line in author.address.splitlines() if line.strip())
    return name, author.organization, address, next(iter(author.phones), "")
