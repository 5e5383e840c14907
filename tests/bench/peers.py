"""The programs Pli is measured beside, each configured as its own manual recommends.

`make bench` installs them (.ci/prepare peers); nothing else of Pli's ever does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from tests.bench.maildir import Maildir
from tests.bench.programs import ALL, Program
from tests.bench.running import Running
from tests.servers import process
from tests.servers.dovecot import DovecotServer

PACKAGES = {"mbsync": "isync", "interimap": "interimap", "offlineimap": "offlineimap3"}
"""Command -> the package of Debian it comes in."""


def first_number(told: str) -> str:
    """'1.4.4' in 'isync 1.4.4': the first thing that looks like a version."""
    found = re.search(r"\d+(?:\.\w+)+", told)
    return found[0] if found else "of unknown version"


def installed(command: str) -> str:
    """The version of a peer, as it says itself and as Debian names it.

    Raises:
        process.CannotRun: it is not installed.
    """
    package = PACKAGES[command]
    if shutil.which(command) is None:
        raise process.CannotRun(f"{command} is not installed: apt-get install {package}")
    told = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    query = ["dpkg-query", "--show", "--showformat=${Version}", package]
    try:
        debian = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        debian = ""
    known = f" (Debian: {package} {debian})" if debian else ""
    return f"{command} {first_number(told.stdout + told.stderr)}{known}"


class Mbsync(Program):
    """mbsync into Maildirs: pipelined without limit, COMPRESS and fsync, its defaults."""

    name = "mbsync"
    remarks = ("mbsync pipelines, compresses and fsyncs each letter: its defaults",)

    @staticmethod
    def version() -> str:
        """Which one is installed."""
        return installed("mbsync")

    def prepare(self, server: DovecotServer, user: str, port: int) -> None:
        """Write its configuration; "Expunge Both" is its manual's advice."""
        major, minor = Mbsync.version().split()[1].split(".")[:2]
        tls = "SSLType" if (int(major), int(minor)) < (1, 5) else "TLSType"
        (self.root / "mail").mkdir()
        # By name: mbsync 1.4 does not look for an address among a certificate's names.
        (self.root / "mbsyncrc").write_text(f"""
IMAPStore far
Host localhost
Port {port}
User {user}
Pass {server.password(user)}
{tls} IMAPS
SystemCertificates no
CertificateFile {server.ca_file}

MaildirStore near
Path {self.root}/mail/
Inbox {self.root}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Sync All
Create Both
Expunge Both
SyncState *
""")
        self._inbox = Maildir(self.root / "mail" / "INBOX")

    def start(self) -> Running:
        """`mbsync all`."""
        env = os.environ | {"HOME": str(self.root)}
        return Running(["mbsync", "-q", "-c", str(self.root / "mbsyncrc"), "all"], env)

    def letters(self, newest: int = ALL) -> dict[int, bool]:
        """All of its INBOX."""
        return self._inbox.letters()

    def flag_newest(self, count: int) -> None:
        """As a mail reader does."""
        self._inbox.flag_newest(count)


class Offlineimap(Program):
    """offlineimap3 into Maildirs; its knowledge lies in SQLite, the only way it still has."""

    name = "offlineimap3"
    remarks = (
        "offlineimap3 keeps its status in SQLite, on two connections, as its manual advises",
        "offlineimap3 goes without COMPRESS: Debian's hangs with it on a large mailbox",
    )

    @staticmethod
    def version() -> str:
        """Which one is installed."""
        return installed("offlineimap")

    def prepare(self, server: DovecotServer, user: str, port: int) -> None:
        """Write its configuration."""
        (self.root / "mail").mkdir()
        (self.root / "offlineimaprc").write_text(f"""
[general]
metadata = {self.root}/metadata
accounts = all
ui = quiet

[Account all]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {self.root}/mail

[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = {user}
remotepass = {server.password(user)}
ssl = yes
sslcacertfile = {server.ca_file}
usecompression = no
maxconnections = 2
""")
        self._inbox = Maildir(self.root / "mail" / "INBOX")

    def start(self) -> Running:
        """`offlineimap -o`."""
        env = os.environ | {"HOME": str(self.root)}
        return Running(["offlineimap", "-o", "-c", str(self.root / "offlineimaprc")], env)

    def letters(self, newest: int = ALL) -> dict[int, bool]:
        """All of its INBOX."""
        return self._inbox.letters()

    def flag_newest(self, count: int) -> None:
        """As a mail reader does."""
        self._inbox.flag_newest(count)
