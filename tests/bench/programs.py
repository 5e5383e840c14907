"""The programs measured, each run as a person runs it: a process, from its start to its end."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.meta.sources import ROOT
from tests.servers.dovecot import DovecotServer

SAMPLE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a program cost."""

    seconds: float
    peak_octets: int
    """The most memory it held."""


def run(command: list[str], env: dict[str, str] | None = None) -> Run:
    """Run to the end.

    Raises:
        RuntimeError: it failed; carries what it said.
    """
    peak, begun = 0, time.perf_counter()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=env, cwd=ROOT
        ) as process,
    ):
        while process.poll() is None:
            peak = max(peak, most_memory(process.pid))
            time.sleep(SAMPLE_SECONDS)
        seconds = time.perf_counter() - begun
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{command[0]} {process.returncode}: {words}")
    return Run(seconds, peak)


def most_memory(pid: int) -> int:
    """The most memory a process held so far, in octets; 0 once it has ended.

    Not what `wait4` tells: that counts from the fork on, when the child was as large as we are.
    """
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


class Pli:
    """A Pli of its own, with one account."""

    name = "Pli"

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700)
        self.home = root / "home"
        self.key_file = root / "key"

    def pli(self, *arguments: str) -> Run:
        """One `pli` command."""
        given = ["--home", str(self.home), "--key-file", str(self.key_file)]
        return run([sys.executable, "-m", "tui.cli", *given, *arguments])

    def prepare(self, server: DovecotServer, user: str, port: int) -> None:
        """Create the store and the account, which reads through `port`."""
        self.pli("init")
        where = ["--imap", f"{server.host}:{port}", "--smtp", f"{server.host}:9"]
        secret = ["--password-file", str(server.password_file(user)), "--ca", str(server.ca_file)]
        # As a person on such a line says: on a fast one nothing is deflated.
        line = ["--profile", "fibre"]
        self.pli("account", "add", user, "--user", user, *where, *secret, *line)

    def sync(self) -> Run:
        """One full pass."""
        return self.pli("sync")


class Mbsync:
    """mbsync into Maildirs: neither encrypted nor searchable, and very good at what it does."""

    name = "mbsync"

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700)
        self.root = root

    @staticmethod
    def installed() -> bool:
        """Whether there is one to compare with (apt-get install isync)."""
        return shutil.which("mbsync") is not None

    def prepare(self, server: DovecotServer, user: str, port: int) -> None:
        """Write its configuration; it reads through `port`."""
        # By name: mbsync 1.4 does not look for an address among a certificate's names.
        told = subprocess.run(["mbsync", "--version"], capture_output=True, check=True).stdout
        tls = "SSLType" if told.split()[1] < b"1.5" else "TLSType"
        (self.root / "mail").mkdir()
        (self.root / "mbsyncrc").write_text(f"""
IMAPStore far
Host localhost
Port {port}
User {user}
Pass {server.password(user)}
{tls} IMAPS
SystemCertificates no
CertificateFile {server.ca_file}
PipelineDepth 50

MaildirStore near
Path {self.root}/mail/
Inbox {self.root}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Sync Pull
Create Near
SyncState *
""")

    def sync(self) -> Run:
        """One full pass."""
        env = os.environ | {"HOME": str(self.root)}
        return run(["mbsync", "-q", "-c", str(self.root / "mbsyncrc"), "all"], env)
