"""Mistakes in the life of a writer: opened, closed, and what happens when something is raised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

from crystalball.cases.inside.parts import EarlyStop, Live, LoaderFailure
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.outcomes.end import LOADER_ERROR, End, Raised, Returned, returned_run
from crystalball.outcomes.outcome import Outcome

FAILED = Raised(LOADER_ERROR)

OWN = ("FloatingPointError",)
"""What a contract lets the learner's code raise itself."""

KINDS = (("RuntimeError", "OSError"), ("KeyboardInterrupt",), ("SystemExit",))
"""What the loader of a case may raise: what an `except Exception` sees, and what it does not."""

ANY_ERROR = sum(KINDS, ())
"""All of that."""

CAUGHT = tuple(sum(some, ()) for count in (3, 1, 2) for some in combinations(KINDS, count))
"""What a program may treat in another way than the rest: all of it, or one kind, or two."""


def _open(truth: Outcome, context: Context) -> int:
    """The number of open writers, adopted from the observation: at least one."""
    return max(1, context.seen.open_writers if context.seen else 1)


@mistake(
    Aspect.LIFETIME,
    "The writer was still open when the function ended: what it has not yet written may be lost, and "
    "`flush()` does not close it.",
    "Use `with SummaryWriter(log_dir) as writer:` around all that logs, or call `writer.close()` in a "
    "`finally:`.",
)
def not_closed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A writer is left open, always or when the call comes to its end; and what was not flushed is lost."""
    raised = any(isinstance(end, Raised) for end in truth.ends)
    live = context.case.find(Live) is not None  # elsewhere, all is flushed for the writer
    for kept in (None, None if raised else -1, 0):
        left = truth.sliced(slice(kept)) if live else truth
        yield replace(left, open_writers=_open(truth, context))
        yield truth if raised else replace(left, open_writers=_open(truth, context))


@mistake(
    Aspect.LIFETIME,
    "The writer was flushed but not closed: it was still open when the function ended.",
    "Call `writer.close()` as well, or use `with SummaryWriter(log_dir) as writer:`.",
)
def only_flushed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The same evidence as `not_closed`; the manifest says so."""
    yield from not_closed(truth, context)


