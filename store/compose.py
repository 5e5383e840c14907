"""Beginning a letter: the addresses a person types, an answer, a forward. Pure.

Here and not in the node, for the screen writes letters with the node stopped. What comes from a
received letter is words from outside: control and direction characters are left behind before it
enters one of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from store.errors import Usage
from store.model.draft import Attachment, Draft
from store.model.email import Email, EmailAddress
from store.model.sender_identity import Quote, SenderIdentity

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@.{{1,253}}\Z){ATOM}(?:\.{ATOM})*@{LABEL}(?:\.{LABEL})*")
"""RFC 5321 §4.1.2 without quoted local parts and address literals, which no directory gives out."""
ONE = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^"<>]*))\s*<([^<>]*)>')
SEPARATED = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|<[^<>]*>|[^",;<>])++|["<>]')
UNPAIRED = ('"', "<", ">")
TO_CORRECT = "half-typed@pli.invalid"
ESCAPED = re.compile(r"\\(.)")

MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}")
MOST_REFERENCES = 20
REPLY_PREFIX = re.compile(r"(?:(?:re|r[ée]f|aw|antw|sv)(?:\[\d+\]|\(\d+\))?[ \xa0]*:\s*)+", re.I)
FORWARD_PREFIX = re.compile(r"(?:(?:fwd?|tr|wg|rv|i)[ \xa0]*:\s*)+", re.I)
MOST_SUBJECT = 250
MOST_QUOTED = 100_000
"""Characters of a letter that an answer quotes."""
SIGNATURE = "-- \n"
"""Above a signature that ends a letter (RFC 3676 §4.3)."""
DEPTH = re.compile(r"(?:> ?)*")
MOST_DEPTH, MOST_SIGNATURE = 2, 15
"""Of quotes within what is quoted; lines of a signature."""
UNWANTED = ("Cc", "Cf", "Cs")
KEPT = "\n\t\u200c\u200d"
"""Line breaks and tabs; and the two joiners, without which Persian and family emoji fall apart."""


def is_address(email: str) -> bool:
    """Whether `email` is an address that can be written to: ASCII, one @, nothing exotic."""
    return ADDRESS.fullmatch(email) is not None


def parse_addresses(text: str) -> tuple[EmailAddress, ...]:
    """The addresses a person typed: `Dr Zoé <zoe@x.example>, bob@y.example`; ';' separates too.

    A domain with accents becomes its ASCII form (RFC 3490). Nothing typed gives ().

    Raises:
        Usage: `send.bad_address`, with the `address` that cannot be one.
    """
    found: list[EmailAddress] = []
    last = 0
    for match in SEPARATED.finditer(text):
        if match[0] in UNPAIRED:
            raise _bad(text[last:])
        if match[0].strip():
            found.append(_parse_one(match[0].strip()))
        last = match.end()
    return tuple(found)


def _parse_one(text: str) -> EmailAddress:
    match = ONE.fullmatch(text)
    quoted, plain, email = match.groups() if match else (None, "", text)
    name = " ".join((plain if quoted is None else ESCAPED.sub(r"\1", quoted)).split())
    email = email.strip()
    local, at, domain = email.partition("@")
    if not domain.isascii():
        email = local + at + _ascii_domain(domain)
    if not is_address(email) or name != _clean(name):
        raise _bad(text)
    return EmailAddress(name=name, email=email)


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii") if len(domain) <= 253 else ""
    except UnicodeError:
        return ""


def _bad(text: str) -> Usage:
    return Usage("send.bad_address", address=_clean(text.strip())[:80])


def half_typed(draft: Draft) -> Draft:
    """`draft` with addresses that can be said in a header, for a copy of it that nobody is sent.

    What is not an address yet becomes the name of one that can never be written to (RFC 2606).
    """
    to, cc, bcc = (tuple(map(_sayable, people)) for people in (draft.to, draft.cc, draft.bcc))
    return replace(draft, to=to, cc=cc, bcc=bcc, subject=_one_line(draft.subject))


def _sayable(person: EmailAddress) -> EmailAddress:
    if is_address(person.email):
        return EmailAddress(name=_one_line(person.name), email=person.email)
    return EmailAddress(name=_one_line(f"{person.name} {person.email}"), email=TO_CORRECT)


def draft_of(email: Email, *, sender: EmailAddress, attachments: Iterable[Attachment]) -> Draft:
    """The draft that a letter among the drafts of a server stands for."""
    to, cc, bcc = (tuple(map(_as_typed, people)) for people in (email.to, email.cc, email.bcc))
    answered = _message_id(email.in_reply_to)
    return Draft(
        sender=sender,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=_one_line(email.subject),
        body=_clean(email.body),
        in_reply_to=answered,
        references=tuple(name for name in email.references if _message_id(name)),
        attachments=tuple(attachments),
    )


def _as_typed(person: EmailAddress) -> EmailAddress:
    typed = person.email == TO_CORRECT
    return EmailAddress(email=person.name) if typed else person


def new_body(identity: SenderIdentity) -> str:
    """The text of a letter that nothing is written in yet."""
    return f"\n\n{SIGNATURE}{identity.signature}\n" if identity.signature else ""


def resigned(body: str, before: SenderIdentity, after: SenderIdentity) -> str:
    """A text that another identity signs; one whose signature was changed by hand stays."""
    if not before.signature:
        return body if body.strip() else new_body(after)
    start = body.rfind(before.signature)
    if start < 0:
        return body
    return body[:start] + after.signature + body[start + len(before.signature) :]


def reply_draft(
    email: Email,
    *,
    sender: EmailAddress,
    all: bool,
    attribution: str,
    identity: SenderIdentity = SenderIdentity(),
    ours: Collection[str] = (),
) -> Draft:
    """An answer to `email`: to its Reply-To, else its sender; with `all`, to everyone but us.

    Args:
        attribution: the line above the quoted text, a sentence of ours: "Le 2 mars, … a écrit :".
        identity: who signs, and where what is answered is repeated.
        ours: addresses of all our accounts, in lower case: an answer to all is not for us.
    """
    mine = sender.email.lower()
    to = _people(email.reply_to or (email.sender,))
    if email.sender.email.lower() == mine:
        # Answering one's own letter goes on speaking to those it was for.
        to = _people(email.to)
    others = _people((*email.to, *email.cc)) if all else ()
    known = {address.email.lower() for address in to} | {mine, *ours}
    return Draft(
        sender=sender,
        to=to,
        cc=tuple(address for address in others if address.email.lower() not in known),
        subject=_prefixed("Re: ", REPLY_PREFIX, email.subject),
        body=_reply_body(f"{_one_line(attribution)}\n{_quoted(email.body)}", identity),
        in_reply_to=_message_id(email.message_id),
        references=_references(email),
    )


def forward_draft(
    email: Email,
    *,
    sender: EmailAddress,
    introduction: str,
    attachments: Iterable[Attachment] = (),
    identity: SenderIdentity = SenderIdentity(),
) -> Draft:
    """A forward of `email`'s text, with the attachments the person keeps.

    Args:
        introduction: lines of ours above the text, who wrote it and when.
    """
    above = "\n".join(_one_line(line) for line in introduction.split("\n"))
    return Draft(
        sender=sender,
        subject=_prefixed("Fwd: ", FORWARD_PREFIX, email.subject),
        body=f"\n\n{_signed(identity)}{above}\n\n{_excerpt(email.body)}\n",
        references=_references(email),
        attachments=tuple(attachments),
    )


def _people(addresses: Iterable[EmailAddress]) -> tuple[EmailAddress, ...]:
    """Those that can be written to, each once, in order."""
    each = {a.email.lower(): a for a in reversed(tuple(addresses)) if is_address(a.email)}
    return tuple(
        EmailAddress(name=_one_line(a.name), email=a.email) for a in reversed(each.values())
    )


def _prefixed(prefix: str, known: re.Pattern[str], subject: str) -> str:
    subject = _one_line(subject)[:MOST_SUBJECT]
    start = known.match(subject)
    return prefix + subject[start.end() if start else 0 :].strip()


def _signed(identity: SenderIdentity) -> str:
    """A signature above what is repeated; its mark would have other programs hide all below."""
    return f"{identity.signature}\n\n" if identity.signature else ""


def _reply_body(repeated: str, identity: SenderIdentity) -> str:
    match identity.quote:
        case Quote.BELOW:
            return f"\n\n{_signed(identity)}{repeated}\n"
        case Quote.ABOVE:
            return f"{repeated}\n\n{new_body(identity)}"
        case Quote.NONE:
            return new_body(identity)


def _trimmed(lines: list[str]) -> Iterator[str]:
    """Without the signature that ends it, nor what was quoted over and over."""
    signed = max((n for n, line in enumerate(lines) if line == SIGNATURE.rstrip("\n")), default=-1)
    if signed >= 0 and len(lines) - signed <= MOST_SIGNATURE:
        lines = lines[:signed]
    skipping = False
    for line in lines:
        depth = DEPTH.match(line)
        deep = depth is not None and depth[0].count(">") > MOST_DEPTH
        if not deep:
            yield line
        elif not skipping:
            yield f"{'>' * MOST_DEPTH} […]"
        skipping = deep


def _quoted(body: str) -> str:
    lines = _trimmed(_excerpt(body).split("\n"))
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def _excerpt(body: str) -> str:
    cut = "\n[…]" if len(body) > MOST_QUOTED else ""
    return _clean(body[:MOST_QUOTED]).rstrip() + cut


def _references(email: Email) -> tuple[str, ...]:
    """The chain an answer continues: the first, which names the thread, and the newest."""
    names = (_message_id(name) for name in (*email.references, email.message_id))
    chain = list(dict.fromkeys(name for name in names if name))
    if len(chain) > MOST_REFERENCES:
        chain = [chain[0], *chain[1 - MOST_REFERENCES :]]
    return tuple(chain)


def _message_id(name: str) -> str:
    """`name`, or '' when it could not stand in a header of ours."""
    return name if MESSAGE_ID.fullmatch(name) else ""


def _clean(text: str) -> str:
    """`text` without what could steer a terminal, a header or the direction of reading."""
    return "".join(_kept(text))


def _kept(text: str) -> Iterator[str]:
    return (c for c in text if c in KEPT or unicodedata.category(c) not in UNWANTED)


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())
