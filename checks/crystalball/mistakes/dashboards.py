"""Mistakes in what describes a whole run: its graph, its configuration, its layout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from crystalball.cases.inside.parts import Dashboard, Hyperparameters
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.subsets import some
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.outcome import Curve, Outcome
from crystalball.reading.values import GRAPH, LAYOUT, Graph, Json, Layout, Value, without_fence

CONFIG = "Config"


def _disturbed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The training as it is then; or any validation beside a training that is right.

    What batch norm learned from inputs that nobody knows shows in the validation alone.
    """
    yield truth
    seen = context.seen_curve("Loss/Validation").values
    disturbed = truth.with_values("Loss/Validation", seen) if seen else truth
    yield disturbed.with_values("Final/Validation", seen[-1:]) if seen else truth


training_mistake(
    "graph_changes_mode",
    Flaw.EVAL_AT_FIRST,
    Flaw.EXTRA_FORWARD_AT_FIRST,
    why="Something changed the model before its first training step, as making the graph can: it was in "
    "evaluation mode for an epoch, or its batch norm learned from inputs that were no training step.",
    next="`writer.add_graph(model, inputs)` is all it takes: it leaves the model as it was. If you call "
    "`model.eval()` around it, call `model.train()` after it. Send nothing else through the model before "
    "the training.",
    predict=_disturbed,
    last_resort=True,
    needs=Dashboard,
)


def _repeated(truth: Outcome, context: Context, tag: str) -> Outcome:
    """The truth with its value under a tag at all the steps that were seen, when they are several."""
    steps = context.seen_curve(tag).steps if context.seen else range(1, context.training.epochs + 1)
    if len(steps) < 2:
        return truth
    return truth.map_curves(lambda curve: curve.with_points((n, curve.values[0]) for n in steps), [tag])


def _adopted(
    truth: Outcome, context: Context, tag: str, example: Value, fits: Callable[[Value], bool]
) -> Outcome:
    """The truth with the one value that was seen under a tag, when it fits."""
    seen = context.seen_curve(tag) if context.seen else Curve(((0, example),))
    if len(seen.points) != 1 or not fits(seen.values[0]):
        return truth
    return truth.with_values(tag, seen.values)


@mistake(
    Aspect.STEP,
    "The graph was written more than once: it never changes, and each copy makes the file larger.",
    "Call `writer.add_graph(model, inputs)` once, before the loop over the epochs.",
)
def graph_each_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Several copies."""
    yield _repeated(truth, context, GRAPH)


@mistake(
    Aspect.TAG,
    "The model's graph is not in the run.",
    "Call `writer.add_graph(model, inputs)` with inputs to follow through the model, such as "
    "`torch.zeros(1, 3, 16, 16)` or one batch of a loader.",
)
def graph_missing(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No graph, or that of a part of the model."""
    yield truth.without([GRAPH])
    yield _adopted(truth, context, GRAPH, Graph(()), lambda value: isinstance(value, Graph))


def _config(context: Context) -> dict[str, Any]:
    dashboard = context.training.find(Dashboard)
    return dashboard.config if dashboard else context.training.part(Hyperparameters).hparams


def _read(text: Value) -> Any:
    """What a text reads back as; `None` where it is no JSON."""
    try:
        return json.loads(without_fence(text)) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _braced(text: Value) -> str:
    """What stands in the outermost braces of a text."""
    return text[text.find("{") : text.rfind("}") + 1] if isinstance(text, str) else ""


