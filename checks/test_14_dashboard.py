"""Exercise 14: the dashboard."""

from crystalball.cases.inside.parts import Dashboard, LoaderFailure, NameTaken, OtherLoss, Validation
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import CONFIGS, dashboard, trainings, validation
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.reading.values import GRAPH, LAYOUT, Graph, Json, Layout

FLAT, NESTED, QUOTED = map(Dashboard, CONFIGS)

CASES = trainings(
    validation,
    dashboard,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, parts=(Validation(samples=7), NESTED)),
        Training(
            epochs=2,
            samples=7,
            batch_size=3,
            lr=0.03125,
            seed=1,
            parts=(Validation(samples=5), QUOTED, OtherLoss(), NameTaken()),
        ),
        Training(
            epochs=3,
            samples=5,
            batch_size=2,
            seed=4,
            parts=(Validation(samples=4), LoaderFailure(epoch=1, batch=0), FLAT),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=8,
            parts=(Validation(samples=3), LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt"), FLAT),
        ),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=11,
            parts=(
                Validation(samples=2),
                LoaderFailure(epoch=0, batch=0, only_end=True, of_validation=True),
                FLAT,
            ),
        ),
    ],
)


@check
def test_the_curves_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` and `Loss/Validation` are those of a training that no graph has disturbed."""
    epochs = trace.epochs[: case.completed]
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in epochs])
    expect.curve("Loss/Validation", [epoch.validation.mean_loss for epoch in epochs])


@check
def test_the_graph_is_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """The model's graph, with all its modules, stands in the run once."""
    if not case.find(LoaderFailure):  # it may stand at the end as well
        expect.curve(GRAPH, [Graph(trace.modules)], [0], any_step=True)


@check
def test_the_configuration_is_logged(expect: Expect, case: Training) -> None:
    """`Config` is a text at step 0: JSON that reads back as `config`."""
    if not case.find(LoaderFailure):
        expect.curve("Config", [Json.of(case.part(Dashboard).config)], [0])


@check
def test_the_layout_is_logged(expect: Expect, case: Training) -> None:
    """A custom layout has a chart with just `Loss/Train` and `Loss/Validation`."""
    if not case.find(LoaderFailure):
        expect.curve(LAYOUT, [Layout((("Loss/Train", "Loss/Validation"),))], [0], any_step=True)


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
