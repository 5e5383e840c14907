"""The throw-away authority: enough for a strict client, and for its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from sync.demo.certificates import make_certificates
from tests.unit.demo.conftest import NOW


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, NOW)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made.ca, made.server)] == [0o600, 0o600]


def test_a_strict_verifier_accepts_the_server_under_its_own_authority(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, NOW)
    ca = x509.load_pem_x509_certificate(made.ca.read_bytes())
    server = x509.load_pem_x509_certificate(made.server.read_bytes())
    when = ca.not_valid_before_utc
    verifier = (
        PolicyBuilder()
        .store(Store([ca]))
        .time(when)
        .build_server_verifier(x509.DNSName("localhost"))
    )
    assert verifier.verify(server, []) == [server, ca]


def test_two_worlds_never_share_an_authority(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = make_certificates(tmp_path, NOW), make_certificates(tmp_path / "other", NOW)
    assert one.ca.read_bytes() != other.ca.read_bytes()


def test_the_key_of_the_authority_is_written_nowhere(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, NOW)
    assert sorted(tmp_path.iterdir()) == sorted([made.ca, made.server])
    assert b"PRIVATE" not in made.ca.read_bytes()
    assert made.server.read_bytes().count(b"BEGIN PRIVATE KEY") == 1
