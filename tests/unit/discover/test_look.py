"""Looking for servers: a web server and a DNS server of our own, on this machine."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rrset
import pytest

from store.model.account import Tls
from sync.discover import look as look_module
from sync.discover import srv, web
from sync.discover.look import look
from tests.servers.authority import DAY, Authority, ExtendedKeyUsageOID
from tests.unit.discover.test_autoconfig import IMAP, SMTP, file

DOMAIN = "sante.test"
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
FETCH = web.fetch
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"


class Names(asyncio.DatagramProtocol):
    """A DNS server with these SRV records; a name without any does not exist."""

    def __init__(self, records: dict[str, list[str]]) -> None:
        self.records, self.asked = records, list[str]()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        self.asked.append(name)
        reply = dns.message.make_response(query)
        if name in self.records:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "SRV", *self.records[name]))
        else:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(reply.to_wire(), addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def names(**records: list[str]) -> AsyncIterator[dns.asyncresolver.Resolver]:
    """A resolver that asks it; `_imaps` stands for the service of the domain."""
    full = {f"{service}._tcp.{DOMAIN}.": rows for service, rows in records.items()}
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Names(full), local_addr=("127.0.0.1", 0)
    )
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        yield resolver
    finally:
        transport.close()


async def test_srv_records_are_weighed_and_their_names_held_to_the_grammar() -> None:
    async with names(
        _imaps=[
            "9 9 1 second.sante.test.",
            "5 1 993 first.sante.test.",
            "5 0 2 x.test.",
            "1 0 3 .",
        ],
        _imap=["0 0 143 plain.sante.test."],
        _submission=["0 0 0 no-port.sante.test.", "1 0 587 envoi.ailleurs.test."],
        _submissions=["0 0 465 bad\\032name.sante.test."],
    ) as resolver:
        found = await srv.look_up(DOMAIN, resolver)
    assert found is not None
    assert found.incoming is not None
    assert found.sending is not None
    assert (found.incoming.host, found.incoming.tls) == ("first.sante.test", Tls.IMPLICIT)
    assert (str(found.sending.endpoint), found.sending.tls) == (
        "envoi.ailleurs.test:587",
        Tls.STARTTLS,
    )
    assert not found.sending.is_inside(DOMAIN)


async def test_a_domain_without_records_proposes_nothing() -> None:
    async with names() as resolver:
        assert await srv.look_up(DOMAIN, resolver) is None


async def test_a_resolver_that_is_silent_or_lies_proposes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(srv, "LOOKUP_SECONDS", 0.05)
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 9
    assert await srv.look_up(DOMAIN, resolver) is None


class Site:
    """A web server under TLS; `answer` is all it ever says."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.heard = answer, list[bytes]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        await asyncio.gather(writer.drain(), return_exceptions=True)
        writer.close()


@asynccontextmanager
async def site(
    authority: Authority, answer: bytes, *hosts: str
) -> AsyncIterator[tuple[Site, web.Where]]:
    certificate = authority._issue("site", hosts, SERVER_AUTH, 30 * DAY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    made = Site(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        yield made, lambda host: ("127.0.0.1", port)
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom we trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


async def fetched(authority: Authority, answer: bytes, *hosts: str) -> bytes | None:
    async with site(authority, answer, *(hosts or (DOMAIN,))) as (_, where):
        return await web.fetch(DOMAIN, "/x", str(authority.ca_file), 1000, where)


async def test_a_small_file_is_fetched(authority: Authority) -> None:
    assert await fetched(authority, OK + b"<x/>") == b"<x/>"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 302 Found\r\nLocation: https://ailleurs.test/\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n<x/>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<x/>\r\n0\r\n\r\n",
        b"200\r\n\r\n",
        OK + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000 + b"\r\n\r\n<x/>",
    ],
)
async def test_whatever_is_odd_is_nothing(authority: Authority, answer: bytes) -> None:
    assert await fetched(authority, answer) is None


async def test_a_certificate_for_somebody_else_is_nothing(authority: Authority) -> None:
    assert await fetched(authority, OK + b"<x/>", "ailleurs.test") is None


async def test_an_authority_that_is_not_ours_is_nothing(
    authority: Authority, tmp_path: object
) -> None:
    async with site(authority, OK + b"<x/>", DOMAIN) as (made, where):
        assert await web.fetch(DOMAIN, "/x", "system", 1000, where) is None
        assert made.heard == []


async def test_the_domain_s_file_goes_before_dns(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site(authority, OK + file(IMAP, SMTP), f"autoconfig.{DOMAIN}") as (made, where):
        _through(monkeypatch, where)
        found = await look(f"a@{DOMAIN}", str(authority.ca_file))
    assert found is not None
    assert found.source == f"https://autoconfig.{DOMAIN}/mail/config-v1.1.xml"
    assert b"a@" not in made.heard[0], "who asks is nobody's business"


async def test_then_the_well_known_place_then_dns(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_names(domain: str) -> str:
        return f"DNS {domain}"

    monkeypatch.setattr(look_module.srv, "look_up", no_names)
    async with site(authority, OK + file(IMAP), DOMAIN) as (_, where):
        _through(monkeypatch, where)
        found = await look(f"a@{DOMAIN}", str(authority.ca_file))
        assert found is not None
        assert "/.well-known/" in found.source
    async with site(authority, OK + b"<html/>", DOMAIN) as (_, where):
        _through(monkeypatch, where)
        assert await look(f"a@{DOMAIN}", str(authority.ca_file)) == f"DNS {DOMAIN}"
    assert await look("a@pas un domaine", "system") is None


def _through(monkeypatch: pytest.MonkeyPatch, where: Callable[[str], tuple[str, int]]) -> None:
    async def here(host: str, path: str, ca: str, most: int) -> bytes | None:
        return await FETCH(host, path, ca, most, where)

    monkeypatch.setattr(look_module.web, "fetch", here)
