"""Base64 as it comes: in one go where that is right, run by run where senders pad in the middle."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model import transfer
from store.model.email import TransferEncoding
from store.model.transfer import decode

ODD = st.lists(st.sampled_from([bytes([c]) for c in b"ABab01+/=\r\n -_\xff"]), max_size=40)


def read(octets: bytes) -> bytes:
    return decode(octets, TransferEncoding.BASE64)


@given(ODD)
def test_in_one_go_reads_what_run_by_run_reads(pieces: list[bytes]) -> None:
    octets = b"".join(pieces)
    at_once = read(octets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "_is_one_run", lambda _: False)
        assert read(octets) == at_once


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=4))
def test_pieces_that_are_each_padded_are_all_read(pieces: list[bytes]) -> None:
    octets = b"\r\n".join(base64.b64encode(piece) for piece in pieces)
    assert read(octets) == b"".join(pieces)
