"""interimap, and the local IMAP server it needs: a Dovecot of its own, as its manual sets it up.

That server is one process that interimap starts and speaks to through a pipe ("type = tunnel"), so
what it costs is in interimap's own figures.
"""

from __future__ import annotations

import imaplib
import os
import shutil
from pathlib import Path

from tests.bench.maildir import Maildir
from tests.bench.peers import installed
from tests.bench.programs import ALL, Program
from tests.bench.running import Running
from tests.servers import process
from tests.servers.dovecot import DovecotServer
from tests.servers.dovecot_config import installed_version


class Interimap(Program):
    """interimap by QRESYNC and COMPRESS, into a Dovecot of its own."""

    name = "interimap"
    remarks = ("interimap's figures hold its local Dovecot's processor and memory",)

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._owner = process.unprivileged()
        self._config = root / "dovecot.conf"
        self._inbox = Maildir(root / "Mail")

    @staticmethod
    def version() -> str:
        """Which one is installed."""
        return installed("interimap")

    def prepare(self, server: DovecotServer, user: str, port: int) -> None:
        """Write its configuration and its local server's."""
        ca_file = self.root / "ca.pem"
        shutil.copy(server.ca_file, ca_file)
        self._config.write_text(local_server(self.root, installed_version()))
        (self.root / "config").touch(mode=0o600)
        (self.root / "config").write_text(f"""
database = {self.root}/state.db

[local]
type = tunnel
command = {self._local_command()}
null-stderr = YES

[remote]
type = imaps
host = localhost
port = {port}
username = {user}
password = {server.password(user)}
compress = YES
SSL_CAfile = {ca_file}
""")
        # Dovecot refuses to read mail as root, so all of it runs as who serves the mail.
        process.give(self.root, self._owner)

    def start(self) -> Running:
        """`interimap`."""
        command = ["interimap", "--quiet", f"--config={self.root / 'config'}"]
        return Running(command, self._env(), owner=self._owner)

    def letters(self, newest: int = ALL) -> dict[int, bool]:
        """All of its local server's INBOX."""
        return self._inbox.letters()

    def flag_newest(self, count: int) -> None:
        """By its local server, "never directly" as its manual says."""
        by_name = " ".join(f"{name}={self._env()[name]}" for name in ("HOME", "USER"))
        who = f"{self._owner.pw_uid} --regid {self._owner.pw_gid} --clear-groups"
        as_owner = f"setpriv --reuid {who} " if os.getuid() == 0 else ""
        command = f"{as_owner}env {by_name} {self._local_command()} 2>/dev/null"
        with imaplib.IMAP4_stream(command) as local:
            local.select("INBOX")
            everyone = local.uid("SEARCH", "ALL")[1][0].split()
            chosen = b",".join(everyone[-count:]).decode()
            local.uid("STORE", chosen, "+FLAGS.SILENT", r"(\Flagged)")

    def _local_command(self) -> str:
        return f"{process.program('doveadm')} -c {self._config} exec imap"

    def _env(self) -> dict[str, str]:
        return os.environ | {"HOME": str(self.root), "USER": self._owner.pw_name}


def local_server(home: Path, version: tuple[int, ...]) -> str:
    """dovecot.conf for a server without network, for that version of Dovecot."""
    common = f"""
ssl = no
log_path = {home}/dovecot.log
base_dir = {home}/run
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
    if version < (2, 4):
        return f"mail_location = maildir:{home}/Mail:LAYOUT=fs\n{common}"
    written_for = ".".join(str(part) for part in version[:3])
    return f"""
dovecot_config_version = {written_for}
dovecot_storage_version = {written_for}
mail_driver = maildir
mail_path = {home}/Mail
mailbox_list_layout = fs
{common}"""
