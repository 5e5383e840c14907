"""Look for an address's servers: the domain's own files first, which TLS vouches for; then DNS."""

from __future__ import annotations

from sync.discover import autoconfig, srv, web
from sync.discover.choose import Found, host_name

PLACES = (
    ("autoconfig.{}", "/mail/config-v1.1.xml"),
    ("{}", "/.well-known/autoconfig/mail/config-v1.1.xml"),
)


async def look(address: str, ca: str) -> Found | None:
    """What the domain of `address` proposes; None when it proposes nothing.

    ca: the anchors that vouch for its web servers, as an account's do.
    """
    domain = host_name(address.rpartition("@")[2])
    if domain is None:
        return None
    for pattern, path in PLACES:
        host = pattern.format(domain)
        octets = await web.fetch(host, path, ca, autoconfig.MOST_OCTETS)
        if octets is None:
            continue
        found = autoconfig.read(octets, address, f"https://{host}{path}")
        if found is not None:
            return found
    return await srv.look_up(domain)