@mistake(
    Aspect.VALUE,
    "The text under `Config` is not JSON: other programs cannot read it.",
    "Use `json.dumps` of the dict itself, not `str`, `repr` or a format of your own: JSON has `true` and "
    "`null`, and double quotes.",
)
def repr_for_json(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A text with all names in it that is no JSON."""
    config = _config(context)

    def fits(value: Value) -> bool:
        named = all(name in str(value) for name in config)
        return isinstance(value, str) and named and _read(value) is None and _read(_braced(value)) != config

    yield _adopted(truth, context, CONFIG, repr(config), fits)


@mistake(
    Aspect.VALUE,
    "Under `Config` there are other words beside the JSON, so that `json.loads` refuses the text.",
    "The text is `json.dumps(config)` and nothing else, but for a code fence: what it is says its tag.",
)
def words_beside_json(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The configuration as JSON in a longer text."""
    config = _config(context)
    example = f"Configuration: {json.dumps(config)}"
    yield _adopted(
        truth, context, CONFIG, example, lambda v: _read(v) is None and _read(_braced(v)) == config
    )


@mistake(
    Aspect.VALUE,
    "In the JSON under `Config`, values became strings that are none in `config`: they read back as text.",
    "`json.dumps` of the hyperparameters as they were given writes numbers, booleans, `None`, lists and "
    "dicts itself, without `str(value)`.",
)
def config_as_strings(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The `str` of each value, or of those of some kinds."""
    config = _config(context)
    for kinds in some(("list dict", "bool", "NoneType", "int float")):
        told = " ".join(kinds).split()
        texts = {k: str(v) if type(v).__name__ in told else v for k, v in config.items()}
        yield truth.with_values(CONFIG, [Json.of(texts)])


@mistake(
    Aspect.VALUE,
    "The JSON under `Config` has other keys than `config`: some are missing, or some were added, perhaps "
    "over its own.",
    "`json.dumps(config)` of the whole dict as it was given: what else there is to say is another text.",
)
def config_changed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A dict with other keys, while most of those that are the same have the right values."""
    config = _config(context)

    def fits(value: Value) -> bool:
        read = _read(value)
        if not isinstance(read, dict) or read.keys() == config.keys():
            return False
        kept = [bool(read[key] == config[key]) for key in read.keys() & config.keys()]
        return 2 * sum(kept) >= len(kept)

    yield _adopted(truth, context, CONFIG, json.dumps(config | {"epochs": 3}), fits)


@mistake(
    Aspect.STEP,
    "The configuration does not stand once, at step 0: it belongs to the run, not to an epoch.",
    "Log the text once for the whole run, with `global_step=0`.",
)
def text_each_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Several times, or at another step."""
    yield _repeated(truth, context, CONFIG)
    seen = context.seen_curve(CONFIG)
    steps = seen.steps if len(seen.steps) == 1 else (1,)
    yield truth.map_curves(lambda curve: curve.with_steps(steps), [CONFIG])


def _charted(value: Value, context: Context) -> bool:
    """Whether all curves of a layout exist."""
    curves = {tag for run in context.seen.runs for tag in run.curves} if context.seen else set()
    wanted = {"Loss/Train", "Loss/Validation"}
    return isinstance(value, Layout) and all(set(chart) <= curves | wanted for chart in value.charts)


@mistake(
    Aspect.VALUE,
    "The custom layout names a curve that is not there, and which its chart cannot show.",
    "Copy the tags letter by letter from your `add_scalar` calls: `Loss/Train` and `Loss/Validation`.",
)
def layout_names_missing_tags(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A chart with another tag."""
    example = Layout((("loss/train", "loss/validation"),))
    yield _adopted(truth, context, LAYOUT, example, lambda value: not _charted(value, context))


@mistake(
    Aspect.VALUE,
    "No `Multiline` chart of the custom layout shows just these two curves, no more and no fewer.",
    'One chart, two tags: `{"Loss": {"both": ["Multiline", ["Loss/Train", "Loss/Validation"]]}}`. Tags '
    "are regular expressions: where another tag begins like one of these, end that with a `$`. Of "
    "several layouts only the last counts.",
)
def layout_apart(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A chart for each, or a chart with more; or several layouts, of which TensorBoard shows one."""
    example = Layout((("Loss/Train",), ("Loss/Validation",)))
    yield _adopted(truth, context, LAYOUT, example, lambda value: _charted(value, context))
    several = context.seen_curve(LAYOUT).points if context.seen else ((0, example),) * 2
    wrong = len(several) > 1 and not _ends_rightly(truth, several)
    yield truth.with_points(LAYOUT, several) if wrong else truth


@mistake(
    Aspect.STEP,
    "The custom layout was logged more than once.",
    "Log it once for the whole run, before the first epoch or after the last.",
)
def layout_logged_again(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Several layouts, of which TensorBoard shows the last: the right one."""
    several = context.seen_curve(LAYOUT).points if context.seen else ()
    again = len(several) > 1 and _ends_rightly(truth, several)
    yield truth.with_points(LAYOUT, several) if again else truth.with_points(LAYOUT, _twice(truth))


def _twice(truth: Outcome) -> list[tuple[int, Value]]:
    return [
        point for run in truth.runs for point in run.curves.get(LAYOUT, Curve(())).points for _ in range(2)
    ]


def _ends_rightly(truth: Outcome, points: Sequence[tuple[int, Value]]) -> bool:
    """Whether the last of some layouts is the right one."""
    right = [run.curves[LAYOUT] for run in truth.runs if LAYOUT in run.curves]
    return bool(right) and right[0].agrees(Curve(tuple(points[-1:])), 1)


@mistake(
    Aspect.TAG,
    "There is no custom layout in the run.",
    "Call `writer.add_custom_scalars(layout)`, or `add_custom_scalars_multilinechart([…])`, before the "
    "writer is closed.",
)
def layout_missing(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No layout."""
    yield truth.without([LAYOUT])
