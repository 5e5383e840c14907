"""Octets read beside the connection that writes.

After a page that the disk has damaged SQLCipher refuses everything on a connection. One letter that
cannot be read would thus end whatever is under way for the others: an answer that was heard could
not be written down. Read by a connection of their own, damaged octets cost that one alone.
"""

from __future__ import annotations

from store.db import blobs
from store.db.open import Connection, StoreBroken
from store.errors import Permanent
from store.model.ids import BlobId


class Beside:
    """Opens when the first octets are wanted. Used by the thread that made it."""

    def __init__(self, db: Connection) -> None:
        self._again = db.again
        self._open: Connection | None = None

    def get(self, name: BlobId) -> bytes:
        """The octets called `name`, verified.

        Raises:
            Permanent: `blob.missing`, `blob.damaged`.
            Transient: `store.busy`.
        """
        if self._open is None:
            self._open = self._again()
        try:
            return blobs.get(self._open, name)
        except StoreBroken as error:
            self.close()
            raise Permanent("blob.damaged") from error

    def close(self) -> None:
        """Until something is wanted again."""
        if self._open is not None:
            self._open.close()
            self._open = None
