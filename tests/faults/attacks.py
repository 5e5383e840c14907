"""What somebody on the line may say before TLS, around it and in its place: IMAP, SMTP, POP3.

After the classes of "Why TLS is better without STARTTLS" (USENIX Security 2021) and of the
advisories it led to. An attack names the steps of its script; the last of them is the attack
itself, so that one that was never reached is seen.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from store.model.account import Tls


class Said(Enum):
    """What the client may have said under TLS when all is over."""

    NOTHING = "not an octet"
    NO_SECRET = "nothing that is secret"
    ALL = "what it likes: the server is the right one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One. A step is octets to say, or a word: HEAR a line, or the CALL for TLS;
    do as TLS wants, CUT, STALL."""

    name: str
    protocol: str
    steps: tuple[bytes | str, ...]
    codes: frozenset[str]
    """What the person may be told."""
    tls: Tls = Tls.STARTTLS
    certificate: str = "good"
    newest: ssl.TLSVersion | None = None
    secure: Said = Said.NOTHING


HEAR, CALL, TLS, CUT, STALL = "hear", "call", "tls", "cut", "stall"
LOST = frozenset({"net.lost", "net.timeout"})
GARBLED = frozenset({"imap.protocol", "smtp.garbled", "pop3.protocol", "pop3.too_much"}) | LOST
STRIPPED = frozenset({"tls.no_starttls"})
INJECTED = frozenset({"tls.injected"})
FAILED = frozenset({"tls.failed", "tls.bad_certificate", "net.lost"})

IMAP_HELLO = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Pret.\r\n"
IMAP_YES = b"%t OK Begin TLS\r\n"
IMAP_TO_TLS: tuple[bytes | str, ...] = (IMAP_HELLO, HEAR)
SMTP_HELLO = b"220 mx.sante.test ESMTP\r\n"
SMTP_OFFER = b"250-mx.sante.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
SMTP_YES = b"220 2.0.0 Ready\r\n"
SMTP_TO_TLS: tuple[bytes | str, ...] = (SMTP_HELLO, HEAR, SMTP_OFFER, HEAR)
POP3_HELLO = b"+OK pret\r\n"
POP3_YES = b"+OK Begin TLS\r\n"
POP3_TO_TLS: tuple[bytes | str, ...] = (POP3_HELLO, HEAR)
PORTAL = b"HTTP/1.1 302 Found\r\nLocation: http://portail.test/\r\nContent-Length: 0\r\n\r\n"


def hello(version: bytes, suite: bytes, compression: bytes) -> bytes:
    """A ServerHello written by hand: what OpenSSL itself would no longer say."""
    body = version + b"P" * 32 + b"\0" + suite + compression
    message = b"\2" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\3" + len(message).to_bytes(2, "big") + message


HELLOS = {
    "ServerHello picks compression": hello(b"\3\3", b"\xc0\x2f", b"\1"),
    "ServerHello picks TLS 1.1": hello(b"\3\2", b"\xc0\x13", b"\0"),
    "ServerHello picks SSL 3": hello(b"\3\0", b"\x00\x2f", b"\0"),
    "ServerHello picks a suite without encryption": hello(b"\3\3", b"\x00\x3b", b"\0"),
    "ServerHello picks RC4": hello(b"\3\3", b"\xc0\x11", b"\0"),
    "HelloRequest instead of ServerHello, for ever": b"\x16\3\3\0\4\0\0\0\0" * 4 + PORTAL,
    "fatal alert": b"\x15\3\3\0\2\2\x28",
}
CERTIFICATES = {
    "wrong_host": frozenset({"tls.wrong_host"}),
    "expired": frozenset({"tls.expired"}),
    "self_signed": frozenset({"tls.untrusted"}),
    "stranger": frozenset({"tls.untrusted"}),
}
OLD = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}
UPGRADES: dict[str, tuple[bytes | str, ...]] = {
    "imap": (*IMAP_TO_TLS, IMAP_YES),
    "smtp": (*SMTP_TO_TLS, SMTP_YES),
    "pop3": (*POP3_TO_TLS, POP3_YES),
}


def attacks() -> Iterator[Attack]:
    """All of them."""
    yield from _imap_around_starttls()
    yield from _imap_before_and_after()
    yield from _smtp()
    yield from _pop3()
    yield from _tls_itself()


def _of(
    protocol: str, name: str, codes: frozenset[str], *steps: bytes | str, **more: object
) -> Attack:
    return Attack(
        name=name,
        protocol=protocol,
        codes=codes,
        steps=steps,
        **more,  # type: ignore[arg-type]
    )


def imap(name: str, codes: frozenset[str], *steps: bytes | str, **more: object) -> Attack:
    """On IMAP."""
    return _of("imap", name, codes, *steps, **more)


