"""What dovecot.conf says, in the two dialects that Debian ships: 2.3 (12) and 2.4 (13).

The 2.4 dialect renamed most settings and its variables; it is written from the project's
upgrade notes. Both describe one thing: an instance that needs no root, keeps everything under
one directory, and serves IMAP and LMTP on 127.0.0.1.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import program

ROLES = ("Sent", "Drafts", "Trash", "Archive", "Junk")


@dataclass(frozen=True, slots=True, kw_only=True)
class DovecotConfig:
    """All that varies between two instances."""

    root: Path
    user: str
    group: str
    imap_port: int
    imaps_port: int
    lmtp_port: int
    capabilities: str = ""
    """The whole list to offer instead of Dovecot's own; '' for its own."""
    client_certificates: bool = False
    """Whether a login without a client certificate of our authority is refused."""

    def text(self, version: tuple[int, ...]) -> str:
        """The file, for that version of Dovecot."""
        dialect = _dialect_2_4(self, version) if version >= (2, 4) else _dialect_2_3(self)
        return _common(self) + dialect


def installed_version() -> tuple[int, ...]:
    """(2, 3, 19, 1) for '2.3.19.1 (9b53102964)'."""
    told = subprocess.run([program("dovecot"), "--version"], capture_output=True, check=True)
    digits = told.stdout.split()[0].split(b"-")[0].split(b".")
    return tuple(int(part) for part in digits)


def _common(config: DovecotConfig) -> str:
    root = config.root
    roles = "".join(
        f"  mailbox {role} {{\n    auto = create\n    special_use = \\{role}\n  }}\n"
        for role in ROLES
    )
    return f"""
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
listen = 127.0.0.1
default_internal_user = {config.user}
default_internal_group = {config.group}
default_login_user = {config.user}
first_valid_uid = 1
mail_uid = {config.user}
mail_gid = {config.group}
mail_save_crlf = yes
mail_max_userip_connections = 1000
auth_mechanisms = plain login
auth_failure_delay = 0
ssl = yes
namespace inbox {{
  inbox = yes
  separator = /
{roles}}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {config.imap_port}
  }}
  inet_listener imaps {{
    port = {config.imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {config.lmtp_port}
  }}
}}
service auth {{
  unix_listener auth-postfix {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _dialect_2_3(config: DovecotConfig) -> str:
    root = config.root
    return f"""
protocols = imap lmtp
disable_plaintext_auth = yes
auth_username_chars =
auth_username_format = %Ln
ssl_cert = <{root}/tls/server.pem
ssl_key = <{root}/tls/server.key
{_client_certificates_2_3(config)}
mail_location = maildir:{root}/mail/%n:LAYOUT=fs
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {root}/users/%n
}}
userdb {{
  driver = static
  args = uid={config.user} gid={config.group} home={root}/home/%n
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_zlib
}}
{f"imap_capability = {config.capabilities}" if config.capabilities else ""}
"""


def _client_certificates_2_3(config: DovecotConfig) -> str:
    if not config.client_certificates:
        return ""
    return f"""
ssl_ca = <{config.root}/tls/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_require_client_cert = yes
"""


def _dialect_2_4(config: DovecotConfig, version: tuple[int, ...]) -> str:
    root = config.root
    written_for = ".".join(str(part) for part in version[:3])
    # These two must come first in the file, which Dovecot checks; text() cannot know, so they
    # are repeated at the head by DovecotServer through this marker line.
    return f"""
dovecot_config_version = {written_for}
dovecot_storage_version = {written_for}
protocols = imap lmtp
"""
