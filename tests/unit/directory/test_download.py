"""Fetching an extract: only when it has changed, never twice, never in clear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from store.errors import MailError, NeedsUser, Permanent, Transient, Usage
from store.model.directory_source import DirectorySource, SourceKind
from sync.directory import download
from sync.directory.download import Version, fetch
from sync.directory.going import PAUSED, Going
from sync.directory.web import endpoint_of
from tests.servers.authority import Authority
from tests.servers.web import Asked, Reply, web

BODY = bytes(range(256)) * 1_000
ETAG, MODIFIED = '"v1"', "Thu, 26 Nov 2026 07:00:00 GMT"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for all of these."""
    return Authority(tmp_path_factory.mktemp("authority"))


class Publisher:
    """An extract as a server gives it: conditions and ranges, cut when it is told."""

    def __init__(self) -> None:
        self.body, self.etag = BODY, ETAG
        self.cut_at: int | None = None

    def __call__(self, asked: Asked) -> Reply:
        headers = {"ETag": self.etag, "Last-Modified": MODIFIED}
        if asked.headers.get("if-none-match") == self.etag:
            return Reply(304, headers | {"Content-Length": "0"})
        begins = asked.headers.get("range", "").removeprefix("bytes=").removesuffix("-")
        if begins and asked.headers.get("if-range") == self.etag:
            first = int(begins)
            if first >= len(self.body):
                return Reply(416, {"Content-Range": f"bytes */{len(self.body)}"})
            return Reply(206, headers, self.body[first:], self.cut_at)
        return Reply(200, headers, self.body, self.cut_at)


def source_of(url: str, authority: Authority) -> DirectorySource:
    """A source at that server."""
    return DirectorySource(
        id=1, name="mss", kind=SourceKind.EXTRACT, url=f"{url}/x.zip", ca=str(authority.ca_file)
    )


def ignore(etag: str) -> None:
    """Nobody notes it."""


def test_a_cut_line_costs_only_what_had_not_come(tmp_path: Path, authority: Authority) -> None:
    publisher, part, noted = Publisher(), tmp_path / "x.part", []
    publisher.cut_at = 100_000
    with web(authority, publisher) as server:
        source = source_of(server.url, authority)
        with pytest.raises(Transient, match=r"net\.lost"):
            fetch(source, part, begins=noted.append)
        assert noted == [ETAG]
        assert part.stat().st_size == 100_000
        publisher.cut_at = None
        version = fetch(replace(source, part_etag=ETAG), part, begins=noted.append)
        assert version == Version(ETAG, MODIFIED, len(BODY))
        assert part.read_bytes() == BODY
        assert server.asked[1].headers["range"] == "bytes=100000-"
        assert noted == [ETAG]
        assert part.stat().st_mode & 0o777 == 0o600
        assert int(part.stat().st_mtime) == 1795676400


def test_what_has_changed_meanwhile_is_fetched_from_its_beginning(
    tmp_path: Path, authority: Authority
) -> None:
    publisher, part, noted = Publisher(), tmp_path / "x.part", []
    part.write_bytes(b"old" * 1_000)
    with web(authority, publisher) as server:
        source = replace(source_of(server.url, authority), part_etag='"v0"')
        fetch(source, part, begins=noted.append)
    assert part.read_bytes() == BODY
    assert noted == [ETAG]


def test_a_part_without_a_strong_etag_is_not_gone_on_with(
    tmp_path: Path, authority: Authority
) -> None:
    part = tmp_path / "x.part"
    part.write_bytes(BODY[:1_000])
    with web(authority, Publisher()) as server:
        fetch(replace(source_of(server.url, authority), part_etag='W/"v1"'), part, begins=ignore)
        assert "range" not in server.asked[0].headers
    assert part.read_bytes() == BODY


def test_all_of_it_had_come_before_we_died(tmp_path: Path, authority: Authority) -> None:
    part = tmp_path / "x.part"
    part.write_bytes(BODY)
    with web(authority, Publisher()) as server:
        source = replace(source_of(server.url, authority), part_etag=ETAG)
        assert fetch(source, part, begins=ignore) == Version(ETAG, "", len(BODY))
    assert part.read_bytes() == BODY


