"""A real Postfix for one test run, beside a Dovecot that knows the passwords and keeps the mail.

    with DovecotServer(authority) as dovecot, PostfixServer(authority, dovecot) as postfix:
        account = postfix.account("labo")
        ...
        postfix.wait_delivered("alice@sante.test", 200)

Its master must be started by root, which is why these tests do. The system's own Postfix, its
configuration, queue and processes are never looked at.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from store.model.account import Account, Endpoint, Tls
from tests.servers import process
from tests.servers.authority import Authority, Certificate
from tests.servers.dovecot import HOST, DovecotServer
from tests.servers.postfix_config import QUEUES, PostfixConfig


class PostfixServer:
    """One instance; `start` and `stop` may be called again, ports and queue stay the same."""

    host = HOST

    def __init__(
        self,
        authority: Authority,
        dovecot: DovecotServer,
        *,
        certificate: Certificate | None = None,
        max_octets: int = 50_000_000,
        client_certificates: bool = False,
        by_certificate: bool = False,
        discards: bool = False,
        reports: bool = True,
    ) -> None:
        """Args:
        dovecot: checks passwords and receives by LMTP; must run while letters are delivered.
        certificate: what the server presents; by default a good one of `authority`.
        max_octets: SIZE it offers; larger letters are refused.
        client_certificates: refuse whoever shows no certificate of `authority`.
        by_certificate: it is the login, and no other is offered.
        discards: what it accepts goes nowhere; it listens on `plain_port` too.
        reports: it offers to write delivery reports.
        """
        self.ca_file = authority.ca_file
        self.dovecot = dovecot
        self.root = Path(tempfile.mkdtemp(prefix="pli-postfix-", dir="/tmp"))
        self.smtps_port, self.submission_port = process.free_port(), process.free_port()
        self._certificate = certificate or authority.server()
        self._max_octets = max_octets
        self._client_certificates = client_certificates or by_certificate
        self._by_certificate = by_certificate
        self.plain_port = process.free_port() if discards else 0
        self._reports = reports
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostfixServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Run until `stop`. Returns once both ports answer.

        Raises:
            process.CannotRun: not installed, not root, or it did not start; says which.
        """
        process.program("postfix")
        if os.getuid() != 0:
            raise process.CannotRun("Postfix is started by root: run the tests as root")
        if not (self.root / "etc").exists():
            self._lay_out()
        daemons = subprocess.run(
            [process.program("postconf"), "-c", str(self.root / "etc"), "-h", "daemon_directory"],
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        with (self.root / "stderr.log").open("ab") as stderr:
            self._running = subprocess.Popen(
                [f"{daemons}/master", "-s", "-c", str(self.root / "etc")],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                start_new_session=True,
            )
        try:
            process.wait_until(self._answers, "postfix greets")
        except TimeoutError as late:
            self.stop()
            raise process.CannotRun(f"postfix does not greet:\n{self.log()}") from late

    def stop(self) -> None:
        """End it; what is queued stays queued for the next `start`."""
        if self._running is not None:
            process.stop(self._running)
            self._running = None

    def close(self) -> None:
        """Stop, and remove its directory."""
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def log(self) -> str:
        """Its last log lines."""
        files = (self.root / "stderr.log", self.root / "maillog")
        return "".join(file.read_text(errors="replace")[-4000:] for file in files if file.exists())

    def account(self, name: str, **overrides: object) -> Account:
        """`name`'s account: reads from Dovecot, sends through here; added as a user if need be."""
        tls = overrides.get("tls", Tls.IMPLICIT)
        port = self.smtps_port if tls == Tls.IMPLICIT else self.submission_port
        smtp = {"smtp": Endpoint(host=HOST, port=port)}
        return self.dovecot.account(name, **{**smtp, **overrides})

    def delivered(self, address: str) -> list[bytes]:
        """The letters that arrived in the inbox of an address, oldest first, trace fields added."""
        return self.dovecot.letters(address.partition("@")[0])

    def wait_delivered(self, address: str, count: int, seconds: float = 30.0) -> list[bytes]:
        """The same, as soon as there are `count`.

        Raises:
            TimeoutError: fewer arrived.
        """
        process.wait_until(
            lambda: len(self.delivered(address)) >= count,
            f"{count} letters for {address}",
            seconds,
            every_seconds=0.02,
        )
        return self.delivered(address)

    def queued(self) -> int:
        """How many letters are accepted and not yet delivered or returned."""
        spool = self.root / "spool"
        files = (f for q in ("incoming", "active", "deferred") for f in (spool / q).rglob("*"))
        return sum(file.is_file() for file in files)

    def _answers(self) -> bool:
        if self._running is not None and self._running.poll() is not None:
            raise process.CannotRun(f"postfix ended at once:\n{self.log()}")
        if not process.greets(self.submission_port, b"220 "):
            return False
        return process.listens(self.smtps_port)

    def _lay_out(self) -> None:
        config = PostfixConfig(
            root=self.root,
            smtps_port=self.smtps_port,
            submission_port=self.submission_port,
            lmtp_port=self.dovecot.lmtp_port,
            auth_socket=self.dovecot.auth_socket,
            max_octets=self._max_octets,
            client_certificates=self._client_certificates,
            by_certificate=self._by_certificate,
            plain_port=self.plain_port,
            reports=self._reports,
        )
        self.root.chmod(0o755)
        for part in ("etc", "tls", "spool", "spool/pid"):
            (self.root / part).mkdir(mode=0o755)
        (self.root / "etc" / "main.cf").write_text(config.main())
        (self.root / "etc" / "master.cf").write_text(config.services())
        (self.root / "etc" / "domains").write_text(config.domains())
        (self.root / "etc" / "answers").write_text(config.answers())
        shutil.copy(self._certificate.cert_file, self.root / "tls" / "server.pem")
        shutil.copy(self._certificate.key_file, self.root / "tls" / "server.key")
        shutil.copy(self.ca_file, self.root / "tls" / "ca.pem")
        self._lay_out_queues()

    def _lay_out_queues(self) -> None:
        owner, dropping = pwd.getpwnam("postfix"), grp.getgrnam("postdrop")
        for part in ("data", *(f"spool/{queue}" for queue in QUEUES)):
            (self.root / part).mkdir(mode=0o700)
            os.chown(self.root / part, owner.pw_uid, owner.pw_gid)
        for part, mode in (("maildrop", 0o1730), ("public", 0o2710)):
            directory = self.root / "spool" / part
            directory.mkdir()
            os.chown(directory, owner.pw_uid, dropping.gr_gid)
            directory.chmod(mode)
