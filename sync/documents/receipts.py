"""Receipts as they come: MDN in the three forms of the field, DSN, and letters that say no.

Read leniently, because the samples of the volet themselves have a dash that is no dash in their
boundary, blanks in identifiers, and `Content-Transfert-Encoding`. Never trusted: a receipt is the
word of whoever sent it, and the outbox matches it with a letter and a recipient of its own.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from store.model.receipt import Outcome, Receipt, ReceiptKind
from sync.mime.header import end_of_header
from sync.mime.words import decode_octets, unstructured

MOST_READ = 2 * 1024 * 1024
"""A receipt is short; what it sends back behind is not read, but for its header."""
MOST_FIELDS, MOST_RECIPIENTS, MOST_PARTS = 2000, 500, 50
MOST_WORDS = 1000
DASHES = b"-\xe2\x80\x90\xe2\x80\x91\xe2\x80\x92\xe2\x80\x93\xe2\x80\x94\xe2\x80\x95\x96\x97"
BOUNDARY = re.compile(rb'boundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;]{1,200}))', re.IGNORECASE)
ENCODINGS = (b"content-transfer-encoding", b"content-transfert-encoding")
REPORT = re.compile(rb"multipart/report", re.IGNORECASE)
STATEMENT = re.compile(rb"message/(?:global-)?(disposition-notification|delivery-status)", re.I)
KO = re.compile(
    r"\s*\[\s*KO(?:[^\]]{0,60}\]\s*\[\s*([0-9]{3})(?![0-9])[^\]]{0,80}\]|\s+int[^\]]{0,60}\])",
    re.IGNORECASE,
)
"""`[KO Intégration système !][902]`; without its code only in these very words."""
ERROR = re.compile(r"\b([0-9]{3})\s*\^\s*([^\^|]{0,300})")
BOUNCE = re.compile(
    r"undeliver|returned (?:to sender|mail)|delivery.{0,30}fail|failure notice|non.distribu"
    r"|non.remis|[eé]chec.{0,20}(?:remise|distribution)|remise.{0,20}[eé]chec",
    re.IGNORECASE,
)
ANGLED = re.compile(r"<\s*([^<>]{1,250}?)\s*>")
OUTCOMES = {
    "displayed": Outcome.DISPLAYED,
    "dispatched": Outcome.DISPATCHED,
    "deleted": Outcome.DELETED,
    "processed": Outcome.PROCESSED,
    "failed": Outcome.FAILED,
    "denied": Outcome.UNKNOWN,
}
ACTIONS = {
    "delivered": Outcome.DELIVERED,
    "relayed": Outcome.RELAYED,
    "expanded": Outcome.RELAYED,
    "delayed": Outcome.DELAYED,
    "failed": Outcome.FAILED,
}
CLASSES = {"2": Outcome.DELIVERED, "4": Outcome.DELAYED, "5": Outcome.FAILED}
"""First digit of a status, where no action is named that we know (RFC 3463 §2)."""
STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a report: its header and its body, decoded."""

    fields: Fields
    body: bytes
    is_headless: bool


def read_receipts(octets: bytes) -> tuple[Receipt, ...]:
    """What a letter says of others that we sent; () when it is no receipt at all."""
    octets = octets[:MOST_READ]
    if not _may_be_one(octets):
        return ()
    octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    end, start = end_of_header(octets, 0, len(octets))
    head = _fields(octets[:end])
    if not REPORT.search(head.get("content-type", "").encode()):
        return _letter(head, octets[start:])
    pieces = list(_pieces(octets[start:], _boundary(octets[:end])))
    original = _message_id_sent_back(pieces)
    receipts: list[Receipt] = []
    for piece in pieces:
        receipts += _statement(piece)
    if not receipts:  # a report in name only: what a letter says, it says too
        return _letter(head, octets[start:])
    subject = KO.match(unstructured(head.get("subject", "").encode()))
    known = original or _first_id(head.get("in-reply-to", "") or head.get("references", ""))
    return tuple(_completed(each, known, subject) for each in receipts[:MOST_RECIPIENTS])


