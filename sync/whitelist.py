"""The white list file of the trust space, octets in, domains out. Pure.

Published every day as XML (docs/standards.md): `Domaine/Nom` in the namespace of the list, some
names with accents. It decides where health data may go, so a file that is not surely one is
refused whole rather than half believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from store.errors import Permanent
from store.routing.domains import normal

NAMESPACE = "https://listeblanche.mssante.fr/schema"
MOST_OCTETS = 20 * 1024 * 1024
MOST_DOMAINS = 200_000
DATED = ("DateGeneration", "DateCreation", "DatePublication", "Date", "date", "dateGeneration")
"""Names a list may date itself by, an element or an attribute of the root: none is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhiteList:
    """A list as read."""

    domains: frozenset[str]
    """In their one spelling."""
    published_at: int | None
    """Unix seconds UTC; None when the list does not say."""
    unreadable: int
    """Names that are no domain: left out, and counted."""


def read_whitelist(octets: bytes) -> WhiteList:
    """Read a list.

    Raises:
        Permanent: `whitelist.too_large`, `whitelist.not_xml`, `whitelist.not_one`.
    """
    if len(octets) > MOST_OCTETS:
        raise Permanent("whitelist.too_large", most_mb=MOST_OCTETS // 2**20)
    root = _parsed(octets)
    if etree.QName(root).namespace != NAMESPACE:
        raise Permanent("whitelist.not_one")
    names = [(found.text or "") for found in root.iter(f"{{{NAMESPACE}}}Nom") if _of_domain(found)]
    if not names or len(names) > MOST_DOMAINS:
        raise Permanent("whitelist.not_one")
    domains = frozenset(d for name in names if "." in (d := normal(name)))
    return WhiteList(
        domains=domains,
        published_at=_published_at(root),
        unreadable=sum("." not in normal(name) for name in names),
    )


def _parsed(octets: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
    )
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Permanent("whitelist.not_xml") from error
    if root.getroottree().docinfo.doctype:
        raise Permanent("whitelist.not_xml")
    return root


def _of_domain(found: etree._Element) -> bool:
    parent = found.getparent()
    return parent is not None and parent.tag == f"{{{NAMESPACE}}}Domaine"


def _published_at(root: etree._Element) -> int | None:
    for name in DATED:
        said = root.get(name) or root.findtext(f"{{{NAMESPACE}}}{name}")
        if not said:
            continue
        try:
            at = datetime.fromisoformat(said.strip())
        except ValueError:
            continue
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return None
