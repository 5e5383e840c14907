"""Each thing that goes wrong gives one sentence and the documented exit code: 0, 1, 2 or 3."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from store.host import keys
from tui.cli import COMMANDS, run

ROOT = Path(__file__).parents[3]


@pytest.fixture
def pli(home, key, key_file, capsys):
    """Run `pli` on a store just made; returns (exit code, what it said on standard error)."""

    def call(*words: str, unlocked: bool = True) -> tuple[int, str]:
        options = ["--home", str(home.root)]
        options += ["--key-file", str(key_file)] if unlocked else []
        code = run([*words, *options])
        return code, capsys.readouterr().err

    return call


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command, capsys):
    assert run([command, "--help"]) == 0
    assert "pli " + command in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--frob"], "--frob"),
        (["frob"], "frob"),
        (["list"], "MAILBOX"),
        (["list", "inbox", "--limit", "zero"], "--limit"),
        (["sync", "personne"], "personne"),
        (["account", "check", "personne"], "personne"),
        (["list", "nulle-part"], "nulle-part"),
        (["show", "99"], "99"),
        (["mark", "--mailbox", "inbox"], "--seen"),
        (["send", "--to", "b@b.example", "--subject", "s"], "compte"),
        (["drop", "run", "--once"], "dossier"),
        (["account", "add", "x y", "--imap", "h:1", "--smtp", "h:1", "--user", "u"], "x y"),
        (["account", "add", "x", "--imap", "h:port", "--smtp", "h:1", "--user", "u"], "--imap"),
        (["account", "add", "x", "--imap", "h:1", "--smtp", "h:1", "--user", "u"], "--password"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(pli, words, said):
    code, sentence = pli(*words)
    assert (code, sentence.count("\n")) == (2, 1), sentence
    assert sentence.startswith("pli: ")
    assert said in sentence


NOT_ENGLISH = re.compile(
    r"\b(the|is|not|option|requires|argument|unexpected|invalid|missing)\b", re.I
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--frob"], "L'option --frob n'existe pas"),
        (["--frob"], "L'option --frob n'existe pas"),
        (["frob"], "La commande frob n'existe pas"),
        (["account", "frob"], "« pli account --help »"),
        (["drop"], "Il manque une commande après « pli drop »"),
        (["list"], "Il manque 'MAILBOX'"),
        (["send", "--to", "b@b.example"], "Il manque '--subject'"),
        (["status", "--json=oui"], "--json ne prend pas de valeur"),
        (["list", "inbox", "--limit", "zero"], "écrivez un nombre entier, 1 au moins"),
        (["list", "inbox", "--limit", "0"], "écrivez un nombre entier, 1 au moins"),
        (["show", "un"], "écrivez un nombre entier"),
        (["status", "--key-fd", "x"], "écrivez un nombre entier"),
        (["account", "set", "x", "--tls", "clair"], "choisissez parmi implicit, starttls"),
        (["account", "set", "x", "--password-file", "/nulle/part"], "n'existe pas"),
        (["account", "set", "x", "--client-cert", "/"], "simple fichier"),
        (["account", "set", "x", "--imap", "h:port"], "écrivez HÔTE:PORT"),
        (["status", "en", "trop"], "Il y a des mots en trop : en trop"),
        (["move", "1"], "Il manque '--to'"),
        (["drop", "dismiss"], "Il manque 'ID...'"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_said_in_french(pli, words, said):
    code, words_said = pli(*words)
    assert (code, words_said.count("\n")) == (2, 1), words_said
    assert said in words_said
    assert not NOT_ENGLISH.search(words_said.replace("L'option", "")), words_said


@pytest.mark.parametrize("group", ["account", "drop"])
def test_a_command_that_is_not_finished_says_so(group, capsys):
    assert run([group]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"Il manque une commande après « pli {group} »" in said


def test_an_option_without_its_value_is_said(capsys):
    assert run(["list", "inbox", "--limit"]) == 2
    assert "L'option --limit demande une valeur" in capsys.readouterr().err


def test_and_in_english_for_who_reads_english(pli, monkeypatch):
    monkeypatch.setenv("PLI_LANG", "en")
    code, sentence = pli("list", "inbox", "--limit", "zero")
    assert (code, "write a whole number, 1 or more" in sentence) == (2, True)


def test_a_locked_store_is_code_3(pli):
    code, sentence = pli("status", unlocked=False)
    assert (code, sentence.count("\n")) == (3, 1)


def test_a_wrong_passphrase_is_code_3(home, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(keys, "MEMORY_KIB", 64)
    good, bad = tmp_path / "good", tmp_path / "bad"
    for path, words in ((good, "trois petits chats"), (bad, "deux petits chiens")):
        path.write_text(words + "\n")
        path.chmod(0o600)
    base = ["--home", str(home.root), "--passphrase-file"]
    assert run(["init", *base, str(good)]) == 0
    assert run(["status", *base, str(good)]) == 0
    capsys.readouterr()
    assert run(["status", *base, str(bad)]) == 3
    assert "phrase de passe" in capsys.readouterr().err


def test_init_never_overwrites_a_store(home, key, key_file, capsys):
    before = home.keys.read_bytes()
    assert run(["init", "--home", str(home.root), "--key-file", str(key_file)]) == 2
    assert home.keys.read_bytes() == before


def test_a_home_that_does_not_exist_is_code_2(tmp_path, capsys):
    assert run(["status", "--home", str(tmp_path / "nowhere")]) == 2


def test_a_refused_account_leaves_nothing_behind(pli, capsys):
    pli("account", "add", "x", "--imap", "h:1", "--smtp", "h:1", "--user", "u", "--ca", "/none")
    pli("account", "list")
    assert capsys.readouterr().out == ""


def test_an_unreachable_server_is_one_sentence_and_code_1(pli, tmp_path):
    password = tmp_path / "pw"
    password.touch(mode=0o600)
    password.write_text("secret\n")
    server = "127.0.0.1:1"  # tcpmux: nobody listens there
    added, _ = pli(
        *("account", "add", "x", "--imap", server, "--smtp", server, "--user", "u"),
        *("--password-file", str(password)),
    )
    code, sentence = pli("sync")
    assert (added, code) == (0, 1)
    assert "127.0.0.1" in sentence
    assert "secret" not in sentence


def test_help_loads_neither_the_node_nor_the_screen():
    script = (
        "import sys; from tui.cli import run; run(['--help']);"
        "print([m for m in ('sync', 'textual', 'cryptography', 'sqlcipher3') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.endswith("[]\n")


def test_a_reader_that_leaves_early_sees_no_noise(home, key, key_file):
    environment = os.environ | {"PLI_HOME": str(home.root), "PLI_KEY_FILE": str(key_file)}
    with subprocess.Popen(
        [sys.executable, "-m", "tui.cli", "status"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
        child.wait(30)
