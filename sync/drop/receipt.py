"""What the laboratory's own system is told of each document: a receipt in JSON, and HL7 answers.

Pure: a ledger row and its letter go in, octets come out. A receipt is written again whenever what
it says has changed; an HL7 answer says one thing of one recipient and is written once. What is not
known is not said: that a server took a letter is no proof that it lies in the doctor's mailbox.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from store.model.drop import DropItem, DropRule
from store.model.handover import Handover, HandoverState
from store.model.receipt import Fate
from store.model.submission import EmailSubmission, Recipient, RecipientState
from sync.documents.hl7_text import escaped

READ = (Fate.FILED, Fate.DISPLAYED, Fate.ACKNOWLEDGED)
"""By its recipient or their program (Z03)."""
RECEIVED = (Fate.DELIVERED, Fate.UNFILED, Fate.DELETED, *READ)
"""It lies in the mailbox, or did (Z02)."""
THERE = (HandoverState.PLACED, HandoverState.ACCEPTED, HandoverState.REFUSED)
"""The set lies in its folder, or did."""
LOST = (RecipientState.REFUSED, Fate.FAILED)
PROFILE = "2.1^CISIS_CDA_HL7_V2"
VERSION = 1
MOST_REPLY = 200
"""Characters; cut before they are escaped, for half an escape is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One file for the laboratory's system."""

    name: str
    octets: bytes


def step_of(recipient: Recipient) -> str:
    """The last thing known for one recipient: what a server said, until more is learnt."""
    return recipient.fate.value or recipient.state.value


def known_at(recipient: Recipient) -> int:
    """Since when, Unix seconds; 0 before anything was said."""
    return max(recipient.at or 0, recipient.fate_at or 0)


def receipt_name(item: DropItem) -> str:
    """The file of one document, the same for ever."""
    return f"pli-{item.claim}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Sentences of what a row keeps as codes."""

    reason: str = ""
    lacks: tuple[str, ...] = ()


def receipt(
    rule: DropRule,
    item: DropItem,
    letters: Sequence[EmailSubmission],
    words: Words,
    *,
    dmp: Handover | None = None,
) -> bytes:
    """The receipt as it stands: one for each document, whatever it became.

    Args:
        letters: none, one, or the colleagues' and then the patient's.
        dmp: its set for the DMP.
    """
    first = letters[0] if letters else None
    changed = [item.updated_at, *map(known_at, _recipients(letters)), dmp.updated_at if dmp else 0]
    name = item.name.decode("utf-8", "backslashreplace")
    facts: dict[str, object] = {
        "by": "pli",
        "version": VERSION,
        "rule": rule.name,
        "claim": item.claim,
        "name": name,
        "files": item.files,
        "sha256": item.digest.hex(),
        "state": item.state.value,
        "reason": item.reason,
        "words": words.reason,
        "lacks": [
            {"reason": code, "words": said}
            for code, said in zip(item.lacks, words.lacks, strict=True)
        ],
        "uncompared": item.uncompared,
        "corrects": item.corrects,
        "seen_at": _utc(item.seen_at),
        "updated_at": _utc(max(changed)),
        "messages": list(item.control_ids),
        "message_id": first.message_id if first else "",
        "letter": first.state.value if first else "",
        "letters": [{"message_id": each.message_id, "state": each.state.value} for each in letters],
        "dmp": dmp.state.value if dmp else "",
        "recipients": [
            {
                "email": each.email,
                "state": step_of(each),
                "at": _utc(known_at(each)) if known_at(each) else "",
            }
            for each in _recipients(letters)
        ],
    }
    return json.dumps(facts, indent=1, sort_keys=False).encode("ascii") + b"\n"


def fingerprint(octets: bytes) -> str:
    """What tells that a receipt says something new."""
    return hashlib.sha256(octets).hexdigest()[:32]


def answers(
    item: DropItem, letters: Sequence[EmailSubmission], dmp: Handover | None = None
) -> Iterator[Answer]:
    """The HL7 answers to each message of a document, as far as they are known.

    ZAM^Z01 is for the DMP: that the set lies in the folder of the software that feeds it, or that
    it will not. What the DMP itself said, nobody tells us.
    """
    for number, control_id in enumerate(item.control_ids, 1):
        if dmp is not None and dmp.state in (*THERE, HandoverState.CANCELED):
            yield _of_the_dmp(f"pli-{item.claim}-{number}-z01", control_id, dmp)
        for place, each in enumerate(_recipients(letters), 1):
            step = step_of(each)
            where = f"pli-{item.claim}-{number}-{place}"
            if step in RECEIVED or step in LOST:
                yield _answer(f"{where}-z02", "Z02", control_id, each, step in RECEIVED)
            if step in READ or step == Fate.UNFILED:
                yield _answer(f"{where}-z03", "Z03", control_id, each, step in READ)


def _of_the_dmp(name: str, control_id: str, dmp: Handover) -> Answer:
    """ZAM^Z01."""
    there = dmp.state in THERE
    segments = _head(name, "Z01", control_id, dmp.updated_at, there)
    if not there:
        segments.append("ERR|||207^Application internal error^HL70357|E|^^DMPERRORCODE")
    return _whole(name, segments, there)


SAYS = {
    "Z01": ("ACK_RECEPTION_DMP", "", "DMPERRORCODE"),
    "Z02": ("ACK_RECEPTION_MSS", "DESTINATAIRE_MSS", "SMTPERRORCODE"),
    "Z03": ("ACK_LECTURE_MSS", "LECTEUR_MSS", "messageErrorCondition"),
}


def _answer(name: str, event: str, control_id: str, of: Recipient, succeeded: bool) -> Answer:
    """ZAM^Z02 or Z03 (CI-SIS "Transmission de documents CDA en HL7v2" 2.1, accusés métier)."""
    _, who, table = SAYS[event]
    segments = _head(name, event, control_id, known_at(of), succeeded)
    segments.append(f"OBX|2|XTN|{who}^^AckMetierZAM||^^X.400^{escaped(of.email)}||||||F")
    if not succeeded:
        words = escaped(of.reply[:MOST_REPLY])
        segments.append(
            f"ERR|||207^Application internal error^HL70357|E|{of.code or ''}^{words}^{table}"
        )
    return _whole(name, segments, succeeded)


def _head(name: str, event: str, control_id: str, at: int, succeeded: bool) -> list[str]:
    """Which receipt, of which message, yes or no."""
    yes = "Y" if succeeded else "N"
    when = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d%H%M%S+0000")
    our_id = hashlib.sha256(f"{name}-{yes}".encode()).hexdigest()[:20]
    return [
        f"MSH|^~\\&|PLI||||{when}||ZAM^{event}^ZAM_Z01|{our_id}|P|2.5"
        f"|||||FRA|UNICODE UTF-8|||{PROFILE}",
        f"OBX|1|CWE|{SAYS[event][0]}^^AckMetierZAM|{escaped(control_id)}"
        f"|{yes}^^expandedYes-NoIndicator||||||F",
    ]


def _whole(name: str, segments: Sequence[str], succeeded: bool) -> Answer:
    octets = "".join(f"{segment}\r" for segment in segments).encode("utf-8", "replace")
    return Answer(name=f"{name}-{'y' if succeeded else 'n'}.hl7", octets=octets)


def _recipients(letters: Sequence[EmailSubmission]) -> tuple[Recipient, ...]:
    return tuple(each for letter in letters for each in letter.recipients)


def _utc(at: int) -> str:
    """'' for a time that is not known yet."""
    if not at:
        return ""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
