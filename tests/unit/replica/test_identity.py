"""By what a letter is recognised."""

from __future__ import annotations

import pytest

from sync.replica.identity import message_id_of


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"Message-ID: <a@b.test>\r\n", "a@b.test"),
        (b"message-id:\r\n <a@b.test>\r\n", "a@b.test"),
        (b"Message-ID: (comment) <a@b.test>\r\n", "a@b.test"),
        (b"Message-ID: <a@b.test>\n", "a@b.test"),
        (b"Message-ID: a@b.test\r\n", ""),
        (b"Message-ID: <a b@c.test>\r\n", ""),
        (b"Message-ID: <\xe9@b.test>\r\n", ""),
        (b"Message-ID: <" + b"x" * 1000 + b">\r\n", ""),
        (b"Subject: <a@b.test>\r\n", ""),
        (b"", ""),
    ],
)
def test_a_message_id_is_read_from_the_header_or_of_no_use(header: bytes, name: str) -> None:
    assert message_id_of(header + b"\r\nMessage-ID: <body@b.test>\r\n") == name
