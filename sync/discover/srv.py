"""What a domain's SRV records say of its mail (RFC 6186, RFC 8314 section 5.1).

DNS is not authenticated here: whoever sits on the line can answer. So these are proposals, their
names are held to the grammar of host names, and TLS later verifies whichever the person agrees to.
"""

from __future__ import annotations

import dns.asyncresolver
import dns.exception
import dns.resolver

from store.model.account import Tls
from sync.discover.choose import Found, Server, choose, host_name

SERVICES = (
    ("_imaps", "imap", Tls.IMPLICIT),
    ("_imap", "imap", Tls.STARTTLS),
    ("_pop3s", "pop3", Tls.IMPLICIT),
    ("_pop3", "pop3", Tls.STARTTLS),
    ("_submissions", "smtp", Tls.IMPLICIT),
    ("_submission", "smtp", Tls.STARTTLS),
)
LOOKUP_SECONDS = 5.0
MOST_RECORDS = 10


async def look_up(domain: str, resolver: dns.asyncresolver.Resolver | None = None) -> Found | None:
    """What is proposed; None when nothing is, or nobody answers."""
    try:
        asking = resolver or dns.asyncresolver.Resolver()
    except dns.exception.DNSException:
        return None
    servers: list[Server] = []
    for service, protocol, tls in SERVICES:
        servers += await _servers(asking, f"{service}._tcp.{domain}.", protocol, tls)
    return choose(servers, f"SRV {domain}")


async def _servers(
    resolver: dns.asyncresolver.Resolver, name: str, protocol: str, tls: Tls
) -> list[Server]:
    try:
        answer = await resolver.resolve(name, "SRV", lifetime=LOOKUP_SECONDS, search=False)
    except (dns.exception.DNSException, OSError, ValueError):
        return []
    records = sorted(answer, key=lambda each: (each.priority, -each.weight))[:MOST_RECORDS]
    found = []
    for preference, each in enumerate(records):
        host = host_name(each.target.to_text())  # "." says that there is none
        if host is not None and each.port:
            found.append(
                Server(protocol=protocol, host=host, port=each.port, tls=tls, preference=preference)
            )
    return found
