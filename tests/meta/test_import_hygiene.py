"""What is loaded when: a command answers at once, and the model drags nothing in."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.meta.sources import ROOT, modules, none, shown


def loaded_by(statement: str) -> set[str]:
    """The top-level packages in memory after `statement`, those of a bare interpreter excepted."""
    script = (
        "import sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "sys.stdout.write(' '.join({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_the_command_line_loads_neither_the_node_nor_the_screen() -> None:
    heavy = {"sync", "textual", "rich", "cryptography", "sqlcipher3", "asyncio", "ssl", "email"}
    none(loaded_by("import tui.cli") & heavy, "loaded")


def test_the_help_of_the_command_line_loads_no_command() -> None:
    statement = "import tui.cli, io; sys.stdout = io.StringIO(); tui.cli.run(['--help'])"
    heavy = {"sync", "textual", "cryptography", "sqlcipher3"}
    none(loaded_by(f"{statement}; sys.stdout = sys.__stdout__") & heavy, "loaded")


@pytest.mark.parametrize("path", modules("store/model"), ids=shown)
def test_the_model_is_standard_library_only(path) -> None:
    module = shown(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    loaded = loaded_by(f"import {module}")
    none(loaded - set(sys.stdlib_module_names) - {"store"}, "loaded")


def test_the_screen_loads_no_network_no_mail_parser_and_no_cipher_but_the_stores() -> None:
    statement = "import tui.start; tui.start._load_no_tls(); import tui.app, tui.screens.mail"
    loaded = loaded_by(f"{statement}; del sys.modules['ssl']")
    none(loaded & {"sync", "aioimaplib", "aiosmtplib", "_ssl", "cryptography"}, "loaded")


def test_a_store_that_lacks_no_migration_is_opened_without_what_applies_them() -> None:
    none(loaded_by("import store.db.migrate, tui.app") & {"sqlite_utils", "dateutil"}, "loaded")


def test_a_pass_loads_the_engines_only_when_they_have_work() -> None:
    heavy = {"asn1crypto", "ldap3", "pkcs11", "pypdfium2", "reportlab", "pymap"}
    none(loaded_by("import sync.commands.run") & heavy, "loaded")
