"""Whatever a test here has built, by whichever function, its CDA and its METADATA are valid."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sync.documents import build_xdm
from sync.documents.xdm_metadata import Entry, Submission, metadata
from tests.unit.documents.validity import valid_cda, valid_metadata


def checked(entries: Sequence[Entry], uris: Sequence[str], submission: Submission) -> bytes:
    """METADATA.XML, once it and the documents it speaks of are seen to be valid."""
    octets = metadata(entries, uris, submission)
    valid_metadata(octets)
    for entry in entries:
        valid_cda(entry.cda.octets)
    return octets


@pytest.fixture(autouse=True)
def _every_package_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_xdm, "metadata", checked)
