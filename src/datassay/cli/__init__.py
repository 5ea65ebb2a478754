"""The command line: one file per command; parse, call, print, exit code."""

from datassay.cli.main import main

__all__ = ["main"]
