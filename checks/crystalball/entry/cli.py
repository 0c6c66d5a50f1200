"""The `crystalball` command, and the page that it shows without a subcommand."""

from __future__ import annotations

import click

from crystalball.entry import instructor_commands as instructor
from crystalball.entry import learner_commands as learner
from crystalball.entry.terminal import clear_errors, kit_root, say, terminal_signs, terminal_width
from crystalball.learner.overview import next_step, progress_table
from crystalball.learner.progress import Progress
from crystalball.words.commands import all_done


@click.group(invoke_without_command=True)
@click.pass_context
@clear_errors
def main(context: click.Context) -> None:
    """Learn to log PyTorch training to TensorBoard.

    Without a command: where you are, and what comes next.
    """
    if context.invoked_subcommand is None:
        root = kit_root()
        progress, signs = Progress.load(root), terminal_signs()
        following = progress.next_exercise
        ending = all_done() if following is None else next_step(following, root)
        say(progress_table(progress, signs, terminal_width()), "", ending)


for command in (
    *(learner.hint, learner.watch, learner.board, learner.reset, learner.solution),
    *(learner.certificate, learner.run),
    *(instructor.verify, instructor.grade, instructor.diff, instructor.doctor),
):
    main.add_command(command)


if __name__ == "__main__":
    main()
