"""IHE XDM packages as they really are: octets in, documents out. Pure.

The documents come first: a package without METADATA.XML, or with one that lies, still gives every
CDA and PDF in it, with a warning. Junk of the sender's machine is passed over, the stylesheet
beside a document is never run, and what is there twice is shown once. Source: IHE ITI TF-2 3.32,
and real packages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import PurePosixPath
from urllib.parse import unquote

from store.errors import Permanent
from store.model.document import Format, HealthDocument, Rendition
from store.model.identifiers import problem_with_ins
from sync.documents.archive import Member, members_by, read_archive
from sync.documents.cda import read_cda
from sync.documents.metadata import read_metadata
from sync.documents.pairing import Piece, paired
from sync.documents.traits import Degree, compare
from sync.documents.xdm_entries import completed, differences, sha1
from sync.documents.xds_model import DocumentEntry, SubmissionSet
from sync.documents.xds_values import patient_of

METADATA = "metadata.xml"
JUNK = ("__macosx", "thumbs.db", "desktop.ini")
NEVER_DOCUMENTS = (".xsl", ".xslt", ".htm", ".html", ".css", ".gif", ".png", ".jpg")
"""Unless METADATA.XML says that one is."""
PDF_MARK = b"%PDF-"
MOST_DOCUMENTS = 200
MOST_METADATA = 20
"""Two were met in one package; each may name a thousand documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a package that is a document, or is said to be."""

    name: str
    octets: bytes
    entry: DocumentEntry | None = None
    document: HealthDocument | None = None
    """None when Pli does not read its format: the file can still be opened."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What one package holds."""

    documents: tuple[HealthDocument, ...]
    """A CDA and its PDF are one."""
    files: tuple[File, ...]
    submission_sets: tuple[SubmissionSet, ...]
    warnings: tuple[str, ...]
    """Of the package; those of one document are with it."""


def read_xdm(octets: bytes) -> Package:
    """Read a package.

    Raises:
        Permanent: `xdm.not_one`, there is neither metadata nor a document in it; or what
            `read_archive` raises.
    """
    archive = read_archive(octets)
    members = tuple(each for each in archive.members if not _is_junk(each.name))
    reading = _Reading(members, dict.fromkeys(archive.warnings))
    reading.read_metadata()
    reading.take_unlisted()
    if not reading.files and not reading.has_metadata:
        raise Permanent("xdm.not_one")
    files = tuple(reading.files)
    documents = paired([_piece(each) for each in files if each.document is not None])
    if reading.has_metadata and any(_stands_alone(each, documents) for each in reading.unlisted):
        reading.warnings["xdm.unlisted"] = None
    return Package(
        documents=documents,
        files=files,
        submission_sets=tuple(reading.sets),
        warnings=tuple(dict.fromkeys([*reading.warnings, *_patients(files)])),
    )


def _is_junk(name: str) -> bool:
    """What a Mac, a Windows, a version control or an editor leaves behind."""
    parts = name.lower().split("/")
    return any(part.startswith(".") or part in JUNK for part in parts)


