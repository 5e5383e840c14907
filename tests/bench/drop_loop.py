"""What a laboratory would write itself: one loop over a folder, by smtplib or by msmtp.

python -m tests.bench.drop_loop smtplib|msmtp COUNT FOLDER PORT CA PASSWORD_FILE RECIPIENT
"""

from __future__ import annotations

import smtplib
import ssl
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

FROM = "labo@sante.test"


def letters(folder: Path, to: str) -> Iterator[EmailMessage]:
    """A letter for each document."""
    for path in sorted(folder.glob("*.pdf")):
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = FROM, to, "Document"
        letter["Message-ID"] = f"<{path.stem}@sante.test>"
        letter.set_content("Un document.")
        octets = path.read_bytes()
        letter.add_attachment(octets, maintype="application", subtype="pdf", filename=path.name)
        yield letter


def by_smtplib(found: Iterator[EmailMessage], port: int, ca: str, password: str) -> None:
    """Over one connection."""
    context = ssl.create_default_context(cafile=ca)
    with smtplib.SMTP_SSL("127.0.0.1", port, context=context) as server:
        server.login("labo", password)
        for letter in found:
            server.send_message(letter)


def by_msmtp(found: Iterator[EmailMessage], port: int, ca: str, password_file: str) -> None:
    """A process and a connection for each."""
    secret = ["--user=labo", f"--passwordeval=cat '{password_file}'", "--auth=plain"]
    tls = ["--tls=on", "--tls-starttls=off", f"--tls-trust-file={ca}"]
    where = ["--host=127.0.0.1", f"--port={port}", f"--from={FROM}"]
    for letter in found:
        words = ["msmtp", *where, *tls, *secret, "--", letter["To"]]
        subprocess.run(words, input=letter.as_bytes(), check=True)


if __name__ == "__main__":
    how, count, folder, port, ca, password_file, to = sys.argv[1:]
    some = islice(letters(Path(folder), to), int(count))
    if how == "msmtp":
        by_msmtp(some, int(port), ca, password_file)
    else:
        by_smtplib(some, int(port), ca, Path(password_file).read_text().strip())