@mistake(
    Aspect.LIFETIME,
    "The run holds more than one event file: a second writer was made for it, or something was logged "
    "after `close()`, which silently starts another file.",
    "Make one writer for the whole run, before the loop, and close it once, after the last point.",
    last_resort=True,
)
def several_event_files(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """More files in the run, the last of which may be open.

    Some runs may have one alone: how many there are is adopted.
    """
    example = truth.map_runs(lambda run: replace(run, files=2))
    seen = context.seen or replace(example, open_writers=1)
    files = dict(enumerate(run.files for run in seen.runs))
    runs = (replace(run, files=max(1, files.get(index, 1))) for index, run in enumerate(truth.runs))
    yield replace(truth, runs=tuple(runs), open_writers=seen.open_writers)


@mistake(
    Aspect.LIFETIME,
    "Something was logged after `close()`, which silently starts another event file.",
    "Close the writer once, after the last point.",
)
def logged_after_close(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The same evidence as `several_event_files`; the manifest says so."""
    yield from several_event_files(truth, context)


@mistake(
    Aspect.LIFETIME,
    "The writer is closed when all goes well, but not on every way out: after an exception it was open, as "
    "it is, too, where something is logged after `close()`.",
    "Close it in `finally:`, or use it in a `with` around the loop: `with SummaryWriter(…) as writer:`; "
    "and log nothing with it after that.",
)
def closed_only_on_success(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A writer is left open where something is raised: anything, or only what somebody forgot to catch."""
    ends = [end for end in truth.ends if isinstance(end, Raised)]
    raised = [context.training.error if end == FAILED else end.error for end in ends]
    writers = _open(truth, context)
    if len(ends) < len(truth.ends) and writers > len(ends):  # so a call that went well left one open
        writers = 0
    for errors in (*CAUGHT, *(some + OWN for some in CAUGHT)):
        left = any(error in errors for error in raised)
        yield replace(truth, open_writers=writers if left else 0)
    for in_any_epoch in (False, True):
        left = bool(ends) and _fails_at_once(context, in_any_epoch=in_any_epoch)
        yield replace(truth, open_writers=writers if left else 0)
    failure = context.training.find(LoaderFailure)
    for errors in CAUGHT:
        left = failure is not None and failure.error in errors  # though it was swallowed
        yield replace(truth, open_writers=_open(truth, context) if left else 0)


def _fails_at_once(context: Context, *, in_any_epoch: bool = False) -> bool:
    """Whether the loader fails at the first batch of all, or of its epoch."""
    failure = context.training.find(LoaderFailure)
    if failure is None or failure.of_validation:
        return False
    return failure.batch == 0 and (in_any_epoch or failure.epoch == 0)


def _ended(
    truth: Outcome, context: Context, how: type[End], example: End, own: tuple[str, ...] = ()
) -> Iterator[Outcome]:
    """The loader's error did not reach the caller: the call ended as it was seen to.

    One way for each choice of the kinds of errors that are caught, of all loaders or of one of them, and
    one for those of the first batch of all, or of an epoch; and of `own` ones, with what is an `Exception`.
    """
    seen = context.seen.ends if context.seen else (example,)
    adopted = tuple(end for end in seen if isinstance(end, how) and end != FAILED)
    failure = context.training.find(LoaderFailure)
    of_validation = failure is not None and failure.of_validation
    choices = [*product(CAUGHT, ((False, True), (False,), (True,)))]
    choices += [(some + own, (False, True)) for some in CAUGHT if own and "RuntimeError" in some]
    raised = [end.error for end in truth.ends if isinstance(end, Raised) and end.error in own]
    raised += [context.training.error] * (FAILED in truth.ends)
    for errors, loaders in choices:
        caught = any(error in errors for error in raised) and of_validation in loaders
        yield replace(truth, ends=adopted or (example,)) if caught else truth
    for in_any_epoch in (False, True):
        at_once = FAILED in truth.ends and _fails_at_once(context, in_any_epoch=in_any_epoch)
        yield replace(truth, ends=adopted or (example,)) if at_once else truth


@mistake(
    Aspect.END,
    "An error was swallowed that should reach the caller, who believes that the training went well.",
    "Clean up in `finally:`, which lets the error go on when no `return`, `break` or `continue` stands "
    "in it; where you catch it, end with a bare `raise`; an `__exit__` returns nothing.",
)
def error_swallowed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The call returns although the loader raised, or the code itself did, as the contract has it."""
    own = OWN if context.training.find(EarlyStop) else ()
    yield from _ended(truth, context, Returned, returned_run(), own)


@mistake(
    Aspect.END,
    "Another error reached the caller than the one that the loader raised.",
    "Let the error go on as it is: a bare `raise`, or no `except` at all. Where you raise no other one, "
    "look for code of yours that runs after it, and fails itself because an epoch is not complete.",
)
def error_replaced(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The call raises something else."""
    yield from _ended(truth, context, Raised, Raised("ValueError"))


@mistake(
    Aspect.VALUE,
    "Where the loader raises, nothing of the epochs completed before that is on disk.",
    "Log each epoch as soon as it is completed, not all of them after the training.",
)
def all_lost_on_error(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No points where the loader raises."""
    yield truth.without(truth.tags) if context.case.find(LoaderFailure) else truth


@mistake(
    Aspect.LIFETIME,
    "The epochs could be seen only when the training was over: their points were kept back until the end.",
    "Log each epoch when it is completed, and call `writer.flush()` right after that.",
)
def never_flushed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Nothing can be seen while it trains."""
    yield replace(truth, views=(0,) * len(truth.views))


@mistake(
    Aspect.LIFETIME,
    "The writer was flushed after some epochs only: the others could not be seen before a later flush, "
    "or the end.",
    "Call `writer.flush()` in every epoch, after its last point.",
)
def flushed_too_rarely(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """After every second epoch, or after the first and every second from there, or after a lower loss."""
    for first in (0, 1):
        yield replace(truth, views=tuple(max(0, seen - (seen + first) % 2) for seen in truth.views))
    losses = [epoch.mean_loss for epoch in context.trace.epochs]
    yield replace(
        truth, views=tuple(losses.index(min(losses[:seen])) + 1 if seen else 0 for seen in truth.views)
    )


@mistake(
    Aspect.LIFETIME,
    "The writer was flushed after each batch, not after the epoch's points: these could be seen only when "
    "the next epoch had trained a batch.",
    "Call `writer.flush()` when the points of the epoch are logged, not in the loop over the batches.",
)
def flushed_a_batch_late(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Too late for who looks at an epoch's last step where that is its first, too."""
    late = context.training.batches == 1
    yield replace(truth, views=tuple(max(0, seen - late) for seen in truth.views))


@mistake(
    Aspect.LIFETIME,
    "You flush before the epoch's last point is logged: that point can be seen an epoch later only.",
    "Call `writer.flush()` after all the `add_scalar` calls of an epoch.",
)
def flushed_before_last_point(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Every look finds an epoch less in full."""
    yield replace(truth, views=tuple(max(0, seen - 1) for seen in truth.views))


@mistake(
    Aspect.LIFETIME,
    "The writer was flushed only at the end.",
    "Call `writer.flush()` after each epoch, when its points are logged.",
)
def flushed_only_at_the_end(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The same evidence as `never_flushed`; the manifest says so."""
    yield from never_flushed(truth, context)
