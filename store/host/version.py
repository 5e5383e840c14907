"""The version of this Pli, for `pli --version` and pyproject.toml."""

VERSION = "0.1.0"
