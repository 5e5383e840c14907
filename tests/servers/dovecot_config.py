"""What dovecot.conf says, in the two dialects that Debian ships: 2.3 (12) and 2.4 (13).

Both describe one thing: an instance that needs no root, keeps everything under one directory,
and serves IMAP and LMTP on 127.0.0.1. Tried with 2.3.19 and with 2.4.1.
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
        # 2.4 wants its version settings first, so the dialect goes before what both share.
        return dialect + _common(self)


def installed_version() -> tuple[int, ...]:
    """(2, 3, 19, 1) for '2.3.19.1 (9b53102964)'."""
    told = subprocess.run([program("dovecot"), "--version"], capture_output=True, check=True)
    digits = told.stdout.split()[0].split(b"-")[0].split(b".")
    return tuple(int(part) for part in digits)


def _common(config: DovecotConfig) -> str:
    roles = "".join(
        f"  mailbox {role} {{\n    auto = create\n    special_use = \\{role}\n  }}\n"
        for role in ROLES
    )
    capability = f"imap_capability = {config.capabilities}" if config.capabilities else ""
    return f"""
base_dir = {config.root}/run
state_dir = {config.root}/run
log_path = {config.root}/dovecot.log
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
auth_username_chars =
auth_failure_delay = 0
ssl = yes
{capability}
namespace inbox {{
  inbox = yes
  separator = /
{roles}}}
{_services(config)}"""


def _services(config: DovecotConfig) -> str:
    return f"""
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
    client_certificates = f"""
ssl_ca = <{root}/tls/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_require_client_cert = yes
"""
    return f"""
protocols = imap lmtp
disable_plaintext_auth = yes
auth_username_format = %Ln
ssl_cert = <{root}/tls/server.pem
ssl_key = <{root}/tls/server.key
{client_certificates if config.client_certificates else ""}
mail_location = maildir:{root}/mail/%n:LAYOUT=fs
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {root}/users/%n
}}
userdb {{
  driver = static
  args = uid={config.user} gid={config.group} home={root}/mail/%n
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_zlib
}}
"""


def _dialect_2_4(config: DovecotConfig, version: tuple[int, ...]) -> str:
    root, name = config.root, "%{user | username | lower}"
    written_for = ".".join(str(part) for part in version[:3])
    client_certificates = f"""
ssl_server_ca_file = {root}/tls/ca.pem
ssl_server_request_client_cert = yes
ssl_server_require_crl = no
auth_ssl_require_client_cert = yes
"""
    return f"""
dovecot_config_version = {written_for}
dovecot_storage_version = {written_for}
protocols = imap lmtp
auth_allow_cleartext = no
auth_username_format = {name}
ssl_server_cert_file = {root}/tls/server.pem
ssl_server_key_file = {root}/tls/server.key
{client_certificates if config.client_certificates else ""}
mail_driver = maildir
mail_path = {root}/mail/{name}
mailbox_list_layout = fs
passdb passwd-file {{
  default_password_scheme = PLAIN
  passwd_file_path = {root}/users/{name}
}}
userdb static {{
  fields {{
    uid = {config.user}
    gid = {config.group}
    home = {root}/mail/{name}
  }}
}}
"""