def _may_be_one(octets: bytes) -> bool:
    """By its header alone: almost no letter is one, and every letter is asked."""
    end, _ = end_of_header(octets, 0, len(octets))
    head = _fields(octets[:end].replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    subject = unstructured(head.get("subject", "").encode())
    is_report = REPORT.search(head.get("content-type", "").encode())
    return bool(is_report or KO.match(subject) or BOUNCE.search(subject))


def _completed(receipt: Receipt, message_id: str, ko: re.Match[str] | None) -> Receipt:
    """A receipt with what only its letter says."""
    receipt = replace(receipt, message_id=receipt.message_id or message_id)
    if ko and receipt.kind is ReceiptKind.MDN and not receipt.error:
        return replace(receipt, outcome=Outcome.REFUSED, error=ko[1] or "")
    return receipt


def _pieces(body: bytes, boundary: bytes) -> Iterator[Piece]:
    """The parts, whatever dashes their boundary is written with."""
    if not boundary:
        yield _piece(body)
        return
    lines: list[bytes] = []
    count, within = 0, False
    for line in body.split(b"\n"):
        if _bare(line) == boundary and count < MOST_PARTS:
            if within:
                yield _piece(b"\n".join(lines))
            lines, within, count = [], True, count + 1
        elif within:
            lines.append(line)
    if any(line.strip() for line in lines):
        yield _piece(b"\n".join(lines))


def _piece(octets: bytes) -> Piece:
    end, start = end_of_header(octets, 0, len(octets))
    fields = _fields(octets[:end])
    headless = not any(name.startswith("content-") for name in fields)
    if headless:
        return Piece({}, octets, is_headless=True)
    encoding = next((fields[n.decode()] for n in ENCODINGS if n.decode() in fields), "")
    return Piece(fields, _decoded(octets[start:], encoding.strip().lower()), is_headless=False)


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding == "base64":
        try:
            return base64.b64decode(body, validate=False)
        except binascii.Error:
            return body
    return body


def _bare(line: bytes) -> bytes:
    """A delimiter without the dashes around it."""
    line = line.strip()
    return line.strip(DASHES) if line[:1] in (b"-", b"\xe2", b"\x96", b"\x97") else b""


def _boundary(header: bytes) -> bytes:
    found = BOUNDARY.search(header)
    return (found[1] or found[2]).strip(DASHES + b" ") if found else b""


def _fields(block: bytes) -> Fields:
    """The first of each field of a block, unfolded, by lower-case name."""
    fields: Fields = {}
    for line in re.sub(rb"\n[ \t]+", b" ", block.strip(b"\n")).split(b"\n")[:MOST_FIELDS]:
        name, colon, value = line.partition(b":")
        key = name.strip().lower()
        if colon and re.fullmatch(rb"[a-z][a-z0-9-]{0,60}", key):
            fields.setdefault(key.decode(), decode_octets(value.strip()[:4000]))
    return fields


def _statement(piece: Piece) -> Iterator[Receipt]:
    """What the machine's part of a report says."""
    kind = STATEMENT.search(piece.fields.get("content-type", "").encode())
    if not kind and not piece.is_headless:
        return
    blocks = [_fields(block) for block in re.split(rb"\n[ \t]*\n", piece.body.strip(b"\n"))]
    whole = {name: value for block in reversed(blocks) for name, value in block.items()}
    if "disposition" in whole and (not kind or kind[1].lower() == b"disposition-notification"):
        yield _mdn(whole)
    else:
        about = [block for block in blocks if "action" in block or _is_about_somebody(block)]
        shared = {} if about[:1] == blocks[:1] else blocks[0]
        for block in about:
            yield _dsn(shared | block)


def _is_about_somebody(block: Fields) -> bool:
    """A recipient and a status: it says what became of the letter though it names no action."""
    return bool(STATUS.match(block.get("status", ""))) and "final-recipient" in block


def _mdn(fields: Fields) -> Receipt:
    disposition = fields["disposition"]
    mode, _, said = disposition.partition(";")
    kind, _, modifier = said.partition("/")
    outcome = OUTCOMES.get(kind.strip().lower(), Outcome.UNKNOWN)
    error = ERROR.search(fields.get("error", "")) or ERROR.search(modifier)
    refused = error or modifier.strip().lower().startswith("error") or "failure" in fields
    final = _address(fields.get("final-recipient", ""))
    words = error[2] if error else fields.get("error", "") or fields.get("failure", "")
    return Receipt(
        kind=ReceiptKind.MDN,
        outcome=Outcome.REFUSED if refused and outcome is Outcome.PROCESSED else outcome,
        message_id=_first_id(fields.get("original-message-id", "")),
        recipient=_address(fields.get("original-recipient", "")) or final,
        final_recipient=final,
        error=error[1] if error else "",
        explanation=words.strip()[:MOST_WORDS],
        is_automatic="automatic-action" in mode.lower(),
    )


def _dsn(fields: Fields) -> Receipt:
    final = _address(fields.get("final-recipient", ""))
    action = fields.get("action", "").split("(")[0].strip().lower()
    status = STATUS.match(fields.get("status", ""))
    return Receipt(
        kind=ReceiptKind.DSN,
        outcome=ACTIONS.get(action) or CLASSES.get(status[0][0] if status else "", Outcome.UNKNOWN),
        message_id=_first_id(fields.get("original-message-id", "")),
        envelope_id=fields.get("original-envelope-id", "")[:MOST_WORDS],
        recipient=_address(fields.get("original-recipient", "")) or final,
        final_recipient=final,
        status=status[0] if status else "",
        explanation=fields.get("diagnostic-code", "").partition(";")[2].strip()[:MOST_WORDS],
        is_automatic=True,
    )


def _letter(head: Fields, body: bytes) -> tuple[Receipt, ...]:
    """A refusal by ordinary letter: a subject that says so, and the letter it answers."""
    subject = unstructured(head.get("subject", "").encode())
    known = _first_id(head.get("in-reply-to", "") or head.get("references", ""))
    ko = KO.match(subject)
    by_machine = head.get("return-path", "").strip() == "<>" or "auto-submitted" in head
    if not ko and not (by_machine and BOUNCE.search(subject)):
        return ()
    known = known or _message_id_sent_back([Piece({}, body, is_headless=False)])
    words = ERROR.search(decode_octets(body[:MOST_WORDS]))
    said = Receipt(
        kind=ReceiptKind.LETTER,
        outcome=Outcome.REFUSED if ko else Outcome.FAILED,
        message_id=known,
        error=(ko[1] or "") if ko else "",
        explanation=words[2].strip() if words else "",
        is_automatic=by_machine,
    )
    # Some servers name there for whom it failed, and send no report.
    named = filter(None, map(_address, head.get("x-failed-recipients", "").split(",")))
    return tuple(replace(said, recipient=each) for each in [*named][:MOST_RECIPIENTS]) or (said,)


def _message_id_sent_back(pieces: list[Piece]) -> str:
    """The Message-ID in the header of a letter that is sent back."""
    for piece in reversed(pieces):
        if STATEMENT.search(piece.fields.get("content-type", "").encode()):
            continue
        found = re.search(rb"(?:\A|\n)message-id[ \t]*:\s*(<[^>\n]{1,250}>)", piece.body, re.I)
        if found:
            return _first_id(decode_octets(found[1]))
    return ""


def _first_id(value: str) -> str:
    """The first Message-ID, without brackets or the blanks within them."""
    found = ANGLED.search(value)
    bare = found[1] if found else value.strip()
    return bare if bare and not re.search(r"\s", bare) else ""


def _address(value: str) -> str:
    """The address of `rfc822; someone@somewhere`, whatever stands before it."""
    address = value.rpartition(";")[2].strip().strip("<>").strip()
    return address if "@" in address else ""
