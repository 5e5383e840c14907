"""Which servers are proposed, and what is no host name."""

from __future__ import annotations

import pytest

from store.model.account import Incoming, Tls
from sync.discover.choose import Found, Server, choose, host_name, missing, user_name


def server(
    protocol: str, tls: Tls = Tls.IMPLICIT, host: str = "m.sante.test", **more: int
) -> Server:
    return Server(protocol=protocol, host=host, port=more.pop("port", 1), tls=tls, **more)


def test_imap_goes_before_pop3_and_tls_before_starttls() -> None:
    everything = [
        server("pop3"),
        server("imap", Tls.STARTTLS),
        server("imap", host="b.sante.test", preference=1),
        server("imap", host="a.sante.test"),
        server("smtp", Tls.STARTTLS),
        server("smtp"),
    ]
    found = choose(everything, "ici")
    assert found is not None
    assert [each.host for each in found.servers] == ["a.sante.test", "m.sante.test"]
    assert [each.tls for each in found.servers] == [Tls.IMPLICIT, Tls.IMPLICIT]
    assert choose([], "ici") is None


def test_what_is_proposed_can_be_said_again() -> None:
    incoming = server("imap", Tls.STARTTLS, port=143)
    found = Found(source="x", incoming=incoming, sending=server("smtp", port=465))
    assert found.options() == [
        *("--imap m.sante.test:143", "--smtp m.sante.test:465"),
        *("--tls starttls", "--smtp-tls implicit"),
    ]


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("sante.test", True),
        ("imap.sante.test", True),
        ("xsante.test", False),
        ("sante.test.ailleurs.test", False),
        ("ailleurs.test", False),
    ],
)
def test_a_server_is_of_the_domain_or_it_is_not(host: str, inside: bool) -> None:
    assert server("imap", host=host).is_inside("Sante.Test") is inside


@pytest.mark.parametrize(
    "said",
    [
        *("", ".", "localhost", "a..b", "-a.test", "a-.test", "a_b.test", "a.test\n", "a b.test"),
        *(
            "a.test/../x",
            "é.test",
            "a.test\x1b[2J",
            "x" * 64 + ".test",
            "a." * 130 + "test",
            "*.t.x",
        ),
        *("\\032.test", "a\u202e.test", "１.test"),
    ],
)
def test_what_is_no_host_name_is_none(said: str) -> None:
    assert host_name(said) is None


def test_a_host_name_is_written_one_way() -> None:
    assert host_name("IMAP.Sante.TEST.") == "imap.sante.test"


@pytest.mark.parametrize(
    ("said", "user"),
    [
        ("%EMAILADDRESS%", "a.b@sante.test"),
        ("%EMAILLOCALPART%", "a.b"),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", "a.b.sante.test"),
        ("%REALNAME%", None),
        ("", None),
        ("deux mots", None),
        ("a\x01b", None),
    ],
)
def test_a_user_name_is_filled_in_or_left_out(said: str, user: str | None) -> None:
    assert user_name(said, "a.b@sante.test") == user


def test_what_lacks_is_named_as_an_option() -> None:
    assert missing(None, None) == ["--imap", "--smtp"]
    assert missing(Incoming.POP3, server("smtp").endpoint) == []