def _imap_around_starttls() -> Iterator[Attack]:
    hello, yes = IMAP_TO_TLS, IMAP_YES
    stripped = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] Pret.\r\n"
    yield imap("capability stripped, login offered in clear", STRIPPED, stripped)
    yield imap("refused with NO", STRIPPED, *hello, b"%t NO pas maintenant\r\n")
    yield imap("refused with BAD", STRIPPED, *hello, b"%t BAD quoi\r\n")
    yield imap(
        "refused with a referral", STRIPPED, *hello, b"%t NO [REFERRAL imap://x.test/] la\r\n"
    )
    yield imap(
        "an alert asks for the password", STRIPPED, *hello, b"%t NO [ALERT] \x1b[2JTapez\r\n"
    )
    yield imap("BYE instead of an answer", frozenset({"imap.bye"}), *hello, b"* BYE fini\r\n")
    yield imap("only an untagged OK", LOST, *hello, b"* OK Begin TLS\r\n", STALL)
    yield imap("another tag", GARBLED, *hello, b"Z9 OK Begin TLS\r\n")
    yield imap(
        "untagged words behind the OK", INJECTED, *hello, yes + b"* CAPABILITY AUTH=PLAIN\r\n"
    )
    yield imap(
        "a login answered behind the OK", INJECTED, *hello, yes + b"B2 OK [ALERT] entrez\r\n"
    )
    yield imap("a continuation behind the OK", INJECTED, *hello, yes + b"+ \r\n")
    yield imap("half a line behind the OK", INJECTED, *hello, yes + b"* PRE")
    yield imap("OK, and the talk goes on in clear", FAILED, *hello, yes, CALL, b"* OK entrez\r\n")


def _imap_before_and_after() -> Iterator[Attack]:
    hello, yes = IMAP_TO_TLS, IMAP_YES
    yield imap("already logged in", STRIPPED, b"* PREAUTH bonjour\r\n")
    preauth = b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] bonjour\r\n"
    yield imap("already logged in, STARTTLS offered", STRIPPED, preauth)
    yield imap("BYE for a greeting", frozenset({"imap.bye"}), b"* BYE non\r\n")
    yield imap("NO for a greeting", GARBLED, b"* NO non\r\n")
    yield imap("a web page for a greeting", GARBLED, PORTAL)
    yield imap("no greeting", frozenset({"net.timeout"}), STALL)
    yield imap("a line without end", GARBLED, b"* OK " + b"a" * 200_000)
    yield imap("a literal without end", GARBLED, b"* OK {99999999999}\r\n", STALL)
    yield imap("a million lines", GARBLED, IMAP_HELLO, b"* 1 EXISTS\r\n" * 300_000)
    yield imap("an answer to a command not given", GARBLED, IMAP_HELLO + b"A1 OK fait\r\n")
    before = b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] Pret.\r\n"
    after = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n%t OK\r\n"
    yield imap(
        "what was offered in clear is not offered under TLS",
        frozenset({"imap.no_login"}),
        *(before, HEAR, yes, TLS, HEAR, after),
        secure=Said.NO_SECRET,
    )
    open_ = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n%t OK\r\n"
    yield imap(
        "cut in the middle of the login",
        LOST,
        *(*hello, yes, TLS, HEAR, open_, HEAR, CUT),
        secure=Said.ALL,
    )
    sent = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] Pret.\r\n"
    yield imap("no TLS on the TLS port", FAILED, sent, tls=Tls.IMPLICIT)
    yield imap(
        "already logged in under TLS",
        frozenset({"imap.preauth"}),
        *(TLS, b"* PREAUTH [CAPABILITY IMAP4rev1] bonjour\r\n"),
        tls=Tls.IMPLICIT,
        secure=Said.NO_SECRET,
    )


