"""What main.cf and master.cf say: a relay for logged-in people that can reach nobody outside.

Mail for a reserved domain (.test, .example) and for patients goes to the Dovecot beside it by LMTP;
every other domain is refused, so that a test can never send a letter to the world.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ANSWERS = {
    "inconnu": "550 5.1.1 Boite inconnue",
    "plein": "452 4.2.2 Boite pleine, plus tard",
    "refus": "554 5.7.1 Refus definitif",
}
"""Local part -> what RCPT TO is answered, in any domain; everybody else is accepted."""

PERMITS = "permit_sasl_authenticated"
QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("private", "saved", "trace"),
)

SERVICES = """
cleanup   unix  n  -  n  -    0  cleanup
qmgr      unix  n  -  n  300  1  qmgr
tlsmgr    unix  -  -  n  1000?  1  tlsmgr
rewrite   unix  -  -  n  -    -  trivial-rewrite
bounce    unix  -  -  n  -    0  bounce
defer     unix  -  -  n  -    0  bounce
trace     unix  -  -  n  -    0  bounce
verify    unix  -  -  n  -    1  verify
flush     unix  n  -  n  1000?  0  flush
proxymap  unix  -  -  n  -    -  proxymap
showq     unix  n  -  n  -    -  showq
error     unix  -  -  n  -    -  error
retry     unix  -  -  n  -    -  error
discard   unix  -  -  n  -    -  discard
lmtp      unix  -  -  n  -    -  lmtp
anvil     unix  -  -  n  -    1  anvil
scache    unix  -  -  n  -    1  scache
postlog   unix-dgram n - n -  1  postlogd
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostfixConfig:
    """All that varies between two instances."""

    root: Path
    smtps_port: int
    submission_port: int
    lmtp_port: int
    auth_socket: Path
    max_octets: int
    client_certificates: bool = False
    """Whether a client must show a certificate of our authority."""
    by_certificate: bool = False
    """Whether that is the login."""
    plain_port: int = 0
    """Where a program that knows no TLS may speak; then nothing is delivered, all is discarded."""
    reports: bool = True
    """Whether it offers to write delivery reports (RFC 3461)."""

    def main(self) -> str:
        """The main.cf."""
        delivers = f"lmtp:inet:127.0.0.1:{self.lmtp_port}"
        permits = "permit_tls_all_clientcerts" if self.by_certificate else PERMITS
        return f"""
compatibility_level = 3.6
queue_directory = {self.root}/spool
data_directory = {self.root}/data
maillog_file = {self.root}/maillog
maillog_file_prefixes = {self.root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.sante.test
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:5.1.1 no local people
default_transport = error:5.4.4 this server reaches nobody outside
relay_domains = regexp:{self.root}/etc/domains
relay_transport = {"discard:" if self.plain_port else delivers}
message_size_limit = {self.max_octets}
mailbox_size_limit = 0
in_flow_delay = 0
smtpd_discard_ehlo_keywords = {"" if self.reports else "dsn, silent-discard"}
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_tls_cert_file = {self.root}/tls/server.pem
smtpd_tls_key_file = {self.root}/tls/server.key
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_session_cache_database =
smtpd_tls_CAfile = {self.root}/tls/ca.pem
smtpd_tls_req_ccert = {"yes" if self.client_certificates else "no"}
smtpd_sasl_auth_enable = {"no" if self.by_certificate else "yes"}
smtpd_sasl_type = dovecot
smtpd_sasl_path = {self.auth_socket}
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = {permits}, reject
smtpd_recipient_restrictions = reject_unlisted_recipient,
    check_recipient_access regexp:{self.root}/etc/answers, {permits}, reject
"""

    def services(self) -> str:
        """The master.cf: TLS from the first octet on one port, STARTTLS on the other."""
        return f"""
127.0.0.1:{self.smtps_port} inet n - n - - smtpd
    -o smtpd_tls_wrappermode=yes
127.0.0.1:{self.submission_port} inet n - n - - smtpd
{self._plain()}{SERVICES}"""

    def _plain(self) -> str:
        if not self.plain_port:
            return ""
        return f"""127.0.0.1:{self.plain_port} inet n - n - - smtpd
    -o smtpd_tls_security_level=none
    -o mynetworks=127.0.0.0/8
    -o smtpd_relay_restrictions=permit_mynetworks,reject
    -o smtpd_recipient_restrictions=permit_mynetworks,reject
"""

    def domains(self) -> str:
        """The regexp table of who is inside."""
        return "/\\.(test|example)$/ OK\n/^patient\\.mssante\\.fr$/ OK\n"

    def answers(self) -> str:
        """The regexp table of people who cannot be written to."""
        return "".join(f"/^{name}@/ {answer}\n" for name, answer in ANSWERS.items())
