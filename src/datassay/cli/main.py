"""`datassay`: the group of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any

import click

from datassay.cli.stopping import TERMINATED, Terminated, is_terminated, raising_on_sigterm

#: Command -> one-line help; the module is loaded when the command runs, so that `--help` answers at once.
COMMANDS = {
    "demo": "Build a real, versioned dataset with planted faults and audit it.",
    "init": "Turn a DVC repository into a datassay project.",
    "suggest": "Propose a suite from the data, or from another tool's rules.",
    "audit": "Audit a dataset at a rev and write its report.",
    "swamp": "Find columns that are stored and never used.",
    "gate": "Turn the last report into an exit code.",
    "report": "Render a report again, or open it.",
    "review": "Give labels to reviewers, take answers back, correct the data.",
    "history": "Show past audits, and what came of their forecasts.",
    "selftest": "Plant known wrong labels in a copy and show what the audit finds.",
    "list": "List datasets and how their last audit ended.",
    "schema": "Print the JSON Schema of a definition or a report.",
    "doctor": "Check versions, remote, server, telemetry and write access.",
    "completion": "Print the shell's completion script.",
}

#: What to do about an operating system's answer that no room has explained.
HINTS = {
    errno.ENOSPC: " Free some space where the project's .datassay and reports folders lie, and run again.",
    errno.EROFS: " Audit where you may write: .datassay and reports lie in the project's root.",
    errno.EACCES: " Audit where you may write: .datassay and reports lie in the project's root.",
}

ENDED = "terminated; nothing was left half written."

EPILOG = """\b
Exit codes: 0 done, gate passed · 1 the data failed the gate · 2 wrong usage or definition
3 could not measure (try again) · 4 inconclusive · 5 files not delivered
130 interrupted (Ctrl-C) · 143 terminated (SIGTERM)

\b
First steps:
  datassay demo                                      a report of a real dataset in three minutes
  datassay init --from data/x.parquet --label y      a proposed definition and suite for your data
  datassay audit x && datassay gate x                what a nightly job or CI runs
"""


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads them when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which a new user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"datassay.cli.{cmd_name}").command
        _keep_lines(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of that name."""
        from datassay.errors import suggest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = suggest(args[0], list(COMMANDS))
            raise click.UsageError(f"No command {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="datassay", message="datassay %(version)s")
@click.option("-v", "--verbose", is_flag=True, help="Show the engines' own logs and full tracebacks.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def group(ctx: click.Context, *, verbose: bool, quiet: bool) -> None:
    """Audit versioned datasets: is an hour of cleaning worth more than a day of collecting?"""  # noqa: D400
    ctx.obj = {"verbose": verbose, "quiet": quiet}


def _keep_lines(command: click.Command) -> None:
    r"""Turn the \b of raw docstrings into the character by which click keeps a paragraph's lines apart."""
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    for part in getattr(command, "commands", {}).values():
        _keep_lines(part)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with its code, which README.md explains."""
    with raising_on_sigterm():
        code = run(args)
    sys.exit(code)


def run(args: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    from datassay.errors import DatassayError

    given = sys.argv[1:] if args is None else args
    is_verbose = "-v" in given or "--verbose" in given
    try:
        result: Any = group.main(args=given, prog_name="datassay", standalone_mode=False)
    except DatassayError as exc:
        if is_verbose:
            _print_traceback()
        return _fail(str(exc), exc.exit_code)
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted; nothing was left half written.", 130)
    except Terminated:
        return _fail(ENDED, TERMINATED)
    except click.ClickException as exc:
        exc.show()
        return 2
    except BrokenPipeError:
        # The reader of a pipe has left; Python would complain again while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as exc:
        if is_verbose:
            _print_traceback()
        where = f" ({exc.filename})" if exc.filename else ""
        hint = HINTS.get(exc.errno or 0, "")
        return _fail(f"{exc.strerror or type(exc).__name__}{where}.{hint}", 3)
    except Exception as exc:  # noqa: BLE001 - a crash is one line and exit code 3, the rest on demand
        if is_verbose:
            _print_traceback()
        return _fail(f"stopped by {type(exc).__name__}. Run 'datassay -v …' for the details.", 3)
    return result if isinstance(result, int) else 0


def _fail(line: str, code: int) -> int:
    if is_terminated():
        line, code = ENDED, TERMINATED
    click.echo(f"datassay: {line}", err=True)
    return code


def _print_traceback() -> None:
    import traceback

    traceback.print_exc()
