"""The mail readers whose screens Pli's is measured beside, each on the same letters in a Maildir.

Each has the keys that do what Pli's do, a configuration that sorts by date, newest first, and its
cache of headers where it has one. None encrypts what it reads.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers import first_number
from tests.meta.sources import ROOT
from tests.servers.process import CannotRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A program with a list of letters, as a terminal runs it."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str]
    cwd: Path = ROOT
    down: str = "j"
    page: str = "\x1b[6~"
    open_letter: str = "\r"
    back: str = "q"


def pli(home: Path, key_file: Path) -> Reader:
    """Ours."""
    command = (sys.executable, "-m", "tui.cli", "--home", str(home), "--key-file", str(key_file))
    return Reader(name="Pli", command=command, env={"PLI_LANG": "fr"}, back="h")


def mutt(root: Path, mail: Path) -> Reader:
    """mutt and its cache of headers; its manual's advice for large mailboxes."""
    return _of_the_mutts("mutt", root, mail)


def neomutt(root: Path, mail: Path) -> Reader:
    """The same of neomutt."""
    return _of_the_mutts("neomutt", root, mail)


def _of_the_mutts(name: str, root: Path, mail: Path) -> Reader:
    settings = root / f"{name}rc"
    settings.write_text(f"""
set mbox_type=Maildir
set folder="{mail}"
set spoolfile="{mail}/INBOX"
set header_cache="{root}/{name}.cache"
set sort=reverse-date
set charset=utf-8
set quit=yes
set mark_old=no
set timeout=600
set mail_check=600
""")
    command = (_installed(name), "-n", "-F", str(settings))
    return Reader(name=name, command=command, env={"HOME": str(root)}, cwd=root)


def aerc(root: Path, mail: Path) -> Reader:
    """aerc, whose Maildir keeps no cache."""
    config = root / "aerc"
    config.mkdir()
    accounts = config / "accounts.conf"
    accounts.touch(mode=0o600)
    accounts.write_text(
        f"[banc]\nsource = maildir://{mail}\ndefault = INBOX\nfrom = A <a@sante.test>\n"
    )
    (config / "aerc.conf").write_text("[ui]\nsort = -r date\n")
    env = {"HOME": str(root), "XDG_CONFIG_HOME": str(root), "XDG_CACHE_HOME": str(root / "cache")}
    command = (_installed("aerc"),)
    return Reader(name="aerc", command=command, env=env, cwd=root, page="\x06")


PEERS = (aerc, neomutt, mutt)


def _installed(name: str) -> str:
    """Where it lies.

    Raises:
        CannotRun: it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise CannotRun(f"{name} is not installed: apt-get install {name}")
    return found


def version(name: str) -> str:
    """As it says itself."""
    env = os.environ | {"TERM": "xterm"}
    told = subprocess.run([name, "-v"], capture_output=True, text=True, check=False, env=env)
    return f"{name} {first_number(told.stdout + told.stderr)}"
