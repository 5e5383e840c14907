"""`pli` as a person runs it, on a store of its own, for tests of the whole line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.db.open import Connection, connect
from store.host.keys import unlock
from store.host.lock import node_runs
from store.host.paths import Home
from store.model.account import Account
from tests.servers.world import MailWorld
from tui.cli import run

ROOT = Path(__file__).parents[2]


@dataclass
class Pli:
    """`pli` on a store of its own."""

    home: Home
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    world: MailWorld
    said: str = field(default="")

    def __call__(self, *words: str, body: bytes = b"") -> int:
        """Run it; what it said on standard error is in `said`, and `facts` reads the rest."""
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
        code = run([*words, "--home", str(self.home.root), "--key-file", str(self.key_file)])
        captured = self.capsys.readouterr()
        self.out, self.said = captured.out, captured.err
        return code

    @property
    def key_file(self) -> Path:
        return self.home.root.parent / "node.key"

    def facts(self, *words: str) -> list[dict[str, object]]:
        assert self(*words, "--json") == 0, self.said
        return [json.loads(line) for line in self.out.splitlines()]

    def add(self, account: Account, name: str = "cabinet", **changes: str) -> int:
        options = {
            "imap": str(account.imap),
            "smtp": str(account.smtp),
            "tls": account.tls.value,
            "user": account.user,
            "address": account.address,
            "password-file": str(self.world.dovecot.password_file(account.user)),
            "ca": account.ca,
        } | {key.replace("_", "-"): value for key, value in changes.items()}
        return self("account", "add", name, *(w for k, v in options.items() for w in (f"--{k}", v)))

    def node(self) -> subprocess.Popen[bytes]:
        """The real node, in a process of its own."""
        environment = os.environ | {
            "PLI_HOME": str(self.home.root),
            "PLI_KEY_FILE": str(self.key_file),
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", "node"], cwd=ROOT, env=environment
        )
        until(lambda: node_runs(self.home))
        return child


def opened(pli: Pli) -> closing[Connection]:
    """The store behind it, for what no command changes."""
    return closing(connect(pli.home, unlock(pli.home, key_file=pli.key_file)))


def until(happened: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something to become true, and fail when it does not."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
