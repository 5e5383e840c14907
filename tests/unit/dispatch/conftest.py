"""Whatever a dispatch has built here, its CDA and its METADATA are valid."""

from __future__ import annotations

from tests.unit.documents.conftest import _every_package_is_valid as _every_package_is_valid
