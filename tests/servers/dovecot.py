"""A real Dovecot for one test run: private directory, free ports, no root, nothing of the system's.

    with DovecotServer(Authority(directory)) as server:
        server.add_user("alice")
        server.fill("alice", "INBOX", [b"Subject: bonjour\r\n\r\nTexte\r\n"])
        account = server.account("alice")

A user's login is a local part; `alice@any.domain` is the same person. Mail lies in Maildirs, so
that ten thousand letters can be put there in two seconds without a protocol (`fill`).
"""

from __future__ import annotations

import base64
import grp
import imaplib
import itertools
import os
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from store.model.account import Account, Endpoint, Tls
from store.model.ids import AccountId
from tests.servers import process
from tests.servers.authority import Authority, Certificate
from tests.servers.dovecot_config import DovecotConfig, installed_version, oauth2_2_3

HOST = "127.0.0.1"
DOMAIN = "sante.test"
NOBODY_LISTENS = Endpoint(host=HOST, port=9)
"""Where an account of a Dovecot alone would send: the discard port, which is never open."""


class DovecotServer:
    """One instance; `start` and `stop` may be called again, ports and mail stay the same."""

    host = HOST

    def __init__(
        self,
        authority: Authority,
        *,
        certificate: Certificate | None = None,
        capabilities: str = "",
        nameless: bool = False,
        client_certificates: bool = False,
        introspection_url: str = "",
        by_certificate: bool = False,
        pop3: bool = False,
        above: str = "/tmp",
    ) -> None:
        """Args:
        certificate: what the server presents; by default a good one of `authority`.
        capabilities: offered instead of Dovecot's own list, e.g. "IMAP4rev1 UIDPLUS".
        nameless: its greeting does not say what it is.
        client_certificates: refuse whoever shows no certificate of `authority`.
        introspection_url: logins are by token, and this says which are good.
        by_certificate: the common name of the client certificate is the login.
        pop3: it speaks that too.
        above: where its directory is made.
        """
        self.ca_file = authority.ca_file
        self._certificate = certificate or authority.server()
        self._owner = process.unprivileged()
        # Under /tmp and short: a UNIX socket's path may have 107 octets, pytest's are longer.
        self.root = Path(tempfile.mkdtemp(prefix="pli-dovecot-", dir=above))
        self.imap_port, self.imaps_port, self.lmtp_port = (process.free_port() for _ in range(3))
        self.pop3_port = process.free_port() if pop3 else 0
        self.pop3s_port = process.free_port() if pop3 else 0
        self._options = {
            "capabilities": capabilities,
            "nameless": nameless,
            "client_certificates": client_certificates or by_certificate,
            "introspection_url": introspection_url,
            "by_certificate": by_certificate,
            "pop3_port": self.pop3_port,
            "pop3s_port": self.pop3s_port,
        }
        self._running: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {}
        self._serial = itertools.count()
        self._lay_out()

    @property
    def auth_socket(self) -> Path:
        """Where another server may ask whether a password is right (Dovecot's SASL protocol)."""
        return self.root / "run" / "auth-postfix"

    def __enter__(self) -> DovecotServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Run until `stop`. Returns once it greets.

        Raises:
            process.CannotRun: not installed, or it did not start; carries its last log lines.
        """
        command = [process.program("dovecot"), "-F", "-c", str(self.root / "dovecot.conf")]
        identity = {
            "user": self._owner.pw_uid,
            "group": self._owner.pw_gid,
            "extra_groups": [],
        }
        with (self.root / "stderr.log").open("ab") as stderr:
            self._running = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
                **(identity if os.getuid() == 0 else {}),
            )
        try:
            process.wait_until(self._answers, "dovecot greets")
        except TimeoutError as late:
            self.stop()
            raise process.CannotRun(f"dovecot does not greet:\n{self.log()}") from late

    def stop(self) -> None:
        """End it as a machine is switched off in order; connections are cut."""
        if self._running is not None:
            process.stop(self._running)
            self._running = None

    def close(self) -> None:
        """End it at once, and remove its directory."""
        if self._running is not None:
            process.kill(self._running)
            self._running = None
        shutil.rmtree(self.root, ignore_errors=True)

    def log(self) -> str:
        """Its last log lines."""
        files = (self.root / "stderr.log", self.root / "dovecot.log")
        return "".join(file.read_text(errors="replace")[-4000:] for file in files if file.exists())

    def add_user(self, name: str, password: str | None = None) -> str:
        """A person who may log in from now on, with mailboxes INBOX and `ROLES`; the password."""
        password = password or secrets.token_urlsafe(12)
        coded = base64.b64encode(password.encode()).decode()
        user_file = self.root / "users" / name.lower()
        user_file.write_text(f"{name.lower()}:{{PLAIN.b64}}{coded}\n")
        process.give(user_file, self._owner)
        self._passwords[name] = password
        self.password_file(name).touch(mode=0o600)
        self.password_file(name).write_text(password + "\n")
        return password

    def password(self, name: str) -> str:
        """The password `add_user` gave."""
        return self._passwords[name]

    def password_file(self, name: str) -> Path:
        """A file of ours, mode 0600, holding that password and a newline."""
        return self.root / "secrets" / name

    def address(self, name: str) -> str:
        """The addr-spec Postfix delivers to `name`."""
        return f"{name}@{DOMAIN}"

    def account(self, name: str, **overrides: object) -> Account:
        """`name`'s account, added as a user if need be; nobody listens on its smtp endpoint.

        overrides: any field of Account; `tls` also chooses the port.
        """
        if name not in self._passwords:
            self.add_user(name)
        tls = overrides.get("tls", Tls.IMPLICIT)
        port = self.imaps_port if tls == Tls.IMPLICIT else self.imap_port
        fields: dict[str, object] = {
            "id": AccountId(1),
            "name": name,
            "address": self.address(name),
            "imap": Endpoint(host=HOST, port=port),
            "smtp": NOBODY_LISTENS,
            "user": name,
            "password_file": str(self.password_file(name)),
            "ca": str(self.ca_file),
        }
        return Account(**{**fields, **overrides})  # type: ignore[arg-type]

    @contextmanager
    def session(self, name: str) -> Iterator[imaplib.IMAP4_SSL]:
        """Another client of the same person, logged in: the stdlib's, independent of our code."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with imaplib.IMAP4_SSL(HOST, self.imaps_port, ssl_context=context, timeout=30) as client:
            client.login(name, self._passwords[name])
            yield client

    def maildir(self, name: str, mailbox: str = "INBOX") -> Path:
        """Where a mailbox lies; `mailbox` as on the wire (modified UTF-7), parts joined by '/'."""
        home = self.root / "mail" / name.lower()
        return home if mailbox == "INBOX" else home / mailbox

    def fill(
        self,
        name: str,
        mailbox: str,
        letters: Iterable[bytes],
        *,
        received_at: int | None = None,
        seen: bool = False,
    ) -> int:
        """Put letters into a mailbox, creating it; returns how many: about 5,000 a second.

        letters: raw octets, served back as they are; only NUL becomes 0x80 (Dovecot's rule).
        received_at: INTERNALDATE of the first, Unix seconds, one second more for each next;
            by default the last one is now.
        """
        maildir, letters = self.maildir(name, mailbox), list(letters)
        if not (maildir / "tmp").exists():
            for part in ("cur", "new", "tmp"):
                (maildir / part).mkdir(parents=True, exist_ok=True)
                process.give(maildir / part, self._owner)
            for above in (maildir, *maildir.relative_to(self.root / "mail").parents):
                process.give_one(self.root / "mail" / above, self._owner)
        first = int(time.time()) - len(letters) if received_at is None else received_at
        for at, octets in enumerate(letters, first):
            size, flags = len(octets), "S" if seen else ""
            # S= and W= spare Dovecot reading the file to know its size (Maildir++).
            file_name = f"{at}.M{next(self._serial)}P{os.getpid()}.pli,S={size},W={size}:2,{flags}"
            (maildir / "tmp" / file_name).write_bytes(octets)
            os.utime(maildir / "tmp" / file_name, (at, at))
            process.give_one(maildir / "tmp" / file_name, self._owner)
            (maildir / "tmp" / file_name).rename(maildir / "cur" / file_name)
        return len(letters)

    def renumber(self, name: str, mailbox: str) -> None:
        """Lose what was known of a mailbox but its letters, as a repair does: a new UIDVALIDITY."""
        maildir = self.maildir(name, mailbox)
        for file in [maildir / "dovecot-uidlist", *maildir.glob("dovecot.index*")]:
            file.unlink(missing_ok=True)

    def letters(self, name: str, mailbox: str = "INBOX") -> list[bytes]:
        """Every letter of a mailbox as the server would give it, oldest first."""
        maildir = self.maildir(name, mailbox)
        files = [file for part in ("cur", "new") for file in (maildir / part).glob("*")]
        return [file.read_bytes() for file in sorted(files, key=lambda file: file.stat().st_mtime)]

    def _answers(self) -> bool:
        if self._running is not None and self._running.poll() is not None:
            raise process.CannotRun(f"dovecot ended at once:\n{self.log()}")
        return process.greets(self.imap_port, b"* OK")

    def _lay_out(self) -> None:
        for part in ("run", "mail", "users", "tls"):
            (self.root / part).mkdir()
        shutil.copy(self._certificate.cert_file, self.root / "tls" / "server.pem")
        shutil.copy(self._certificate.key_file, self.root / "tls" / "server.key")
        shutil.copy(self.ca_file, self.root / "tls" / "ca.pem")
        config = DovecotConfig(
            root=self.root,
            user=self._owner.pw_name,
            group=grp.getgrgid(self._owner.pw_gid).gr_name,
            imap_port=self.imap_port,
            imaps_port=self.imaps_port,
            lmtp_port=self.lmtp_port,
            **self._options,  # type: ignore[arg-type]
        )
        (self.root / "dovecot.conf").write_text(config.text(installed_version()))
        (self.root / "oauth2.conf").write_text(oauth2_2_3(config))
        process.give(self.root, self._owner)
        self.root.chmod(0o755)
        (self.root / "secrets").mkdir(mode=0o700)
