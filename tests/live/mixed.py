"""Letters as unlike one another as a practice gets them, invented from a seed."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterator

BODY = "Compte rendu : glycémie 1,02 g/L ; œdème discret. Dosage 5 * 3 mg, smile :( sad.\r\n"
SUBJECTS = (
    b"Resultats de biologie",
    b"=?utf-8?q?R=C3=A9sultats_d=27h=C3=A9matologie?=",
    b"dosage 5 * 3 mg {42}",
    b'[/nope] [ ) ( "',
    "Accentué sans codage".encode(),
    b"=?iso-8859-1?q?Compte_rendu_op=E9ratoire?=",
    b"\xe9t\xe9 latin brut",
)


def mixed_letters(count: int, seed: int) -> Iterator[bytes]:
    """`count` different letters: text, HTML, PDFs, eight-bit, bare LF, empty, without a name."""
    chance = random.Random(seed)
    for number in range(count):
        header = [b"From: labo@labo.test", b"To: alice@sante.test"]
        if number % 50:
            header.append(b"Message-ID: <%d.%d@labo.test>" % (seed, number))
        header.append(b"Subject: %s %d" % (chance.choice(SUBJECTS), number))
        extra, body = chance.choice(KINDS)(chance)
        letter = b"\r\n".join([*header, *extra]) + b"\r\n\r\n" + body
        yield letter.replace(b"\r\n", b"\n") if chance.random() < 0.05 else letter


def _text(chance: random.Random) -> tuple[list[bytes], bytes]:
    return [b"Content-Type: text/plain; charset=utf-8"], BODY.encode() * chance.randrange(80)


def _latin(chance: random.Random) -> tuple[list[bytes], bytes]:
    body = BODY.replace("œ", "oe").encode("iso-8859-1") * chance.randrange(80)
    return [b"Content-Type: text/plain; charset=iso-8859-1"], body


def _quoted(chance: random.Random) -> tuple[list[bytes], bytes]:
    body = quopri.encodestring(f"<p>{BODY}</p>".encode()).replace(b"\n", b"\r\n")
    header = [b"Content-Type: text/html", b"Content-Transfer-Encoding: quoted-printable"]
    return header, body * chance.randrange(1, 20)


def _pdf(chance: random.Random) -> tuple[list[bytes], bytes]:
    pdf = base64.encodebytes(chance.randbytes(chance.randrange(60_000))).replace(b"\n", b"\r\n")
    header = [b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="b"']
    part = b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return header, part + pdf + b"\r\n--b--\r\n"


def _nothing(_: random.Random) -> tuple[list[bytes], bytes]:
    return [], b""


KINDS = (_text, _text, _latin, _quoted, _pdf, _nothing)
