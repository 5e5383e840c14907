"""Name constraints (RFC 5280 §4.2.1.10): an authority may only vouch for some names.

Mail addresses, host names, addresses in URIs and distinguished names are compared. A name of any
other form, below an authority that constrains that form, is refused rather than let through.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from cryptography import x509

from sync.trust.certificate import Certificate


def allowed(certificate: Certificate, constraints: x509.NameConstraints) -> bool:
    """Whether every name of a certificate is one its authority may vouch for."""
    return all(_may(name, constraints) for name in _names(certificate))


def _names(certificate: Certificate) -> Iterable[x509.GeneralName]:
    if certificate.parsed.subject.rdns:
        yield x509.DirectoryName(certificate.parsed.subject)
    for address in certificate.weak_addresses:
        # Also where an rfc822Name stands beside it: a reader may look at either.
        if address.isascii():
            yield x509.RFC822Name(address)
    yield from certificate.extension(x509.SubjectAlternativeName) or ()


def _may(name: x509.GeneralName, constraints: x509.NameConstraints) -> bool:
    same_form = [
        (each, permitted)
        for trees, permitted in (
            (constraints.permitted_subtrees, True),
            (constraints.excluded_subtrees, False),
        )
        for each in trees or ()
        if type(each) is type(name)
    ]
    if any(_within(name, each) is not False for each, permitted in same_form if not permitted):
        return False
    wanted = [each for each, permitted in same_form if permitted]
    return not wanted or any(_within(name, each) is True for each in wanted)


def _within(name: x509.GeneralName, tree: x509.GeneralName) -> bool | None:
    """Whether a name lies in a subtree of its own form; None when we cannot tell."""
    if isinstance(name, x509.RFC822Name) and isinstance(tree, x509.RFC822Name):
        return _mail_within(name.value, tree.value)
    if isinstance(name, x509.DNSName) and isinstance(tree, x509.DNSName):
        host, under = name.value.lower(), tree.value.lower().lstrip(".")
        return not under or host == under or host.endswith(f".{under}")
    if isinstance(name, x509.UniformResourceIdentifier) and isinstance(
        tree, x509.UniformResourceIdentifier
    ):
        return _uri_within(name.value, tree.value)
    if isinstance(name, x509.DirectoryName) and isinstance(tree, x509.DirectoryName):
        rdns, under_rdns = name.value.rdns, tree.value.rdns
        return [_folded(each) for each in rdns[: len(under_rdns)]] == [
            _folded(each) for each in under_rdns
        ]
    if isinstance(name, x509.IPAddress) and isinstance(tree, x509.IPAddress):
        return _address_within(name.value, tree.value)
    return None


def _mail_within(address: str, tree: str) -> bool | None:
    local, at, host = address.rpartition("@")
    if not at or not local:
        return None
    host, tree = host.lower(), tree if "@" in tree else tree.lower()
    if "@" in tree:
        tree_local, _, tree_host = tree.rpartition("@")
        return (local, host) == (tree_local, tree_host.lower())
    if tree.startswith("."):
        return host.endswith(tree)
    return host == tree


def _uri_within(uri: str, tree: str) -> bool | None:
    try:
        host = urlsplit(uri).hostname
    except ValueError:
        return None
    if not host:
        return None
    tree = tree.lower()
    return host.endswith(tree) if tree.startswith(".") else host == tree


def _address_within(address: object, tree: object) -> bool | None:
    if not isinstance(tree, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return None
    if not isinstance(address, ipaddress.IPv4Address | ipaddress.IPv6Address):
        return None
    return address in tree


def _folded(rdn: x509.RelativeDistinguishedName) -> frozenset[tuple[str, str]]:
    return frozenset(
        (each.oid.dotted_string, " ".join(str(each.value).casefold().split())) for each in rdn
    )