def _smtp() -> Iterator[Attack]:
    def smtp(name: str, codes: frozenset[str], *steps: bytes | str, **more: object) -> Attack:
        return _of("smtp", name, codes, *steps, **more)

    busy, away = frozenset({"smtp.busy"}), frozenset({"smtp.turned_away", "smtp.garbled"})
    to_ehlo, to_tls, yes = (SMTP_HELLO, HEAR), SMTP_TO_TLS, SMTP_YES
    login = b"250-mx.sante.test\r\n250 AUTH PLAIN LOGIN\r\n"
    yield smtp("STARTTLS stripped, AUTH offered in clear", STRIPPED, *to_ehlo, login)
    yield smtp("no EHLO: HELO would offer nothing", away, *to_ehlo, b"502 non\r\n")
    yield smtp("refused for now", busy, *to_tls, b"454 4.7.0 plus tard\r\n")
    yield smtp("refused for good", away | STRIPPED, *to_tls, b"502 5.5.1 quoi\r\n")
    yield smtp("goodbye instead of an answer", busy, *to_tls, b"421 4.3.2 fini\r\n")
    yield smtp("asked for more words", away | GARBLED, *to_tls, b"334 \r\n")
    yield smtp("a login accepted instead", away | GARBLED | STRIPPED, *to_tls, b"235 2.7.0 oui\r\n")
    yield smtp("a reply behind the 220", INJECTED, *to_tls, yes + b"250 AUTH PLAIN\r\n")
    yield smtp("half a reply behind the 220", INJECTED, *to_tls, yes + b"250-AUTH")
    lines = b"220-2.0.0 Ready\r\n220 2.0.0 Ready\r\n235 2.7.0 oui\r\n"
    yield smtp("a 220 of two lines and a reply behind it", INJECTED, *to_tls, lines)
    mixed = b"220-2.0.0 Ready\r\n250 AUTH PLAIN\r\n"
    yield smtp("a 220 that ends as a 250", GARBLED | FAILED | away, *to_tls, mixed)
    yield smtp(
        "220, and the talk goes on in clear", FAILED, *to_tls, yes, CALL, b"250 AUTH PLAIN\r\n"
    )
    yield smtp("answers before the questions", GARBLED, SMTP_HELLO + SMTP_OFFER + SMTP_YES)
    yield smtp("turned away at the door", away, b"554 5.3.2 non\r\n")
    yield smtp("a web page for a greeting", GARBLED | away, PORTAL)
    yield smtp("no greeting", frozenset({"net.timeout"}), STALL)
    yield smtp("a greeting without end", GARBLED | away, b"220-bonjour\r\n" * 50_000)
    yield smtp("a line without end", GARBLED | away, b"220 " + b"a" * 200_000)
    yield smtp(
        "what was offered in clear is not offered under TLS",
        frozenset({"smtp.no_login"}),
        *(*to_tls, yes, TLS, HEAR, b"250-mx.sante.test\r\n250 SIZE 1000\r\n"),
        secure=Said.NO_SECRET,
    )
    yield smtp(
        "cut in the middle of the login",
        LOST,
        *(*to_tls, yes, TLS, HEAR, login, HEAR, CUT),
        secure=Said.ALL,
    )
    yield smtp("no TLS on the TLS port", FAILED, SMTP_HELLO, tls=Tls.IMPLICIT)


def _pop3() -> Iterator[Attack]:
    def pop3(name: str, codes: frozenset[str], *steps: bytes | str, **more: object) -> Attack:
        return _of("pop3", name, codes, *steps, **more)

    to_tls, yes = POP3_TO_TLS, POP3_YES
    yield pop3("STLS refused", STRIPPED, *to_tls, b"-ERR quoi\r\n")
    yield pop3("asked for more words", STRIPPED, *to_tls, b"+ \r\n")
    yield pop3("a line behind the OK", INJECTED, *to_tls, yes + b"+OK entrez\r\n")
    yield pop3("half a line behind the OK", INJECTED, *to_tls, yes + b"+O")
    yield pop3("a list behind the OK", INJECTED, *to_tls, yes + b"+OK\r\nSASL PLAIN\r\n.\r\n")
    yield pop3("OK, and the talk goes on in clear", FAILED, *to_tls, yes, CALL, b"+OK entrez\r\n")
    yield pop3("refused with words behind", GARBLED | STRIPPED, *to_tls, b"-ERR\r\n+OK entrez\r\n")
    yield pop3("turned away at the door", GARBLED, b"-ERR non\r\n")
    yield pop3("a web page for a greeting", GARBLED, PORTAL)
    yield pop3("no greeting", frozenset({"net.timeout"}), STALL)
    yield pop3("a line without end", GARBLED, b"+OK " + b"a" * 200_000)
    yield pop3("answers before the questions", GARBLED, POP3_HELLO + b"+OK\r\n+OK\r\n")
    apop = b"+OK <1896.697170952@sante.test>\r\n"
    yield pop3("APOP wanted in clear", STRIPPED, apop, HEAR, b"-ERR APOP\r\n")
    open_ = b"+OK\r\nSASL PLAIN\r\n.\r\n"
    yield pop3(
        "cut in the middle of the login",
        LOST,
        *(*to_tls, yes, TLS, HEAR, open_, HEAR, CUT),
        secure=Said.ALL,
    )
    yield pop3("no TLS on the TLS port", FAILED, POP3_HELLO, tls=Tls.IMPLICIT)


def _tls_itself() -> Iterator[Attack]:
    for protocol, steps in UPGRADES.items():
        for kind, codes in CERTIFICATES.items():
            yield _of(protocol, f"certificate {kind}", codes, *steps, TLS, certificate=kind)
    for name, octets in HELLOS.items():
        yield _of("imap", name, FAILED, CALL, octets, tls=Tls.IMPLICIT)
        yield _of("smtp", name, FAILED, *UPGRADES["smtp"], CALL, octets)
    for name, newest in OLD.items():
        yield _of("imap", name, FAILED, TLS, tls=Tls.IMPLICIT, newest=newest)
        yield _of("pop3", name, FAILED, *UPGRADES["pop3"], TLS, newest=newest)
