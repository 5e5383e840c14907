"""What a stranger would give: extracts made to harm, and servers that never come to an end."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import ssl
import threading
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.db.directory.reading import snapshots
from store.db.directory.searching import search
from store.db.open import Connection
from store.errors import MailError, NeedsUser, Permanent, Transient
from store.model.directory import Listing
from store.model.directory_source import DirectorySource, SourceKind
from sync.directory import fhir, ldap
from sync.directory.extract import MOST_CELL, MOST_LINE
from sync.directory.files import lines_of
from sync.directory.load import load
from tests.refusals import refused
from tests.servers.authority import Authority
from tests.servers.web import Reply, web
from tests.unit.directory.conftest import NOW, PEOPLE, Import
from tests.unit.directory.lines import MSSANTE, mssante
from tests.unit.directory.test_fhir import HOUSE, PRACTITIONER, bundle, mailbox, source_of

TEXT = "\n".join([MSSANTE, *PEOPLE])
HELD = 6


def zipped(path: Path, *members: tuple[str, str | bytes]) -> Path:
    """A zip with these in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return path


def patched(path: Path, before: bytes, after: bytes) -> Path:
    """The same with some octets changed wherever they are."""
    octets = path.read_bytes()
    assert before in octets
    path.write_bytes(octets.replace(before, after))
    return path


def bomb(path: Path) -> Path:
    """Twenty megabytes in twenty kilobytes."""
    return zipped(path, ("x.txt", f"{MSSANTE}\n".encode() + bytes(20_000_000)))


def liar(path: Path) -> Path:
    """More comes out of it than it says."""
    whole = zipped(path, ("x.txt", TEXT))
    size, less = len(TEXT.encode()), len(TEXT.encode()) - 400
    return patched(whole, size.to_bytes(4, "little"), less.to_bytes(4, "little"))


