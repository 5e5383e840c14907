"""Whole letters, opened by the S/MIME engine and judged: honest ones, and published tricks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from store.model.trust import Kept, Level, Reason, Verdict
from sync.smime.layers import open_letter
from sync.trust.judge import judge
from sync.trust.letters import evidence_of
from tests.unit.smime.people import AT, person
from tests.unit.smime.test_letters import letter, made, signing, to
from tests.unit.trust.pki import ROOT

ANCHOR = person("rsa").chain[0]
KEPT = Kept(anchors=(ANCHOR,))
SIGNED = made(letter(), signing=signing())
OUTER_FROM = b"From: Alice Martin <alice@cabinet.example>\r\n"


def judged(octets: bytes, kept: Kept = KEPT, *keys: str) -> Verdict:
    openers = [person(each) for each in keys or ("rsa",)]
    return judge(evidence_of(octets, open_letter(octets, openers), arrived_at=AT), kept, AT)


def around(head: bytes, *parts: bytes) -> bytes:
    """A multipart of these parts."""
    kind = b'Content-Type: multipart/mixed; boundary="dehors"\r\n\r\n'
    body = b"".join(b"--dehors\r\n" + each + b"\r\n" for each in parts)
    return head + kind + body + b"--dehors--\r\n"


PLAIN = b"Content-Type: text/plain\r\n\r\nVirez l'argent.\r\n"


@pytest.mark.parametrize(
    ("octets", "remarks"),
    [
        (lambda: SIGNED, ()),
        (lambda: made(letter(), signing=signing(opaque=True)), ()),
        (lambda: made(letter(), signing=signing("rsa", "p256")), ()),
        (lambda: made(letter(), signing=signing(), readers=to("rsa")), (Reason.SEALED,)),
        (
            lambda: made(made(letter(), signing=signing(), readers=to("rsa")), signing=signing()),
            (Reason.SEALED,),
        ),
    ],
    ids=["detached", "opaque", "two keys of hers", "sealed", "three times wrapped"],
)
def test_an_honest_letter_has_a_badge(
    octets: Callable[[], bytes], remarks: tuple[Reason, ...]
) -> None:
    found = judged(octets())
    assert found.badge
    assert (found.address, found.signer and found.signer.name) == (
        *("alice@cabinet.example",),
        "alice",
    )
    assert found.reasons == (Reason.REVOCATION_UNKNOWN, *remarks)


@pytest.mark.parametrize(
    ("octets", "level", "reason"),
    [
        (lambda: letter(), Level.UNSIGNED, Reason.NOT_SIGNED),
        (
            lambda: SIGNED.replace(b"1,05 g/L", b"9,05 g/L"),
            Level.BROKEN,
            Reason.TAMPERED,
        ),
        (lambda: outer(b"mallory@labo.example"), Level.UNPROVEN, Reason.FROM_DIFFERS),
        (lambda: OUTER_FROM + SIGNED, Level.UNPROVEN, Reason.FROM_NOT_ONE),
        (lambda: outer(b"alice@cabinet.example, m@x.fr"), Level.UNPROVEN, Reason.FROM_NOT_ONE),
        (lambda: around(OUTER_FROM, PLAIN, SIGNED), Level.PARTLY, Reason.PART_ONLY),
        (lambda: around(OUTER_FROM, SIGNED, PLAIN), Level.PARTLY, Reason.PART_ONLY),
        (
            lambda: around(OUTER_FROM, PLAIN, b"Content-Type: message/rfc822\r\n\r\n" + SIGNED),
            Level.PARTLY,
            Reason.PART_ONLY,
        ),
        (lambda: third_part(), Level.PARTLY, Reason.PART_ONLY),
        (lambda: without_signature(), Level.BROKEN, Reason.NO_SIGNER),
        (
            lambda: made(made(SIGNED, readers=to("rsa")), readers=to("rsa")),
            Level.PARTLY,
            Reason.PART_ONLY,
        ),
        (lambda: made(letter(), readers=to("rsa")), Level.UNSIGNED, Reason.SEALED),
        (lambda: made(letter(), readers=to("p384")), Level.UNSIGNED, Reason.STAYS_SEALED),
        (
            lambda: made(letter(), readers=to("rsa", capabilities=None)),
            Level.UNSIGNED,
            Reason.SEAL_NOT_AUTHENTICATED,
        ),
        (lambda: by_somebody_else(), Level.UNPROVEN, Reason.NOT_NAMED),
        (
            lambda: made(letter(), signing=signing("rsa1024")),
            Level.UNPROVEN,
            Reason.SHORT_KEY,
        ),
    ],
)
def test_no_other_has_one_and_it_says_why(
    octets: Callable[[], bytes], level: Level, reason: Reason
) -> None:
    found = judged(octets())
    assert found.level is level
    assert reason in found.reasons


def outer(senders: bytes) -> bytes:
    """Her letter with another From outside; the one inside is signed."""
    head, rest = SIGNED.split(OUTER_FROM, 1)
    return head + b"From: " + senders + b"\r\n" + rest


def third_part() -> bytes:
    end = b"\r\n--=_s0--"
    assert SIGNED.count(end) == 1
    return SIGNED.replace(end, b"\r\n--=_s0\r\n" + PLAIN + end)


def without_signature() -> bytes:
    """multipart/signed whose signature was taken off."""
    head, _, rest = SIGNED.rpartition(b"\r\n--=_s0\r\n")
    assert rest
    return head + b"\r\n--=_s0--\r\n"


def by_somebody_else() -> bytes:

    return made(letter(), signing=replace(signing(), signers=(person("rsa", "mallory"),)))


def test_an_authority_that_is_not_ours_proves_nothing() -> None:
    found = judged(SIGNED, Kept(anchors=(ROOT.der,)))
    assert found.level is Level.UNPROVEN
    assert Reason.NO_ANCHOR in found.reasons


def test_an_attacker_who_signs_what_another_sealed_does_not_become_its_sender() -> None:
    sealed = made(letter(), readers=to("rsa"))

    theirs = replace(signing(), signers=(person("rsa", "mallory"),))
    wrapped = made(sealed, signing=theirs)
    assert not judged(wrapped).badge
    disguised = wrapped.replace(OUTER_FROM, b"From: mallory@cabinet.example\r\n")
    assert not judged(disguised).badge
