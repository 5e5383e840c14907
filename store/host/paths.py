"""Where one store lives: every path of an installation is named here and nowhere else.

The home must be ours alone and on a local disk: SQLite's write-ahead log loses data over a
network file system, and a readable home makes the encryption pointless.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from store.errors import NeedsUser, Usage

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"}
)


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one person's store."""

    root: Path

    @property
    def database(self) -> Path:
        """The encrypted SQLite file."""
        return self.root / "mail.db"

    @property
    def directory(self) -> Path:
        """The imported directory, encrypted too (docs/decisions/0008-directory-file.md)."""
        return self.root / "directory.db"

    def extract_part(self, source_id: int) -> Path:
        """Where an extract is kept while it is being fetched."""
        return self.root / f"extract-{source_id}.part"

    @property
    def keys(self) -> Path:
        """The wrapped data key (store/host/keys.py)."""
        return self.root / "keys.json"

    @property
    def secrets(self) -> Path:
        """Passwords sealed by the data key (store/host/secrets.py)."""
        return self.root / "secrets.sealed"

    @property
    def drop_rules(self) -> Path:
        """The rules of the watched folders, written by hand and by `pli drop add`."""
        return self.root / "drop.toml"

    @property
    def lock(self) -> Path:
        """Held by the node while it runs (store/host/lock.py)."""
        return self.root / "node.lock"

    @property
    def log(self) -> Path:
        """Ids, sizes and codes; never words from a letter."""
        return self.root / "pli.log"

    @property
    def settings(self) -> Path:
        """What the person chose about the screen (tui/settings.py); no secret in it."""
        return self.root / "settings.toml"

    def exists(self) -> bool:
        """True once `pli init` has finished here."""
        return os.path.exists(self.keys)  # False, too, where we may not look

    def must_exist(self) -> None:
        """Nothing, where there is a store that could be opened.

        Raises:
            Usage: `store.no_home`, nothing was ever created here.
            NeedsUser: `store.keys_missing`: the letters are here, and nothing that opens them.
        """
        if self.exists():
            return
        self.check_no_letters()
        raise Usage("store.no_home", home=str(self.root))

    def check_no_letters(self) -> None:
        """Refuse to go on where a database lies without its keys: new ones would not open it.

        Raises:
            NeedsUser: `store.keys_missing`.
        """
        if os.path.exists(self.database):
            raise NeedsUser("store.keys_missing", home=str(self.root))

    def create(self) -> None:
        """Make the directory, for its owner only. An existing one must pass `check`.

        Raises:
            Usage: `store.home_not_made`.  NeedsUser: as `check`.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Usage("store.home_not_made", home=str(self.root)) from error
        self.check()

    def check(self) -> None:
        """Refuse a home that others can read, that is not ours, or that is not on a local disk.

        Raises:
            Usage: `store.no_home`, nothing was ever created there.
            NeedsUser: `store.home_not_private`, `store.home_not_ours`, `store.network_disk`.
        """
        if not self.root.is_dir():
            raise Usage("store.no_home", home=str(self.root))
        facts = self.root.stat()
        if facts.st_uid != os.geteuid():
            raise NeedsUser("store.home_not_ours", home=str(self.root))
        if facts.st_mode & 0o077:
            raise NeedsUser("store.home_not_private", home=str(self.root))
        if file_system(self.root) in NETWORK_FILE_SYSTEMS:
            raise NeedsUser("store.network_disk", home=str(self.root))


def default_home() -> Home:
    """PLI_HOME, else the data directory of the XDG base directory specification."""
    if named := os.environ.get("PLI_HOME"):
        return Home(Path(named))
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Home(Path(data) / "pli")


def file_system(path: Path, mounts: str | None = None) -> str:
    """The type of the file system `path` is on ('ext4', 'nfs4'...), '' when it cannot be told.

    `mounts` is the text of /proc/self/mounts; given by tests.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(errors="replace")
        except OSError:
            return ""
    target, best, kind = os.path.realpath(path), "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
