"""The command group, the options that all commands share, and how an error is told: one line, and an exit code."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn, TypeAlias, TypeVar

import click

from ictss_monitor import __version__
from ictss_monitor.errors import CatalogueError, MonitorError, PeriodError, ProbeKindError, StoreError, UsageError

T = TypeVar("T")

COMMANDS: Final = {
    "run": ("ictss_monitor.cli.run", "run", "Watch the estate: the daemon, in the foreground"),
    "demo": ("ictss_monitor.cli.run", "demo", "Watch a small estate of servers that is broken on purpose"),
    "init": ("ictss_monitor.cli.catalogue", "init", "Write a starting catalogue"),
    "check-config": ("ictss_monitor.cli.catalogue", "check_config", "Say everything that is wrong with the catalogue"),
    "schema": ("ictss_monitor.cli.catalogue", "schema", "Print the catalogue's JSON schema, for editors"),
    "probe": ("ictss_monitor.cli.probe", "probe", "Run one probe now and show what it found"),
    "pause": ("ictss_monitor.cli.operate", "pause", "Stop probing a check for a while; its time becomes unknown"),
    "resume": ("ictss_monitor.cli.operate", "resume", "Probe a paused check again"),
    "status": ("ictss_monitor.cli.status", "status", "Show how every service stands, and which checks are not up"),
    "outages": ("ictss_monitor.cli.outages", "outages", "List the outages of a period"),
    "trend": ("ictss_monitor.cli.trend", "trend", "Show the curve of a measurement: run time, load, temperature"),
    "kpi": ("ictss_monitor.cli.kpi", "kpi", "Compute availability with bounds, coverage and target"),
    "explain": ("ictss_monitor.cli.explain", "explain", "Show how a figure came about, down to its digits"),
    "correct": ("ictss_monitor.cli.correct", "correct", "Say what the evidence does not: whose it was, or otherwise"),
    "maintenance": ("ictss_monitor.cli.maintenance", "maintenance", "Enter, list and end maintenance windows"),
    "seal": ("ictss_monitor.cli.seal", "seal", "Seal the figures of a period, or revise what is sealed"),
    "statements": ("ictss_monitor.cli.seal", "statements", "List and show sealed statements and drafts"),
    "recompute": ("ictss_monitor.cli.evidence", "recompute", "Work out figures anew from a file of evidence"),
    "report": ("ictss_monitor.cli.report", "report", "Write the report of a period, for a committee"),
    "import": ("ictss_monitor.cli.imports", "import_", "Take in histories from elsewhere"),
    "export": ("ictss_monitor.cli.exports", "export", "Write histories for other tools"),
    "audit": ("ictss_monitor.cli.audit", "audit", "See whether the record was changed; list what the ledger says"),
    "db": ("ictss_monitor.cli.operate", "db", "Create and upgrade the store"),
    "version": ("ictss_monitor.cli.version", "version", "Print the version"),
}
"""Name, where it lives, and the line that `--help` shows: kept here so that help imports nothing."""

WRONG_USE: Final = 64

EXIT_CODES: Final[dict[type[MonitorError], int]] = {
    UsageError: WRONG_USE,
    PeriodError: WRONG_USE,
    ProbeKindError: WRONG_USE,
    StoreError: 74,
    CatalogueError: 78,
    MonitorError: 70,
}
"""After sysexits.h: wrong use, input/output, configuration; what is left is software."""

EPILOG: Final = """\b
Exit codes: 0 done, 64 wrong use, 70 other, 74 store, 78 catalogue.
`probe`: 0 up, 1 degraded, 2 down, 3 unknown.
`demo`: 1 if the record is not what was done.
`audit verify`: 1 if the record was changed behind its back.

\b
To begin: init, check-config, db upgrade, run; then status, outages, kpi.
"""


Table: TypeAlias = Mapping[str, tuple[str, str, str]]
"""Commands as in `COMMANDS`."""


class LazyGroup(click.Group):
    """A group that imports a command only when it is called, so that `--help` and `--version` answer at once."""

    table: ClassVar[Table] = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in self.table:
            return None
        module, name, _ = self.table[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Add a near match to the message about an unknown command."""
        if args and args[0] not in self.table:
            raise click.UsageError(f"no command '{args[0]}'.{_near(args[0], self.table)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in self.table.items()])


def _near(name: str, table: Table) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, table, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command the path of the catalogue, and let `--config` stand after the command's name too."""

    def choose(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
        if path is not None:
            ctx.obj = path

    kind = click.Path(path_type=Path)
    text = "The catalogue, as before the command's name."
    return click.option("-c", "--config", type=kind, expose_value=False, callback=choose, help=text)(
        click.pass_obj(command)
    )


@click.command(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config"),
    envvar="ICTSS_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The catalogue: a YAML file, or a folder of them.",
)
@click.version_option(__version__, "-V", "--version", prog_name="ictss-monitor")
@click.pass_context
def group(ctx: click.Context, config: Path) -> None:
    """Watch an estate, record its outages, and compute availability that can be defended."""
    ctx.obj = config


def main() -> None:
    """Run the command line; end with one clear line on standard error where something is wrong."""
    _print_what_can_be_printed()
    try:
        code = group.main(prog_name="ictss-monitor", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(WRONG_USE)
    except click.UsageError as error:
        help_of = error.ctx.command_path if error.ctx else "ictss-monitor"
        _refuse([f"{error.format_message().rstrip('.')} (see {help_of} --help)"], WRONG_USE)
    except click.ClickException as error:
        _refuse([error.format_message()], WRONG_USE)
    except MonitorError as error:
        _tell(error)
    except BaseExceptionGroup as group_of_errors:
        told = _first_told(group_of_errors)
        if told is None:
            raise
        _tell(told)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def _print_what_can_be_printed() -> None:
    """Let a terminal without Unicode show a question mark, where the command would end in an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _tell(error: MonitorError) -> NoReturn:
    """End with the error; problems of the catalogue begin with file and line, as editors expect them."""
    if isinstance(error, CatalogueError):
        click.echo(str(error), err=True)
        sys.exit(_code_of(error))
    _refuse(str(error).splitlines(), _code_of(error))


def _code_of(error: MonitorError) -> int:
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


def _first_told(errors: BaseExceptionGroup[BaseException]) -> MonitorError | None:
    """Return the error for a person that ended a group of tasks; None where any of them is a bug."""
    told, bugs = errors.split(MonitorError)
    if told is None or bugs is not None:
        return None
    leaf: BaseException = told
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    return leaf if isinstance(leaf, MonitorError) else None


def _refuse(lines: list[str], code: int) -> NoReturn:
    for line in lines:
        click.echo(f"ictss-monitor: {line}", err=True)
    sys.exit(code)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on uvloop where it is installed, else on asyncio's own loop."""
    import asyncio  # only here: 40 ms that `--help` and `--version` need not spend

    try:
        import uvloop
    except ImportError:  # pragma: no cover  # it is a dependency wherever it can be built
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
