"""The command line."""

from sopbench.cli.commands import main

__all__ = ["main"]