class _Reading:
    """A package while it is read."""

    def __init__(self, members: tuple[Member, ...], warnings: dict[str, None]) -> None:
        self.members = members
        self.warnings = warnings
        self.sets: list[SubmissionSet] = []
        self.files: list[File] = []
        self.unlisted: list[File] = []
        self.has_metadata = False
        self._by_name = members_by(lambda each: each.name.lower(), members)
        self._by_last_name = members_by(lambda each: _last_name(each.name), members)
        self._digests: set[bytes] = set()
        self._taken: set[int] = set()

    def read_metadata(self) -> None:
        """Every METADATA.XML, and the documents it names."""
        every = self._by_last_name.get(METADATA, [])
        if len(every) > MOST_METADATA:
            self.warnings["xdm.too_many_documents"] = None
        for member in every[:MOST_METADATA]:
            path = PurePosixPath(member.name)
            self._taken.add(id(member))
            try:
                told = read_metadata(member.octets)
            except Permanent:
                self.warnings["xdm.metadata_unreadable"] = None
                continue
            self.has_metadata = True
            self.warnings.update(dict.fromkeys(told.warnings))
            known = {each.unique_id for each in self.sets if each.unique_id}
            self.sets += [each for each in told.submission_sets if each.unique_id not in known]
            for entry in told.entries:
                self._take_entry(entry, path.parent)
        if not self.has_metadata:
            self.warnings["xdm.no_metadata"] = None

    def _take_entry(self, entry: DocumentEntry, folder: PurePosixPath) -> None:
        member, odd = self._file_of(entry, folder)
        if member is None:
            self.warnings["xdm.file_missing"] = None
            return
        self._taken.add(id(member))
        self._add(member, entry, (*odd, *differences(entry, member.octets)))

    def _file_of(
        self, entry: DocumentEntry, folder: PurePosixPath
    ) -> tuple[Member | None, tuple[str, ...]]:
        """The file of an entry: where it says, else the only one of that name or hash."""
        uri = unquote(entry.uri).replace("\\", "/").removeprefix("./")
        named = str(folder / uri) if uri else ""
        same = self._by_name.get(named.lower(), []) if named else []
        for member in sorted(same, key=lambda each: each.name != named):
            return member, () if member.name == named else ("xdm.uri_case",)
        alike = self._by_last_name.get(_last_name(uri), []) if uri else []
        if len(alike) != 1 and entry.hash:
            alike = self._by_hash.get(entry.hash.lower(), [])[:1]
        return (alike[0], ("xdm.uri_elsewhere",)) if len(alike) == 1 else (None, ())

    @cached_property
    def _by_hash(self) -> dict[str, list[Member]]:
        """Made once, and only when an entry is not where it says."""
        return members_by(lambda each: sha1(each.octets), self.members)

    def take_unlisted(self) -> None:
        """Documents that no metadata names."""
        for member in self.members:
            if id(member) in self._taken or not _looks_like_document(member):
                continue
            before = len(self.files)
            self._add(member, None, ())
            self.unlisted += self.files[before:]

    def _add(self, member: Member, entry: DocumentEntry | None, odd: tuple[str, ...]) -> None:
        digest = hashlib.sha256(member.octets).digest()
        if digest in self._digests:
            self.warnings["xdm.repeated"] = None
            return
        if len(self.files) >= MOST_DOCUMENTS:
            self.warnings["xdm.too_many_documents"] = None
            return
        document, problems = _document(member, entry)
        if document is None and entry is None and not problems:
            return
        self._digests.add(digest)
        if document is not None:
            document = completed(document, entry, (*odd, *problems))
        self.files.append(
            File(
                name=member.name,
                octets=member.octets,
                entry=entry,
                document=document,
                warnings=(*odd, *problems),
            )
        )


def _stands_alone(file: File, documents: Sequence[HealthDocument]) -> bool:
    """Whether it is no PDF that went into its CDA: DOC00001.PDF may lie beside it, unsaid."""
    if file.document is None or file.document.format is not Format.PDF:
        return True
    return any(
        each.format is Format.PDF and each.renditions == file.document.renditions
        for each in documents
    )


def _last_name(path: str) -> str:
    return PurePosixPath(path).name.lower()


def _looks_like_document(member: Member) -> bool:
    if PurePosixPath(member.name).suffix.lower() in NEVER_DOCUMENTS:
        return False
    return member.octets.startswith(PDF_MARK) or _may_be_cda(member.octets)


def _may_be_cda(octets: bytes) -> bool:
    return b"ClinicalDocument" in octets or b"C\0l\0i\0n\0i\0c\0a\0l\0D\0o\0c\0u" in octets


def _document(
    member: Member, entry: DocumentEntry | None
) -> tuple[HealthDocument | None, tuple[str, ...]]:
    if member.octets.startswith(PDF_MARK):
        name = PurePosixPath(member.name).name
        itself = Rendition(media_type="application/pdf", octets=member.octets, name=name)
        patient = patient_of(entry) if entry else None
        problem = problem_with_ins(patient.ins) if patient and patient.ins else ""
        pdf = HealthDocument(format=Format.PDF, patient=patient, renditions=(itself,))
        return pdf, (problem,) if problem else ()
    if not _may_be_cda(member.octets):
        return None, ()
    try:
        return read_cda(member.octets), ()
    except Permanent as error:
        is_other = error.code == "cda.not_one"
        return None, () if is_other else ("xdm.document_unreadable",)


def _piece(file: File) -> Piece:
    assert file.document is not None
    entry = file.entry or DocumentEntry()
    return Piece(
        document=file.document,
        name=file.name,
        entry_uuid=entry.entry_uuid,
        transforms=entry.transforms,
    )


def _patients(files: Sequence[File]) -> tuple[str, ...]:
    """A package is of one patient (ECO.2.1.1)."""
    people = [each.document.patient for each in files if each.document and each.document.patient]
    pairs = combinations(list(dict.fromkeys(people)), 2)
    several = any(compare(one, other).degree is Degree.DIFFERENT for one, other in pairs)
    return ("xdm.several_patients",) if several else ()
