"""When a letter was received, and its line in the list, from its own octets."""

from __future__ import annotations

import pytest

from sync.pop3.received import outline, received_at

NOW = 1_800_000_000
TRACED = b"Received: from x by y; Mon, 2 Jan 2023 10:00:00 +0100\r\n"


@pytest.mark.parametrize(
    ("header", "at"),
    [
        (TRACED + b"Received: by z; Sun, 1 Jan 2023 10:00:00 +0100\r\n", 1672650000),
        (b"Subject: x\r\nreceived: by y;\r\n Mon, 2 Jan 2023\r\n\t10:00:00 +0100\r\n", 1672650000),
        (b"Subject: x\r\n", NOW),
        (b"Received: from x by y\r\n", NOW),
        (b"Received: by y; Mon, 2 Jan 2223 10:00:00 +0100\r\n", NOW),
        (b"Received: by y; \xff\xfe\x00\r\n", NOW),
        (b"Received: by y; Mon, 99 Jan 2023 99:00:00 +9999\r\n", NOW),
        (b"Received: " + b";" * 100_000, NOW),
        (b"Received:" + b"\r\n x" * 100_000, NOW),
    ],
)
def test_the_topmost_trace_says_it_within_reason(header: bytes, at: int) -> None:
    assert received_at(header, NOW) == at


def test_the_list_gets_what_it_shows_and_no_more() -> None:
    header = (
        TRACED + b"X-Secret: a\r\n b\r\nSubject: un\r\n deux\r\nImportance: high\r\nTo: a@b\r\n\r\n"
    )
    found = outline(header, 77, NOW)
    assert found.header == b"Subject: un\r\n deux\r\nImportance: high\r\nTo: a@b\r\n\r\n"
    assert (found.size, found.received_at, found.urgent) == (77, 1672650000, True)
