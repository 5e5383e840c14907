"""A document on a line that drops every forty seconds: what crosses it until the document is here.

Pli alone: each peer fetches a letter whole, and on such a line begins it again for ever.
"""

from __future__ import annotations

import base64
import random
import time

from tests.bench.line import Line, satellite
from tests.bench.programs import Pli
from tests.bench.report import measure, note, size, title
from tests.bench.stage import Stage

USER = "imagerie"
UP_SECONDS = 40.0
LOOK_SECONDS = 0.1
MOST_CALLS = 60
LETTER = (
    b"From: imagerie@hopital.example\r\nTo: clinique@sante.test\r\nSubject: dossier000001\r\n"
    b"Message-ID: <radio@hopital.example>\r\nImportance: high\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=limite\r\n\r\n--limite\r\n"
    b"Content-Type: text/plain\r\n\r\nVoir la radio.\r\n--limite\r\n"
    b"Content-Type: application/pdf; name=radio.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)


def bench(stage: Stage) -> None:
    """Print how often the line was taken up again, and what crossed it, by the letter's size."""
    document = size("document", 600_000)
    title(f"A document of {document:,} octets; {satellite()}, cut every {UP_SECONDS:.0f} s")
    letter = LETTER + base64.encodebytes(random.Random(1).randbytes(document)).replace(
        b"\n", b"\r\n"
    )
    letter += b"--limite--\r\n"
    stage.server.add_user(USER)
    stage.server.fill(USER, "INBOX", [letter], seen=True)
    with Line(stage.server.imaps_port) as line, stage.empty_install("flapping", Pli) as client:
        assert isinstance(client, Pli)
        client.prepare(stage.server, USER, line.port)
        client.expect_slow_line()
        line.rate = satellite()
        line.reset()
        begun, calls = time.monotonic(), 0
        while not client.is_whole():
            calls += 1
            if calls > MOST_CALLS:
                raise RuntimeError(f"not whole after {MOST_CALLS} calls")
            _call(client, line)
        seconds, crossed = time.monotonic() - begun, line.count.octets + line.count.opening_octets
    measure("calls", calls, "")
    measure("until it is whole, the waits left out", seconds, "s")
    measure("crossed, handshakes included", crossed, "octets")
    measure("the same, by the letter's size", crossed / len(letter), "times")
    measure("the same, by the document's", crossed / document, "times")
    note("base64 makes a letter 1.37 times its document; COMPRESS takes most of that back")
    stage.figures["flapping.times"] = crossed / len(letter)


def _call(client: Pli, line: Line) -> None:
    """One `pli sync`, ended by the line after its forty seconds, or by its own end before."""
    running = client.start()
    try:
        while not running.ended() and running.seconds() < UP_SECONDS:
            time.sleep(LOOK_SECONDS)
        line.cut()
        while not running.ended():
            time.sleep(LOOK_SECONDS)
    finally:
        running.stop()
