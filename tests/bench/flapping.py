"""A document on a line that drops every forty seconds: what crosses it until the document is here.

Twice: as the whole letter it came in, and alone, as `pli fetch --part` asks for it. Pli only: each
peer fetches a letter whole, and on such a line begins it again for ever.
"""

from __future__ import annotations

import base64
import random
import time

from tests.bench.line import Line, satellite
from tests.bench.programs import Pli
from tests.bench.report import measure, note, size, title
from tests.bench.stage import Stage

UP_SECONDS = 40.0
LOOK_SECONDS = 0.1
MOST_CALLS = 60
URGENT = b"Importance: high\r\n"
LETTER = (
    b"From: imagerie@hopital.example\r\nTo: clinique@sante.test\r\nSubject: dossier000001\r\n"
    b"Message-ID: <radio@hopital.example>\r\n%sMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=limite\r\n\r\n--limite\r\n"
    b"Content-Type: text/plain\r\n\r\nVoir la radio.\r\n--limite\r\n"
    b"Content-Type: application/pdf; name=radio.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"%s--limite--\r\n"
)
DOCUMENT = "2"
"""Its number in the letter."""


def bench(stage: Stage) -> None:
    """Print how often the line was taken up again, and what crossed it, by what it carried."""
    document = random.Random(1).randbytes(size("document", 600_000))
    title(f"A document of {len(document):,} octets; {satellite()}, cut every {UP_SECONDS:.0f} s")
    coded = base64.encodebytes(document).replace(b"\n", b"\r\n")
    whole = LETTER % (URGENT, coded)
    crossed, _ = _until(stage, "imagerie", whole, "the whole letter", ask=False)
    measure("the same, by the letter's size", crossed / len(whole), "times")
    measure("the same, by the document's", crossed / len(document), "times")
    stage.figures["flapping.times"] = crossed / len(whole)
    waiting = LETTER % (b"", coded)
    crossed, before = _until(stage, "radiologie", waiting, "the document alone", ask=True)
    measure("of it, until the letter was listed with its text", before, "octets")
    measure(
        "since it was asked for, by the document's size",
        (crossed - before) / len(document),
        "times",
    )
    stage.figures["flapping.alone_times"] = (crossed - before) / len(document)
    note("base64 makes a letter 1.37 times its document; COMPRESS takes most of that back,")
    note("BINARY all of it; the handshakes and what a cut throws away are in every figure")


def _until(stage: Stage, user: str, letter: bytes, what: str, *, ask: bool) -> tuple[int, int]:
    """Call `pli sync` until the letter is here, or the document that is asked for.

    Returns the octets that crossed, and those of them that had when it was asked for.
    """
    stage.server.add_user(user)
    stage.server.fill(user, "INBOX", [letter], seen=True)
    with Line(stage.server.imaps_port) as line, stage.empty_install(f"flap-{user}", Pli) as client:
        assert isinstance(client, Pli)
        client.prepare(stage.server, user, line.port)
        client.expect_slow_line()
        line.rate = satellite()
        line.reset()
        begun, calls, before = time.monotonic(), 0, 0
        while not (client.has_part(DOCUMENT) if ask else client.is_whole()):
            calls += 1
            if calls > MOST_CALLS:
                raise RuntimeError(f"not here after {MOST_CALLS} calls")
            _call(client, line)
            if ask and client.ask_for(DOCUMENT):
                before = _crossed(line)
        seconds, crossed = time.monotonic() - begun, _crossed(line)
    measure(f"{what}: calls", calls, "")
    measure("until it is here, the waits left out", seconds, "s")
    measure("crossed, handshakes included", crossed, "octets")
    return crossed, before


def _crossed(line: Line) -> int:
    return line.count.octets + line.count.opening_octets


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
