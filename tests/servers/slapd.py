"""OpenLDAP as an unprivileged instance: private directory, free ports, TLS, invented people."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.authority import Authority
from tests.servers.process import (
    CannotRun,
    free_port,
    give,
    listens,
    program,
    stop,
    unprivileged,
    wait_until,
)

SCHEMA = Path("/etc/ldap/schema")
BASE, USER, PASSWORD = "dc=sante,dc=example", "cn=reader,dc=sante,dc=example", "invented"
CONFIG = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {root}/slapd.pid
TLSCACertificateFile {ca}
TLSCertificateFile {cert}
TLSCertificateKeyFile {key}
database mdb
maxsize 10485760
suffix "{base}"
rootdn "{user}"
rootpw {password}
directory {root}/data
access to * by anonymous auth by * none
"""


@dataclass(frozen=True)
class Slapd:
    """A server that runs."""

    ldap: str
    ldaps: str


@contextmanager
def slapd(authority: Authority, ldif: str) -> Iterator[Slapd]:
    """Serve `ldif`, below BASE, until the end of the block.

    Raises:
        CannotRun: it is not installed, or did not start; with its last words.
    """
    root, owner = Path(tempfile.mkdtemp(prefix="pli-slapd-")), unprivileged()
    try:
        (root / "data").mkdir()
        certificate = authority.server()
        for name in (certificate.cert_file, certificate.key_file, authority.ca_file):
            shutil.copy(name, root)
        config, data = root / "slapd.conf", root / "data.ldif"
        config.write_text(
            CONFIG.format(
                schema=SCHEMA,
                root=root,
                ca=root / authority.ca_file.name,
                cert=root / certificate.cert_file.name,
                key=root / certificate.key_file.name,
                base=BASE,
                user=USER,
                password=PASSWORD,
            )
        )
        data.write_text(ldif, encoding="utf-8")
        give(root, owner)
        as_owner = {"user": owner.pw_uid, "group": owner.pw_gid} if os.getuid() == 0 else {}
        subprocess.run(
            [program("slapadd"), "-f", config, "-l", data], check=True, **as_owner,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        plain, tls = free_port(), free_port()
        running = Slapd(f"ldap://localhost:{plain}", f"ldaps://localhost:{tls}")
        urls = f"ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{tls}/"
        with (root / "log").open("wb") as log:
            server = subprocess.Popen(
                [program("slapd"), "-f", config, "-h", urls, "-d", "0"], **as_owner,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            wait_until(lambda: server.poll() is not None or listens(tls), "slapd listens")
            if server.poll() is not None:
                raise CannotRun((root / "log").read_text(errors="replace")[-500:])
            yield running
        finally:
            stop(server)
    finally:
        shutil.rmtree(root, ignore_errors=True)
