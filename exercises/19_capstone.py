"""Exercise 19: the capstone.

A training loop that a team could rely on: all that the course has taught, in one run, from an empty page.
"""

from __future__ import annotations

from pathlib import Path

from crystalball import scripts  # No such module? First: source .venv/bin/activate
from crystalball.capstone import Config


class RunLogger:
    """Writes one run; closes it, whatever happens inside its `with` block.

    Only what `train` leaves is judged. But everything that writes has a natural place in a class like
    this, a context manager: the loop reads better then, and the next project can use it again.
    """

    # TODO: yours to design.


def train(config: Config) -> Path:
    """Trains a generator of sprites, and logs all there is to know about it.

    Args:
        config: all parts of the training; what each of them is, `help(Config)` tells, or
            `checks/crystalball/capstone.py`.

    Returns:
        The `log_dir`, as a `Path` or a `str`: a fresh directory in `config.runs_dir`, named by the
        convention of exercise 2, for the optimizer's first learning rate.

    Raises:
        FloatingPointError: the loss of a training batch was not finite.
        Whatever a loader raises: the very same exception.

    How it trains: one optimizer step for each training batch, from its gradients alone, clipped to
    `config.max_norm`, with the model in training mode; after each epoch the validation, in evaluation
    mode, then one step of the scheduler. The training ends after `config.epochs` epochs, or before:
        - when the loss of a training batch (not of validation) was NaN or infinite: the epoch is
          finished, validated and logged all the same, then `FloatingPointError` is raised, even if
          patience has run out too. Whether the scheduler steps once more is open;
        - for want of progress. Count the epochs in a row whose `Loss/Validation` was not lower than the
          lowest before: an equal one adds 1, and so does NaN; a lower one sets the count back to 0. At
          `config.patience` the training stops.

    What must be logged, all in one run (E is the number of epochs that were trained, B that of the batches
    in each):
        `Loss/Batch`, at steps 1 to E * B: the loss of each batch.
        `Loss/Train`, `Loss/Validation` and `LearningRate`, at steps 1 to E: the mean losses over the
            samples, and the rate as the optimizer used it in the epoch.
        `Gradient/Norm`, and `Gradients/<p>` for each parameter, at steps 1 to E: of the epoch's last
            batch, before clipping; `Weights/<p>`: after the epoch.
        `Sprites/Generated`: what the model draws of `config.latents`, as in exercise 13, after epoch 1,
            each multiple of `config.every`, and epoch E.
        The model's graph, once, which changes nothing in the training; `Config`, once, at step 0:
            `config.hparams` as JSON, in a code fence or not; a custom layout, once, with a chart of
            `Loss/Train` and `Loss/Validation`: as in exercise 14.
        When the training stopped for want of progress, and before its last epoch, `config.epochs`:
            `Stopped/Epoch`, once, the number E at step E.
        When it came to its end, early or not, but without an error: `config.hparams` as hyperparameters,
            a list as its `str`, once, in the run itself, with the metrics `Final/Loss` and
            `Final/Validation` (at whatever step): both losses of epoch E.
    Of an epoch in which the loss of a training batch was not finite there are neither histograms
    nor drawings: no histogram can be made of NaN. Everything else of it is logged.

    All of it is on disk when the function ends, in whatever way, and no writer is open then: graph,
    `Config` and layout, too, after a `FloatingPointError`. When a loader raises, all of the completed
    epochs is there (graph, `Config` and layout may be missing; of the epoch that broke off the batches and
    the rate may be there, and where the validation loader raised, all that was learned of its training).
    """
    # TODO: all of it is yours.
    scripts.todo()


if __name__ == "__main__":
    scripts.show_capstone(train)
