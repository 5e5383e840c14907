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
    nameless: bool = False
    """Whether its greeting hides what it is: no first login flies (sync/imap/reputation.py)."""
    client_certificates: bool = False
    """Whether a login without a client certificate of our authority is refused."""
    introspection_url: str = ""
    """Who says whether a token is good; logins are then by token alone."""
    by_certificate: bool = False
    """Whether the common name of the client certificate is the login, and nothing else is."""
    pop3_port: int = 0
    pop3s_port: int = 0
    """0 for no POP3."""

    @property
    def mechanisms(self) -> str:
        """How one may log in."""
        if self.introspection_url:
            return "xoauth2 oauthbearer"
        return "external" if self.by_certificate else "plain login"

    @property
    def protocols(self) -> str:
        """What is spoken."""
        return "imap lmtp pop3" if self.pop3_port else "imap lmtp"

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
    if config.capabilities or config.nameless:
        # One that hides what it can is not to be known by its greeting.
        capability += "\nlogin_greeting = Bonjour."
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
auth_mechanisms = {config.mechanisms}
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
{_pop3(config) if config.pop3_port else ""}
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
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def _pop3(config: DovecotConfig) -> str:
    return f"""
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {config.pop3_port}
  }}
  inet_listener pop3s {{
    port = {config.pop3s_port}
    ssl = yes
  }}
}}
"""


def _passdb_2_3(config: DovecotConfig) -> str:
    root = config.root
    if config.introspection_url:
        return f"""
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
"""
    if config.by_certificate:
        return """
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
passdb {
  driver = static
  args = nopassword=y
}
"""
    return f"""
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {root}/users/%n
}}
"""


def _everybody(config: DovecotConfig) -> str:
    """Who judges tokens cannot be asked who exists."""
    return " allow_all_users=yes" if config.introspection_url else ""


def oauth2_2_3(config: DovecotConfig) -> str:
    """The file that its token database reads."""
    return f"""
introspection_mode = get
introspection_url = {config.introspection_url}
username_attribute = username
active_attribute = active
active_value = true
"""


def _passdb_2_4(config: DovecotConfig, name: str) -> str:
    if config.introspection_url:
        return f"""
oauth2_introspection_mode = get
oauth2_introspection_url = {config.introspection_url}
oauth2_username_attribute = username
oauth2_active_attribute = active
oauth2_active_value = true
userdb_static_allow_all_users = yes
passdb oauth2 {{
  mechanisms_filter = xoauth2 oauthbearer
}}
"""
    if config.by_certificate:
        return """
auth_ssl_username_from_cert = yes
ssl_server_cert_username_field = commonName
passdb static {
  fields {
    nopassword = yes
  }
}
"""
    return f"""
passdb passwd-file {{
  default_password_scheme = PLAIN
  passwd_file_path = {config.root}/users/{name}
}}
"""


def _dialect_2_3(config: DovecotConfig) -> str:
    root = config.root
    client_certificates = f"""
ssl_ca = <{root}/tls/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
protocol imap {{
  auth_ssl_require_client_cert = yes
}}
"""
    return f"""
protocols = {config.protocols}
disable_plaintext_auth = yes
auth_username_format = %Ln
ssl_cert = <{root}/tls/server.pem
ssl_key = <{root}/tls/server.key
{client_certificates if config.client_certificates else ""}
mail_location = maildir:{root}/mail/%n:LAYOUT=fs
{_passdb_2_3(config)}
userdb {{
  driver = static
  args = uid={config.user} gid={config.group} home={root}/mail/%n{_everybody(config)}
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
protocol imap {{
  auth_ssl_require_client_cert = yes
}}
"""
    return f"""
dovecot_config_version = {written_for}
dovecot_storage_version = {written_for}
protocols = {config.protocols}
auth_allow_cleartext = no
auth_username_format = {name}
ssl_server_cert_file = {root}/tls/server.pem
ssl_server_key_file = {root}/tls/server.key
{client_certificates if config.client_certificates else ""}
mail_driver = maildir
mail_path = {root}/mail/{name}
mailbox_list_layout = fs
{_passdb_2_4(config, name)}
userdb static {{
  fields {{
    uid = {config.user}
    gid = {config.group}
    home = {root}/mail/{name}
  }}
}}
"""
