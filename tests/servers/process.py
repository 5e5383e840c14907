"""Running somebody else's server for the length of a test: ports, waiting, stopping, whose uid.

Only what this process started is ever stopped, by its own process id.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PORTS = range(10_000, 32_000)
INSTALL = {
    "dovecot": "apt-get install dovecot-imapd dovecot-lmtpd dovecot-pop3d",
    "postfix": "apt-get install postfix",
    "mbsync": "apt-get install isync",
    "msmtp": "apt-get install msmtp",
    "openssl": "apt-get install openssl",
    "smtp-source": "apt-get install postfix",
    "strace": "apt-get install strace",
    "tmux": "apt-get install tmux",
}


class CannotRun(Exception):
    """A server could not be started; the message says what to install, or its last log lines."""


def program(name: str) -> str:
    """Where `name` is installed, /usr/sbin included (it is not on every person's PATH).

    Raises:
        CannotRun: it is not installed; says how to install it.
    """
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    if found := shutil.which(name, path=path):
        return found
    raise CannotRun(f"{name} is not installed: {INSTALL.get(name, 'install ' + name)}")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now.

    Below those that systems give to whoever connects, and drawn: until its server listens, neither
    a connection nor another test that draws at this moment is likely to take it.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def unprivileged() -> pwd.struct_passwd:
    """Who a server runs as: us, or `mail` when we are root."""
    return pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("mail")


def give(path: Path, owner: pwd.struct_passwd) -> None:
    """Make `path` and all below it `owner`'s. Nothing to do unless we are root."""
    for part in [path, *path.rglob("*")]:
        give_one(part, owner)


def give_one(path: Path, owner: pwd.struct_passwd) -> None:
    """Make `path` alone `owner`'s."""
    if os.getuid() == 0:
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def wait_until(
    true: Callable[[], object], what: str, seconds: float = 10.0, every_seconds: float = 0.005
) -> None:
    """Return as soon as `true()` is; never later than `seconds`.

    Raises:
        TimeoutError: it did not become true; says `what` was awaited.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(every_seconds)


def greets(port: int, greeting: bytes) -> bool:
    """Whether a server on that port of 127.0.0.1 opens with `greeting`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            return line.recv(len(greeting)) == greeting
    except OSError:
        return False


def listens(port: int) -> bool:
    """Whether anybody accepts connections on that port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def kill(server: subprocess.Popen[bytes]) -> None:
    """End a server whose files nobody wants any more, and the children of its own session.

    Dovecot takes a second to end in order, whatever it does.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def stop(server: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """End a server and the children of its own session."""
    if server.poll() is None:
        server.terminate()
    try:
        server.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=seconds)
