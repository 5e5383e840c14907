"""Chains that must be accepted, and chains that must be refused with the fault they have."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from store.model.trust import Reason
from tests.unit.trust.pki import (
    ALICE,
    DAY,
    MAIL,
    MIDDLE,
    NOW,
    ROOT,
    SIGNER,
    Made,
    authority,
    ec_key,
    make,
    name,
    person,
    rsa_key,
    usage,
    with_sha1,
)

ODD = ObjectIdentifier("1.2.250.1.999.1")
MORE_ODD = ObjectIdentifier("1.2.250.1.999.2")


@dataclass(frozen=True)
class Case:
    """A certificate, what stands above it, and what must be found: nothing, or these faults."""

    leaf: Made
    others: tuple[Made, ...] = ()
    anchors: tuple[Made, ...] = (ROOT,)
    faults: tuple[Reason, ...] = ()
    pyhanko_agrees: bool | None = True
    """False where it does not look at what we look at; None where it cannot compare."""


def below(wanted: object, *faults: Reason, **others: object) -> Case:
    """A person below the usual authorities."""
    return Case(make(wanted, MIDDLE), (MIDDLE,), faults=faults, **others)


def under(middle: object, *faults: Reason, leaf: object = None, **others: object) -> Case:
    """A usual person below an unusual authority."""
    made = make(middle, ROOT)
    return Case(make(leaf or person(), made), (made,), faults=faults, **others)


def constrained(
    *permitted: x509.GeneralName, excluded: tuple[x509.GeneralName, ...] = ()
) -> object:
    """An authority that may only vouch for some names."""
    tree = x509.NameConstraints(list(permitted) or None, list(excluded) or None)
    return authority("Contrainte", extra=((tree, True),))


def directory(name_: x509.Name) -> x509.DirectoryName:
    return x509.DirectoryName(name_)


def uri(tree: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(tree)


def at_uri(where: str = "https://www.cabinet.example/alice") -> tuple[x509.ExtensionType, bool]:
    return said(uri(where))


def said(name_: x509.GeneralName) -> tuple[x509.ExtensionType, bool]:
    """One name, instead of the addresses a person usually has."""
    return x509.SubjectAlternativeName([name_]), False


def mail(tree: str) -> x509.RFC822Name:
    return x509.RFC822Name(tree)


@cache
def good() -> dict[str, Case]:
    """What must be accepted."""
    old = make(authority("Racine d'un autre temps", usage=None))
    rsa_root = make(authority("Racine RSA", key=rsa_key(2048)))
    second = make(authority("Seconde", path_length=0), MIDDLE)
    crossed = make(replace(authority("Racine"), issuer_name=None), old)
    return {
        **_within(),
        "usual": below(person()),
        "directly below the anchor": Case(make(person(), ROOT)),
        "two in between": Case(make(person(), second), (second, MIDDLE)),
        "anchor without key usage": Case(make(person(), old), anchors=(old,)),
        "RSA": Case(make(person(key=rsa_key(2048)), rsa_root), anchors=(rsa_root,)),
        "non-repudiation only": below(person(usage=usage("content_commitment"))),
        "no key usage": below(person(usage=None)),
        "more purposes": below(person(purposes=(*MAIL, ExtendedKeyUsageOID.CLIENT_AUTH))),
        "authority for mail": under(authority("Pour le courrier", purposes=MAIL)),
        "crossed": Case(
            make(person(), ROOT), (crossed, make(authority("Leurre"), ROOT)), anchors=(old,)
        ),
    }


def _within() -> dict[str, Case]:
    cabinet = name("Dr Alice Martin", organization="Cabinet")
    return {
        "address within": under(constrained(mail("cabinet.example"))),
        "address itself": under(constrained(mail(ALICE))),
        "address below": under(
            constrained(mail(".example")), leaf=person(addresses=("alice@cabinet.example",))
        ),
        "address elsewhere excluded": under(constrained(excluded=(mail("autre.example"),))),
        "directory within": under(
            constrained(directory(x509.Name(list(cabinet)[:1]))), leaf=person(subject=cabinet)
        ),
        "host within": under(
            constrained(x509.DNSName("cabinet.example")),
            leaf=person(hosts=("imap.cabinet.example",)),
        ),
        "address of a machine within": under(
            constrained(x509.IPAddress(ipaddress.ip_network("10.1.0.0/16"))),
            leaf=person(hosts=("10.1.2.3",)),
            pyhanko_agrees=None,
        ),
        "URI within": under(
            constrained(uri(".example")), leaf=person(addresses=(), extra=(at_uri(),))
        ),
        "another form constrained": under(constrained(x509.DNSName("autre.example"))),
    }


@cache
def bad() -> dict[str, Case]:
    """What must be refused, each with the one fault it has."""
    return {**_leaves(), **_authorities(), **_constraints(), **_other_names()}


def _leaves() -> dict[str, Case]:
    stranger = make(authority("Inconnue"))
    rsa_root = make(authority("Racine RSA", key=rsa_key(2048)))
    short_root = make(authority("Racine courte", key=rsa_key(1024)))
    critical = ((x509.UnrecognizedExtension(ODD, b"\x05\x00"), True),)
    p192 = ec.generate_private_key(ec.SECP192R1())
    of_rsa = make(person(), rsa_root)
    return {
        "stranger": Case(make(person(), stranger), (stranger,), faults=(Reason.NO_ANCHOR,)),
        "self-signed": Case(make(person()), faults=(Reason.NO_ANCHOR,)),
        "intermediate missing": Case(SIGNER, faults=(Reason.NO_ANCHOR,)),
        "another key signed": Case(
            make(person(), MIDDLE, ec_key("autre")), (MIDDLE,), faults=(Reason.NO_ANCHOR,)
        ),
        "intermediate is no anchor": Case(SIGNER, (MIDDLE,), (), faults=(Reason.NO_ANCHOR,)),
        "SHA-1": Case(
            with_sha1(of_rsa, rsa_root), anchors=(rsa_root,), faults=(Reason.WEAK_DIGEST,)
        ),
        "RSA 1024": below(person(key=rsa_key(1024)), Reason.SHORT_KEY, pyhanko_agrees=False),
        "RSA 1024 above": Case(
            make(person(), short_root),
            anchors=(short_root,),
            faults=(Reason.SHORT_KEY,),
        ),
        "EC 192": below(person(key=p192), Reason.SHORT_KEY, pyhanko_agrees=False),
        "unknown critical": below(person(extra=critical), Reason.UNKNOWN_CRITICAL),
        "an authority signs": below(
            person(ca=True, usage=usage("digital_signature", "key_cert_sign")),
            Reason.IS_AUTHORITY,
            pyhanko_agrees=False,
        ),
        "for encryption only": below(person(usage=usage("key_agreement")), Reason.WRONG_USAGE),
        "for servers": below(
            person(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)), Reason.NOT_FOR_MAIL
        ),
        "for anything": below(
            person(purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
            Reason.NOT_FOR_MAIL,
        ),
        "for nothing said": below(person(purposes=None), Reason.NOT_FOR_MAIL),
    }


def _authorities() -> dict[str, Case]:
    first = make(authority("Première", path_length=0), ROOT)
    second = make(authority("Seconde"), first)
    narrow_root = make(authority("Racine étroite", path_length=0))
    below_narrow = make(authority("Sous l'étroite"), narrow_root)
    critical = ((x509.UnrecognizedExtension(ODD, b"\x05\x00"), True),)
    policy = ((x509.PolicyConstraints(0, None), True),)
    person_above = make(person("Un autre"), MIDDLE)
    return {
        "a person vouches": Case(
            make(person(), person_above), (person_above, MIDDLE), faults=(Reason.BAD_ISSUER,)
        ),
        "basic constraints missing": under(authority("Sans", ca=None), Reason.BAD_ISSUER),
        "no authority": under(authority("Non", ca=False), Reason.BAD_ISSUER),
        "may not sign certificates": under(
            authority("Listes", usage=usage("crl_sign")), Reason.BAD_ISSUER
        ),
        "path too long": Case(
            make(person(), second), (second, first), faults=(Reason.PATH_TOO_LONG,)
        ),
        "path too long for the anchor": Case(
            make(person(), below_narrow),
            (below_narrow,),
            anchors=(narrow_root,),
            faults=(Reason.PATH_TOO_LONG,),
            pyhanko_agrees=False,
        ),
        "authority of servers": under(
            authority("Serveurs", purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
            Reason.NOT_FOR_MAIL,
            pyhanko_agrees=False,
        ),
        "unknown critical above": under(
            authority("Étrange", extra=critical), Reason.UNKNOWN_CRITICAL
        ),
        "policy required": under(authority("Politique", extra=policy), Reason.POLICY_REQUIRED),
    }


def _constraints() -> dict[str, Case]:
    wrong = Reason.NAME_NOT_ALLOWED
    weak = person(subject=name("Alice", email="alice@autre.example"))
    first = make(constrained(mail("autre.example")), ROOT)
    second = make(authority("Sous la contrainte"), first)
    cabinet = name("x", organization="Autre cabinet")
    return {
        "address outside": under(constrained(mail("autre.example")), wrong),
        "another address": under(constrained(mail("bob@cabinet.example")), wrong),
        "host, not below": under(constrained(mail(".cabinet.example")), wrong),
        "address excluded": under(constrained(excluded=(mail("cabinet.example"),)), wrong),
        "one of two outside": under(
            constrained(mail("cabinet.example")),
            wrong,
            leaf=person(addresses=(ALICE, "alice@autre.example")),
        ),
        "address in the name outside": under(
            constrained(mail("cabinet.example")), wrong, leaf=weak, pyhanko_agrees=False
        ),
        "directory outside": under(constrained(directory(x509.Name(list(cabinet)[:1]))), wrong),
        "host outside": under(
            constrained(x509.DNSName("autre.example")),
            wrong,
            leaf=person(hosts=("imap.cabinet.example",)),
        ),
        "two authorities above": Case(make(person(), second), (second, first), faults=(wrong,)),
    }


def _other_names() -> dict[str, Case]:
    wrong = Reason.NAME_NOT_ALLOWED
    return {
        "no address at all": under(
            constrained(mail("cabinet.example")),
            wrong,
            leaf=person(addresses=("cabinet.example",)),
            pyhanko_agrees=False,
        ),
        "address of a machine outside": under(
            constrained(x509.IPAddress(ipaddress.ip_network("10.1.0.0/16"))),
            wrong,
            leaf=person(hosts=("10.2.2.3",)),
            pyhanko_agrees=None,
        ),
        "URI outside": under(
            constrained(uri("autre.example")), wrong, leaf=person(addresses=(), extra=(at_uri(),))
        ),
        "URI of no host": under(
            constrained(excluded=(uri("autre.example"),)),
            wrong,
            leaf=person(addresses=(), extra=(at_uri("urn:alice"),)),
            pyhanko_agrees=None,
        ),
        "form that cannot be compared": under(
            constrained(excluded=(x509.RegisteredID(ODD),)),
            wrong,
            leaf=person(addresses=(), extra=(said(x509.RegisteredID(MORE_ODD)),)),
            pyhanko_agrees=None,
        ),
    }


def times() -> dict[str, tuple[Case, bool]]:
    """Dates: each with whether the chain is valid now."""
    old = make(authority("Vieille", until_at=NOW - DAY), ROOT)
    coming = make(authority("À venir", from_at=NOW + DAY), ROOT)
    return {
        "usual": (below(person()), True),
        "expired": (below(person(until_at=NOW - 1)), False),
        "not yet": (below(person(from_at=NOW + 1)), False),
        "authority expired": (Case(make(person(), old), (old,)), False),
        "authority not yet": (Case(make(person(), coming), (coming,)), False),
    }