def test_what_has_not_changed_is_not_fetched(tmp_path: Path, authority: Authority) -> None:
    with web(authority, Publisher()) as server:
        source = replace(source_of(server.url, authority), etag=ETAG, modified=MODIFIED)
        assert fetch(source, tmp_path / "x.part", begins=ignore) is None
        assert server.asked[0].headers["if-modified-since"] == MODIFIED
    assert not (tmp_path / "x.part").exists()


@pytest.mark.parametrize("announced", [True, False])
def test_what_is_too_large_is_refused_announced_or_not(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    monkeypatch.setattr(download, "MOST_OCTETS", 100_000)
    headers = {} if announced else {"Content-Length": "", "Connection": "close"}
    cut_at = None if announced else len(BODY)
    with (
        web(authority, lambda asked: Reply(200, headers, BODY, cut_at)) as server,
        pytest.raises(Permanent, match=r"directory\.too_large"),
    ):
        fetch(source_of(server.url, authority), tmp_path / "x.part", begins=ignore)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, NeedsUser, "directory.key_refused"),
        (404, NeedsUser, "directory.server_refused"),
        (503, Transient, "directory.server_busy"),
        (429, Transient, "directory.server_busy"),
    ],
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path, authority: Authority, status: int, kind: type[MailError], code: str
) -> None:
    with web(authority, lambda asked: Reply(status)) as server, pytest.raises(kind) as refused:
        fetch(source_of(server.url, authority), tmp_path / "x.part", begins=ignore)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["expired", "wrong_host", "self_signed", "stranger"])
def test_a_server_that_does_not_convince_is_asked_nothing(
    tmp_path: Path, authority: Authority, kind: str
) -> None:
    with (
        web(authority, Publisher(), kind) as server,
        pytest.raises(NeedsUser, match=r"^tls\."),
    ):
        fetch(source_of(server.url, authority), tmp_path / "x.part", begins=ignore)
    assert server.asked == []


def test_a_redirection_is_followed_but_never_into_clear(
    tmp_path: Path, authority: Authority
) -> None:
    def moved(asked: Asked) -> Reply:
        places = {"/x.zip": "/y.zip", "/z.zip": "http://localhost/x.zip", "/l.zip": "/l.zip"}
        if (place := places.get(asked.path)) is not None:
            return Reply(302, {"Location": place})
        return Reply(200, {}, BODY)

    with web(authority, moved) as server:
        source = source_of(server.url, authority)
        assert fetch(source, tmp_path / "x.part", begins=ignore) == Version("", "", len(BODY))
        with pytest.raises(Usage, match=r"directory\.bad_url"):
            fetch(replace(source, url=f"{server.url}/z.zip"), tmp_path / "z", begins=ignore)
        with pytest.raises(Permanent, match=r"directory\.redirected"):
            fetch(replace(source, url=f"{server.url}/l.zip"), tmp_path / "l", begins=ignore)


@pytest.mark.parametrize(
    "url",
    ["http://x.example/", "https://", "https://u:p@x.example/", "ftp://x", "https://x\n/", ""],
)
def test_only_https_is_an_address(url: str) -> None:
    with pytest.raises(Usage, match=r"directory\.bad_url"):
        endpoint_of(url)


def test_it_says_how_far_it_is_and_stops_at_its_next_piece(
    authority: Authority, tmp_path: Path
) -> None:
    part, going = tmp_path / "part", Going()
    with web(authority, Publisher()) as server:
        source = DirectorySource(
            name="mss",
            kind=SourceKind.EXTRACT,
            url=f"{server.url}/x.zip",
            ca=str(authority.ca_file),
        )
        going.stop = True
        with pytest.raises(Transient, match=PAUSED):
            fetch(source, part, begins=lambda _: None, going=going)
    assert 0 < part.stat().st_size == going.done <= download.PIECE < len(BODY) == going.whole
