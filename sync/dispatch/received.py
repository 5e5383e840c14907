"""The health documents in a received letter, as files for another program are made from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from store.model.document import Format, HealthDocument, Rendition
from store.model.email import Email
from sync.documents.author_file import Export, Software
from sync.documents.build_cda import PDF, BuiltCda
from sync.documents.cda import read_cda
from sync.documents.export_hl7 import Carrier, build_mdm
from sync.documents.export_hprim import Party, build_hprim, pair_names, party_of
from sync.documents.facts import Coded, Context, Fact, Missing, missing_in_patient, require
from sync.documents.pairing import Piece, paired
from sync.documents.recognise import recognise
from sync.documents.xdm import read_xdm

CDA = (Format.CDA_N1, Format.CDA_N3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One CDA of a letter."""

    document: HealthDocument
    """With the PDF that shows it."""
    octets: bytes
    """As received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What is put into the folder for one document."""

    files: tuple[tuple[str, bytes], ...]
    control_id: str = ""


def received_documents(attachments: Sequence[tuple[str, bytes]]) -> tuple[Received, ...]:
    """The CDAs among the files of a letter, in packages or alone, each once.

    Raises:
        Permanent: what reading a package or a CDA raises.
    """
    found: dict[bytes, Received] = {}
    named: dict[bytes, str] = {}
    for name, octets in attachments:
        kind = recognise(name, octets)
        if kind is Format.XDM:
            for each in _of_package(octets):
                found.setdefault(each.octets, each)
        elif kind in CDA:
            found.setdefault(octets, Received(document=read_cda(octets), octets=octets))
            named.setdefault(octets, name)
    pdfs = [
        Piece(document=_pdf(name, octets), name=name)
        for name, octets in attachments
        if recognise(name, octets) is Format.PDF
    ]
    cdas = [Piece(document=each.document, name=named.get(key, "")) for key, each in found.items()]
    # On evidence only: a PDF alone beside a CDA may be another patient's.
    whole = [each for each in paired([*cdas, *pdfs]) if each.format in CDA]
    return tuple(
        each if pdf_of(each.document) else replace(each, document=document)
        for each, document in zip(found.values(), whole, strict=True)
    )


def _of_package(octets: bytes) -> tuple[Received, ...]:
    package = read_xdm(octets)
    files = [each for each in package.files if each.document and each.document.format in CDA]
    # In the order of their files; two of them may have the same number, or none.
    whole = [each for each in package.documents if each.format in CDA]
    return tuple(
        Received(document=document, octets=file.octets)
        for file, document in zip(files, whole, strict=True)
    )


def _pdf(name: str, octets: bytes) -> HealthDocument:
    itself = Rendition(media_type=PDF, octets=octets, name=name)
    return HealthDocument(format=Format.PDF, renditions=(itself,))


def raw_pair(attachments: Sequence[tuple[str, bytes]]) -> tuple[bytes, bytes] | None:
    """A letter's only HPRIM Médecin text with its only PDF (b'' for none), octet for octet.

    None when there are several: which PDF is of which text is not said.
    """
    kinds = [(recognise(name, octets), octets) for name, octets in attachments]
    texts = [octets for kind, octets in kinds if kind is Format.HPRIM_MEDECIN]
    pdfs = [octets for kind, octets in kinds if kind is Format.PDF]
    if len(texts) != 1 or len(pdfs) > 1:
        return None
    return texts[0], pdfs[0] if pdfs else b""


def pdf_of(document: HealthDocument) -> bytes:
    """Its PDF; b'' when it has none."""
    shown = (each.octets for each in document.renditions if each.media_type == PDF)
    return next(shown, b"")


def files_for(
    software: Software, received: Received, letter: Email, *, token: str, at: int, practice: str
) -> Files:
    """The files the practice's software takes.

    Args:
        token: 16 letters and digits given to nothing else.
        at: Unix seconds.
        practice: the name of the recipient on an HPRIM file.

    Raises:
        Missing: what the form wants and nobody said.
    """
    stem, document = f"pli_{token}", received.document
    require(
        [
            *missing_in_patient(document.patient),
            Fact.IDENTIFIER if document.identifier is None else "",
        ]
    )
    if software.export is Export.HPRIM:
        return Files(files=_pair(software, received, stem, practice))
    if software.visibility is None:
        raise Missing((Fact.VISIBILITY,))
    cda = BuiltCda(
        octets=received.octets,
        level=received.document.format,
        format_code=Coded(code="", system=""),
        document=received.document,
        context=Context(),
    )
    message = build_mdm(
        cda,
        route=software.route,
        carrier=_carrier(letter),
        visibility=software.visibility,
        control_id=token,
        sent_at=at,
    )
    return Files(files=((f"{stem}.hl7", message),), control_id=token)


def _carrier(letter: Email) -> Carrier:
    return Carrier(
        message_id=letter.message_id,
        subject=letter.subject,
        body=letter.body,
        sender=letter.sender,
        recipients=letter.to,
        reply_to=letter.reply_to[0] if letter.reply_to else None,
    )


def _pair(
    software: Software, received: Received, stem: str, practice: str
) -> tuple[tuple[str, bytes], ...]:
    document = received.document
    author = document.authors[0] if document.authors else None
    sender = party_of(author) if author else Party(name="")
    text = build_hprim(document, sender=sender, recipient=Party(name=practice, code=software.code))
    return paired_files(stem, text, pdf_of(document))


def paired_files(stem: str, text: bytes, pdf: bytes) -> tuple[tuple[str, bytes], ...]:
    """The PDF first: the text is what the other program waits for."""
    text_name, pdf_name = pair_names(stem)
    return (*([(pdf_name, pdf)] if pdf else []), (text_name, text))