def locked(path: Path) -> Path:
    """It asks for a password."""
    octets = bytearray(zipped(path, ("x.txt", TEXT)).read_bytes())
    octets[6] |= 1
    octets[octets.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(octets)
    return path


def cut(path: Path) -> Path:
    """Its end is missing."""
    path.write_bytes(zipped(path, ("x.txt", TEXT)).read_bytes()[:-200])
    return path


def within(path: Path) -> Path:
    """A zip in a zip."""
    inner = zipped(path, ("x.txt", TEXT)).read_bytes()
    return zipped(path, ("x.zip", inner))


def crowd(path: Path) -> Path:
    """Many members."""
    return zipped(path, *((f"{n}.txt", "a|b") for n in range(30)), ("x.txt", TEXT))


def written(octets: bytes) -> Callable[[Path], Path]:
    """A file that holds just that."""

    def make(path: Path) -> Path:
        path.write_bytes(octets)
        return path

    return make


def pipe(path: Path) -> Path:
    """Whoever opens it waits for ever."""
    os.mkfifo(path)
    return path


COLUMN_LESS = TEXT.replace("|Adresse BAL", "|Adresse", 1)
HOSTILE: dict[str, tuple[Callable[[Path], Path], type[MailError], str]] = {
    "bomb": (bomb, Permanent, "directory.too_large"),
    "liar": (liar, Permanent, "directory.damaged"),
    "locked": (locked, Permanent, "directory.damaged"),
    "cut": (cut, Permanent, "directory.damaged"),
    "within": (within, Permanent, "directory.not_an_extract"),
    "crowd": (crowd, Permanent, "directory.too_large"),
    "empty": (written(b""), Permanent, "directory.not_an_extract"),
    "header only": (written(f"{MSSANTE}\n".encode()), Permanent, "directory.no_lines"),
    "header and noise": (
        written(f"{MSSANTE}\n".encode() + b"\xff\n" * 9),
        Permanent,
        "directory.no_lines",
    ),
    "Latin-1": (written(TEXT.encode("cp1252", "replace")), Permanent, "directory.not_an_extract"),
    "UTF-16": (written(TEXT.encode("utf-16")), Permanent, "directory.not_an_extract"),
    "a column less": (written(COLUMN_LESS.encode()), Permanent, "directory.not_an_extract"),
    "NULs": (written(bytes(100_000)), Permanent, "directory.not_an_extract"),
    "one line": (written(b"x" * 3_000_000), Permanent, "directory.not_an_extract"),
    "pipe": (pipe, NeedsUser, "directory.unreadable"),
    "directory": (lambda path: path.parent, NeedsUser, "directory.unreadable"),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_it_is_refused_with_a_sentence_and_what_is_held_stays(
    which: str, imports: Import, listings: Connection, tmp_path: Path
) -> None:
    imports(PEOPLE)
    make, kind, code = HOSTILE[which]
    (tmp_path / "given").mkdir()
    path = make(tmp_path / "given" / "hostile.zip")
    with refused(kind, code):
        load(listings, path, now=NOW)
    assert [each.listings for each in snapshots(listings)] == [HELD]


def test_nothing_is_ever_unpacked_whatever_its_members_are_called(
    listings: Connection, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    name = "../../out/x_202611260800.txt"
    path = zipped(tmp_path / "a" / "x.zip", ("/etc/x.txt", "a|b"), (name, TEXT))
    before = sorted(tmp_path.rglob("*"))
    assert load(listings, path, now=NOW).differences.listings == HELD
    assert sorted(tmp_path.rglob("*")) == before


def test_as_windows_writes_it_it_is_the_same(listings: Connection, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode() + b"\r\n")
    assert load(listings, path, now=NOW).differences.listings == HELD
    path.write_bytes(TEXT.encode())
    differences = load(listings, path, now=NOW).differences
    assert (differences.added, differences.removed) == (0, 0)


def test_the_same_line_and_the_same_person_many_times(imports: Import, shelf) -> None:
    lines = [mssante(f"z{n}@x.mssante.fr", "MÜLLER", "Zoé", rpps="99000000010") for n in range(200)]
    differences = imports([*lines, *lines], may_shrink=True).differences
    assert (differences.listings, differences.repeated) == (200, 200)
    [zoe] = search(shelf, "muller").people
    assert 1 <= len(zoe.addresses) <= 60


def test_a_line_of_two_hundred_megabytes_fills_no_memory() -> None:
    class Endless:
        left = 200

        def read(self, size: int) -> bytes:
            self.left -= 1
            return b"x" * size if self.left >= 0 else b""

    tracemalloc.start()
    try:
        longest = max(map(len, lines_of(Endless())))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert longest < 3_000_000
    assert longest > MOST_LINE
    assert peak < 10_000_000


def test_no_cell_is_kept_longer_than_a_cell_is(imports: Import, listings: Connection) -> None:
    long = "N" * (MOST_LINE // 20)
    imports([mssante("z@x.mssante.fr", long, long, town=long, postcode=long, structure=long)])
    names = ", ".join(f"length({name})" for name in (*Listing._fields[3:7], "town", "postcode"))
    assert max(listings.execute(f"SELECT {names} FROM listing").fetchone()) <= MOST_CELL


# --- servers ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for the doubles."""
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def stranger(says: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does to each connection what `says` does; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line, contextlib.suppress(OSError):  # they hung up, as they should
                    says(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive()


def over_tls(authority: Authority, says: Callable[[socket.socket], None]):
    """The same, once there is TLS."""
    files = authority.server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert_file, files.key_file)

    def serve(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as inside:
            inside.recv(4096)
            says(inside)

    return serve


def drips(first: bytes) -> Callable[[socket.socket], None]:
    """An octet now and then: never silent, and never done."""

    def says(line: socket.socket) -> None:
        pause = threading.Event()
        for octet in itertools.chain(first, itertools.repeat(32, 400)):
            line.sendall(bytes([octet]))
            pause.wait(0.01)

    return says


def ask_fhir(port: int, authority: Authority) -> list[object]:
    """A question to the API there."""
    source = source_of(f"https://localhost:{port}", authority)
    return fhir.find(source, "zoe", "k", limit=5, seconds=0.2)


def ask_ldap(port: int, authority: Authority, scheme: str = "ldaps") -> list[object]:
    """A question to the LDAP directory there."""
    url, ca = f"{scheme}://localhost:{port}", str(authority.ca_file)
    source = DirectorySource(name="l", kind=SourceKind.LDAP, url=url, ca=ca)
    return ldap.find(source, "zoe", "", limit=5, seconds=0.2)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"
RECORD = b"\x16\x03\x03\x40\x00"
MESSAGE = b"\x30\x84\x00\x01\x00\x00"


@pytest.mark.parametrize(
    ("ask", "first"),
    [(ask_fhir, HEAD), (ask_fhir, b"HTTP/1.1 200 OK\r\nX: "), (ask_ldap, MESSAGE)],
)
def test_one_that_is_never_silent_and_never_done_is_cut(
    authority: Authority, ask, first: bytes
) -> None:
    with stranger(over_tls(authority, drips(first))) as port, refused(Transient, "net.timeout"):
        ask(port, authority)


@pytest.mark.parametrize("ask", [ask_fhir, ask_ldap])
def test_one_whose_handshake_is_never_done_is_cut(authority: Authority, ask) -> None:
    with stranger(drips(RECORD)) as port, refused(Transient, "net.timeout"):
        ask(port, authority)


def test_one_that_never_comes_to_starttls_is_cut(authority: Authority) -> None:
    with stranger(drips(MESSAGE)) as port, refused(Transient, "net.timeout"):
        ask_ldap(port, authority, "ldap")


def floods(first: bytes) -> Callable[[socket.socket], None]:
    """As much as is taken, up to a hundred megabytes."""

    def says(line: socket.socket) -> None:
        line.sendall(first)
        for _ in range(1_600):
            line.sendall(bytes(65_536))

    return says


def test_an_ldap_directory_that_says_too_much_is_cut(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap, "MOST_OCTETS", 100_000)
    says = over_tls(authority, floods(b"\x30\x84\x05\xf5\xe0\xff"))
    with stranger(says) as port, refused(Transient, "directory.bad_answer"):
        ask_ldap(port, authority)


def test_an_api_that_says_too_much_is_cut(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir, "MOST_OCTETS", 100_000)
    with (
        web(authority, lambda asked: Reply(200, {}, b" " * 100_000 + b"{}")) as server,
        refused(Transient, "directory.bad_answer"),
    ):
        fhir.find(source_of(server.url, authority), "zoe", "k", limit=5, seconds=5)


NOISE = {
    "nothing": b"",
    "no message": b"\x00" * 64,
    "not BER": b"\xff" * 64,
    "empty": b"\x30\x00",
    "number only": b"\x30\x03\x02\x01\x01",
    "another kind": b"\x30\x05\x02\x01\x01\x65\x00",
    "bind without a result": b"\x30\x05\x02\x01\x01\x61\x00",
    "result of a wrong kind": b"\x30\x0c\x02\x01\x01\x61\x07\x04\x01\x00\x04\x00\x04\x00",
    "deep": b"\x30\x82\x01\x00" + b"\x30\x80" * 128,
    "open length": b"\x30\x80\x02\x01\x01\x61\x80\x00\x00\x00\x00",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("which", NOISE)
def test_noise_for_an_answer_is_no_answer(authority: Authority, which: str) -> None:
    with (
        stranger(over_tls(authority, lambda line: line.sendall(NOISE[which]))) as port,
        pytest.raises(MailError) as caught,
    ):
        ask_ldap(port, authority)
    assert caught.value.code in ("directory.bad_answer", "net.lost", "directory.key_refused")


def test_a_bundle_of_a_crowd_is_read_as_far_as_somebody_could_need(authority: Authority) -> None:
    boxes = [mailbox(f"z{n}@x.mssante.fr") for n in range(400)]
    names = [{"family": "\x1b[2J" + "N" * 9_000, "given": ["Z" * 900] * 99}]
    crowd = [PRACTITIONER | {"telecom": boxes, "name": names}, *[HOUSE] * 1_500]
    found = json.dumps(bundle(*crowd)).encode()
    with web(authority, lambda asked: Reply(200, {}, found)) as server:
        zoe, *others = fhir.find(source_of(server.url, authority), "zoe", "k", limit=5, seconds=5)
    assert len(zoe.addresses) <= fhir.MOST_OF_EACH
    assert len(zoe.family) <= fhir.MOST_WORDS
    assert len(others) <= 4
