"""How a correspondent's program hands a letter to the demo's server: the standard library's client.

A second opinion on the server, and on what Pli takes from others.
"""

from __future__ import annotations

import smtplib
import ssl

from sync.demo.imap_server import LOCALHOST
from sync.demo.scripts import people
from sync.demo.world import Servers

PATIENCE_SECONDS = 5.0


def post(servers: Servers, user: str, octets: bytes, to: str, *, envid: str) -> None:
    """Send by `user`'s account to the address of `to`, and ask to be told. Blocks: use a thread.

    Raises:
        smtplib.SMTPException: it was not taken.
    """
    trust = ssl.create_default_context(cafile=str(servers.certificates.ca))
    with smtplib.SMTP_SSL(
        LOCALHOST, servers.smtp.port, context=trust, timeout=PATIENCE_SECONDS
    ) as smtp:
        smtp.ehlo("programme.example")  # without this machine's name
        smtp.login(user, servers.passwords[user])
        smtp.sendmail(
            people()[user].address,
            [people()[to].address],
            octets,
            mail_options=("RET=HDRS", f"ENVID={envid}"),
            rcpt_options=("NOTIFY=SUCCESS,FAILURE",),
        )
