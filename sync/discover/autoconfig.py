"""The file by which a domain says how its mail is reached (Mozilla's config-v1.1.xml). Pure.

Written by a stranger: no DTD, no entity, nothing fetched, little of it read. What is not encrypted
is not even proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from store.model.account import Tls
from sync.discover.choose import Found, Server, choose, host_name, user_name

MOST_OCTETS = 64 * 1024
MOST_SERVERS = 20
SERVERS = {"incomingServer", "outgoingServer"}
PORT = re.compile(r"[0-9]{1,5}")
SOCKETS = {"SSL": Tls.IMPLICIT, "STARTTLS": Tls.STARTTLS}


def read(octets: bytes, address: str, source: str) -> Found | None:
    """What it proposes for `address`; None when it is no such file, or proposes nothing."""
    if len(octets) > MOST_OCTETS or b"<!DOCTYPE" in octets or b"<!ENTITY" in octets:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.doctype or root.tag != "clientConfig":
        return None
    users: list[str] = []
    servers = list(_servers(root, address, users))
    return choose(servers, source, users[0] if users else None)


def _servers(root: etree._Element, address: str, users: list[str]) -> Iterator[Server]:
    provider = root.find("emailProvider")
    found = [] if provider is None else [each for each in provider if each.tag in SERVERS]
    for preference, each in enumerate(found[:MOST_SERVERS]):
        protocol = each.get("type")
        incoming = each.tag == "incomingServer"
        host = host_name(_text(each, "hostname"))
        port = _text(each, "port")
        tls = SOCKETS.get(_text(each, "socketType"))
        if protocol not in (("imap", "pop3") if incoming else ("smtp",)) or tls is None:
            continue
        if host is None or not PORT.fullmatch(port) or not 0 < int(port) < 65536:
            continue
        if incoming and (user := user_name(_text(each, "username"), address)) is not None:
            users.append(user)
        yield Server(protocol=protocol, host=host, port=int(port), tls=tls, preference=preference)


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
