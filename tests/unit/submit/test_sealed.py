"""Signed and sealed letters as they are frozen: openssl opens and verifies them, or they stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message

import pytest

from store.db import blobs
from store.db.accounts import account, add_account, change_account
from store.db.anchors import replace_bundle
from store.db.apicrypt import Programs, set_programs
from store.db.certificates import learn
from store.db.crls import crls, keep_crl
from store.db.drafts import draft as saved_draft
from store.db.drafts import drafts_waiting, save_draft, send_draft
from store.db.open import Connection
from store.db.sealing import sealing_for
from store.db.submissions import submission
from store.errors import NeedsUser, Permanent
from store.model.account import Account, Endpoint, Signs
from store.model.certificate import Source
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import AccountId, SubmissionId
from store.model.route import Way
from store.model.trust import Anchor, Kind
from sync.keyring import facts_of
from sync.mime.protected import read_protected
from sync.smime.keys import SoftwareKey
from sync.smime.oids import AES_256_CBC, AES_256_GCM
from sync.smime.signatures import Scheme
from sync.submit.freeze import freeze, freeze_due
from sync.trust.sealing import judge_all
from tests.refusals import refused
from tests.unit.smime import people
from tests.unit.smime.people import AT, authority, files, openssl, person
from tests.unit.trust.pki import Made, crl

ALICE, BOB, CAROLE = (f"{name}@cabinet.example" for name in ("alice", "bob", "carole"))
SECRET = ("Valmi", "glyc", "Glyc", "R=C3=A9sultat", "bilan.pdf")
LETTER = Draft(
    sender=EmailAddress(email=ALICE),
    to=(EmailAddress(email=BOB),),
    subject="Résultats de Mme Valmière",
    body="Glycémie 1,05 g/L.\n",
    seal=True,
)


@pytest.fixture
def alice(db: Connection) -> Account:
    """The account that writes; its site trusts the authority of these people."""
    here = Endpoint(host="mx.cabinet.example", port=465)
    id_ = add_account(db, name="alice", address=ALICE, imap=here, smtp=here, user="alice")
    trusts(db)
    return account(db, id_)


def trusts(db: Connection) -> None:
    """Import the authority of these people."""
    ca = facts_of(root().der)
    replace_bundle(
        db,
        "site",
        [
            Anchor(
                bundle="site",
                kind=Kind.ANCHOR,
                certificate=ca.der,
                fingerprint=ca.fingerprint,
                name=ca.subject,
                not_after_at=ca.not_after_at,
                imported_at=AT,
            )
        ],
    )


def root() -> Made:
    certificate, key = authority()
    return Made(certificate, key)


def knows(
    db: Connection, who: SoftwareKey, *, at: int = AT, says: Sequence[str] | None = None
) -> None:
    """Their certificate is learnt."""
    learn(db, facts_of(who.certificate), source=Source.SIGNED_MAIL, at=at, capabilities=says)


def own(*keys: SoftwareKey):
    """The keys of whoever asks."""

    def keys_of(_: AccountId) -> Sequence[SoftwareKey]:
        return keys

    return keys_of


async def frozen(db: Connection, by: Account, letter: Draft, *keys: SoftwareKey) -> list[bytes]:
    """The octets of each message that a letter becomes."""
    draft_id = save_draft(db, by.id, letter, now=AT)
    ids = await freeze(db, by, draft_id, now=AT, keys=own(*keys))
    return [octets_of(db, id_) for id_ in ids]


def octets_of(db: Connection, id_: SubmissionId) -> bytes:
    return blobs.get(db, submission(db, id_).blob_id)


def opened(octets: bytes, kind: str, name: str) -> bytes:
    """What openssl finds inside for one reader."""
    certificate, key = files(kind, name)
    return openssl("-decrypt", "-recip", certificate, "-inkey", key, given=octets)


def verified(octets: bytes) -> bytes:
    """What openssl finds signed, by a chain to the authority."""
    return openssl("-verify", "-CAfile", people.authority_file(), "-attime", str(AT), given=octets)


def headers(octets: bytes) -> Message:
    return message_from_bytes(octets)


async def test_a_sealed_letter_is_read_by_its_recipient_and_by_nobody_on_the_way(
    db: Connection, alice: Account
) -> None:
    knows(db, person("rsa", "bob"))
    [octets] = await frozen(db, alice, LETTER, person("p256", "alice"))
    outside = headers(octets)
    assert outside["Subject"] == "[...]"
    for word in SECRET:
        assert word.encode() not in octets
    inside = verified(opened(octets, "rsa", "bob"))
    assert b"Glyc=C3=A9mie 1,05 g/L." in inside
    protected = read_protected(inside)
    for field in ("Message-ID", "Date", "From", "To"):
        assert protected.get(field.lower().encode()) == outside[field].encode()
    assert b"Valmi" in (protected.get(b"subject") or b"")


async def test_the_sender_reads_their_own_copy(db: Connection, alice: Account) -> None:
    knows(db, person("rsa", "bob"))
    [octets] = await frozen(db, alice, LETTER, person("p256", "alice"))
    assert b"Glyc=C3=A9mie" in opened(octets, "p256", "alice")


async def test_whoever_gets_a_blind_copy_is_named_to_nobody(db: Connection, alice: Account) -> None:
    for name in ("bob", "carole"):
        knows(db, person("rsa", name))
    letter = replace(LETTER, bcc=(EmailAddress(email=CAROLE),))
    first, second = await frozen(db, alice, letter, person("p256", "alice"))
    opened(first, "rsa", "bob")
    opened(second, "rsa", "carole")
    printed = openssl("-cmsout", "-print", "-noout", given=first)
    assert printed.count(b"d.ktri") + printed.count(b"d.kari") == 2, "bob, and alice herself"
    assert b"carole" not in first + second
    with pytest.raises(AssertionError):
        opened(first, "rsa", "carole")


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ((AES_256_GCM, AES_256_CBC), "authEnveloped-data"),
        ((AES_256_CBC,), "enveloped-data"),
        (None, "enveloped-data"),
    ],
)
async def test_what_its_readers_can_read_decides_the_cipher(
    db: Connection, alice: Account, says: Sequence[str] | None, kind: str
) -> None:
    knows(db, person("rsa", "bob"), says=says)
    [octets] = await frozen(db, alice, LETTER, person("p256", "alice"))
    assert headers(octets).get_param("smime-type") == kind


async def test_to_a_certificate_that_no_chosen_authority_vouches_for_nothing_is_sealed(
    db: Connection, alice: Account
) -> None:
    knows(db, person("rsa", "bob"))
    replace_bundle(db, "site", [])
    with refused(Permanent, "route.certificate_untrusted"):
        await frozen(db, alice, LETTER, person("p256", "alice"))


async def test_a_certificate_revoked_while_the_letter_waited_is_not_sealed_to(
    db: Connection, alice: Account
) -> None:
    bob = revocable("bob")
    knows(db, bob)
    judge_all(db, AT)
    [wanted] = crls(db)
    assert sealing_for(db, BOB, AT).trusted
    from cryptography import x509

    serial = x509.load_der_x509_certificate(bob.certificate).serial_number
    list_ = crl(root(), serial, from_at=AT - 60, until_at=AT + 86_400)
    keep_crl(db, replace(wanted, octets=list_, this_update_at=AT - 60, checked_at=AT))
    with refused(Permanent, "route.certificate_untrusted"):
        await frozen(db, alice, LETTER, person("p256", "alice"))
    assert not sealing_for(db, BOB, AT).trusted


def revocable(name: str) -> SoftwareKey:
    """Somebody whose certificate says where it may be revoked."""
    from tests.unit.trust import pki

    made = pki.make(
        pki.person(
            name,
            key=person("rsa", name).key,
            usage=pki.usage("key_encipherment"),
            addresses=(f"{name}@cabinet.example",),
            from_at=AT - 86_400,
            until_at=AT + 86_400,
        ),
        root(),
    )
    return SoftwareKey(made.der, (), made.key)


@pytest.mark.logs("draft.not_frozen")
@pytest.mark.parametrize(
    ("letter", "code"),
    [
        (replace(LETTER, seal=False, sign=True), "sending.no_signing_key"),
        (replace(LETTER, sign=True), "sending.no_signing_key"),
        (LETTER, "sending.no_own_key"),
    ],
)
async def test_without_a_key_it_stays_and_says_what_to_do(
    db: Connection, alice: Account, letter: Draft, code: str
) -> None:
    knows(db, person("rsa", "bob"))
    draft_id = save_draft(db, alice.id, letter, now=AT)
    send_draft(db, draft_id, AT)
    assert await freeze_due(db, alice, now=AT) == 0
    assert drafts_waiting(db) == [(draft_id, AT, code)]
    assert saved_draft(db, draft_id)[1] == letter


@pytest.mark.logs("draft.not_frozen")
async def test_a_card_that_is_not_there_keeps_the_draft(db: Connection, alice: Account) -> None:
    class Card:
        certificate = person("p256", "alice").certificate
        chain = ()

        def sign(self, octets: bytes, scheme: Scheme) -> bytes:
            raise NeedsUser("card.absent")

    knows(db, person("rsa", "bob"))
    draft_id = save_draft(db, alice.id, LETTER, now=AT)
    send_draft(db, draft_id, AT)
    assert await freeze_due(db, alice, now=AT, keys=own(Card())) == 0
    assert drafts_waiting(db) == [(draft_id, AT, "card.absent")]


@pytest.mark.parametrize("asked", [True, False])
async def test_a_plain_letter_is_signed_when_it_is_asked_or_always(
    db: Connection, alice: Account, asked: bool
) -> None:
    if not asked:
        change_account(db, replace(alice, sign=Signs.ALWAYS))
    letter = replace(LETTER, seal=False, sign=asked)
    [octets] = await frozen(db, account(db, alice.id), letter, person("p256", "alice"))
    assert headers(octets).get_content_type() == "multipart/signed"
    assert b"Glyc=C3=A9mie" in verified(octets)


async def test_a_key_of_another_address_does_not_sign(db: Connection, alice: Account) -> None:
    letter = replace(LETTER, seal=False, sign=True)
    with refused(NeedsUser, "sending.no_signing_key"):
        await frozen(db, alice, letter, person("p256", "bob"))


async def test_apicrypt_does_not_carry_a_signature_of_ours(db: Connection, alice: Account) -> None:
    set_programs(db, alice.id, Programs(seal="true {source} {result} {recipient}"))
    to = (EmailAddress(email="bob@medical03.apicrypt.org"),)
    letter = replace(LETTER, to=to, seal=False, sign=True)
    with refused(NeedsUser, "sending.apicrypt_signed"):
        await frozen(db, alice, letter, person("p256", "alice"))


async def test_of_two_certificates_the_one_last_seen_is_sealed_to(
    db: Connection, alice: Account
) -> None:
    knows(db, person("rsa", "bob"), at=AT - 100)
    knows(db, person("p384", "bob"), at=AT - 50)
    [octets] = await frozen(db, alice, LETTER, person("p256", "alice"))
    opened(octets, "p384", "bob")


async def test_one_that_signs_only_is_passed_over(db: Connection, alice: Account) -> None:
    knows(db, person("rsa", "bob"), at=AT - 100)
    signs = people.issue(person("p384", "bob").key, "bob", digital_signature=True)
    knows(db, signs, at=AT)
    [octets] = await frozen(db, alice, LETTER, person("p256", "alice"))
    opened(octets, "rsa", "bob")


async def test_the_way_kept_with_it_is_smime(db: Connection, alice: Account) -> None:
    knows(db, person("rsa", "bob"))
    draft_id = save_draft(db, alice.id, LETTER, now=AT)
    (id_,) = await freeze(db, alice, draft_id, now=AT, keys=own(person("p256", "alice")))
    assert [r.way for r in submission(db, id_).recipients] == [Way.SMIME]
