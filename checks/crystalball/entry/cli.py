"""The `crystalball` command, and the page that it shows without a subcommand."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from crystalball.entry.terminal import KitError, clear_errors, kit_root, say, terminal_signs, terminal_width
from crystalball.learner.overview import progress_table, where_next
from crystalball.learner.progress import Progress

FOR_LEARNERS = {
    **dict.fromkeys(("hint", "watch", "board", "reset", "solution", "update"), "learner_commands"),
    **dict.fromkeys(("certificate", "run", "notebook"), "learner_commands"),
    "doctor": "doctor_command",
}
"""The commands that a hand-out has too, and the module of each."""

FOR_INSTRUCTORS = {
    **dict.fromkeys(("verify", "grade", "diff"), "instructor_commands"),
    **dict.fromkeys(("course", "handout", "new"), "course_commands"),
    "merge": "merge_command",
    "export": "export_command",
    "autograder": "autograder_command",
    "report": "report_command",
    "init": "init_command",
}
"""The others."""


class Commands(click.Group):
    """The commands whose modules are there: a hand-out has only some. A module is imported when needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, as help lists them."""
        named = (FOR_LEARNERS | FOR_INSTRUCTORS).items()
        return [name for name, module in named if find_spec(f"crystalball.entry.{module}")]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a name; `None` for none."""
        if name not in self.list_commands(ctx):
            return None
        module = import_module(f"crystalball.entry.{(FOR_LEARNERS | FOR_INSTRUCTORS)[name]}")
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command. Nobody is shown a traceback of ours: it is kept in a file, and told in a line."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            raise KitError(error) from None


@click.group(cls=Commands, invoke_without_command=True)
@click.option("--version", is_flag=True, help="Show the version; with --verbose, all that it runs on.")
@click.option("--verbose", is_flag=True, hidden=True)
@click.pass_context
@clear_errors
def main(context: click.Context, version: bool, verbose: bool) -> None:
    """Learn to log PyTorch training to TensorBoard.

    Without a command: where you are, and what comes next.
    """
    if version:
        from crystalball.entry import self_report

        say(self_report.self_report(terminal_signs())[0] if verbose else self_report.version())
        context.exit()
    if context.invoked_subcommand is None:
        root = kit_root()
        progress, signs = Progress.load(root), terminal_signs()
        say(progress_table(progress, signs, terminal_width()), "", where_next(progress, root))


if __name__ == "__main__":
    main()
