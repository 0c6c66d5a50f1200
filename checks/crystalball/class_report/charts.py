"""The plots of the class report, drawn by Vega-Altair as SVG: they need neither script nor network.

All of them are 340 pixels wide, so that a phone shows them in full size. What is written in them is in the
page's own colour, and colours of areas tell on light and on dark ground.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

from crystalball.class_report.class_data import NOTHING, ClassData, share
from crystalball.class_report.statistics import Question
from crystalball.grading.grades import Grade

Plot = tuple[Any, Iterable[Mapping[str, object]]]
"""An Altair chart, of whatever kind, and the rows of its data."""

DATA = "rows"
"""What the data of a chart is called in it."""

WIDTH = 300
"""Pixels between the axes."""

COLOURS = {"right": "#1f8040", "partly right": "#d19a18", "wrong": "#c9403b", "no work": "#8a939d"}
"""What an answer is, and the colour that says so."""

CONFIG: dict[str, Any] = {
    "aria": False,
    "background": "transparent",
    "style": {name: {"fill": "currentColor"} for name in ("guide-label", "guide-title", "group-title")},
    "axis": {
        "domainColor": "#8a939d",
        "tickColor": "#8a939d",
        "gridColor": "#8a939d55",
        "labelFontSize": 11,
    },
    "legend": {"orient": "top", "labelFontSize": 11, "title": None},
    "view": {"stroke": None},
}


def kind(grade: Grade | None) -> str:
    """What an answer is, in the words of `COLOURS`.

    Args:
        grade: of it; `None` where there is none.
    """
    if grade is None or grade.verdict.status in NOTHING:
        return "no work"
    return "right" if grade.verdict.passed else "partly right" if share(grade) else "wrong"


def charts(data: ClassData, found: Sequence[Question]) -> list[tuple[str, str]]:
    """Title and SVG of each plot; what the plots say stands in tables of the page too.

    Args:
        data: of the class.
        found: the statistics of its questions.
    """
    drawn = {
        "The class at a glance": _glance(data),
        "Scores": _scores(data),
        "Answers by exercise": _answers(data),
        "Difficulty and discrimination": _questions([one for one in found if not one.law]),
    }
    return [(title, svg(chart)) for title, chart in drawn.items()]


def svg(plot: Plot) -> str:
    """A plot as an SVG that follows the colours of the page.

    Args:
        plot: its chart, and the rows that are drawn.
    """
    chart, rows = plot
    # Altair would look at each row for seconds: it gets the name of the data, and Vega the data.
    spec = chart.to_dict() | {"config": CONFIG, "datasets": {DATA: [dict(row) for row in rows]}}
    text: str = vl_convert.vegalite_to_svg(spec)
    return text


def _chart() -> Any:
    return alt.Chart(alt.NamedData(name=DATA))


def _kinds() -> alt.Color:
    return alt.Color("kind:N", scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())))


def _glance(data: ClassData) -> Plot:
    """A row for each student, the best on top; equal neighbours are one rectangle."""
    rows: list[dict[str, object]] = []
    for exercise in data.exercises:
        start = 0
        kinds = [kind(student.grades.get(exercise.id)) for student in data.students]
        for at in range(1, len(kinds) + 1):
            if at == len(kinds) or kinds[at] != kinds[start]:
                rows.append({"exercise": exercise.number, "from": start, "to": at, "kind": kinds[start]})
                start = at
    x = alt.X("exercise:O", title="exercise", axis=alt.Axis(labelAngle=0))
    y = alt.Y("from:Q", title="students by score", scale=alt.Scale(reverse=True, nice=False))
    chart = _chart().mark_rect().encode(x=x, y=y, y2="to:Q", color=_kinds())
    return chart.properties(width=WIDTH, height=240), rows


def _scores(data: ClassData) -> Plot:
    rows = [{"score": student.score} for student in data.students]
    whole = alt.Axis(tickMinStep=1, format="d")
    bins = alt.Bin(extent=[0, data.most or 1], maxbins=20)
    x = alt.X("score:Q", bin=bins, title="points")
    y = alt.Y("count()", title="students", axis=whole)
    chart = _chart().mark_bar(color="#4a8fd6").encode(x=x, y=y)
    return chart.properties(width=WIDTH, height=240), rows


def _answers(data: ClassData) -> Plot:
    order = {name: index for index, name in enumerate(COLOURS)}
    counts = {one.number: Counter(kind(grade) for _, grade in data.grades(one)) for one in data.exercises}
    rows = [
        {"exercise": number, "kind": name, "order": order[name], "count": count}
        for number, kinds in counts.items()
        for name, count in kinds.items()
    ]
    x = alt.X("count:Q", title="students", axis=alt.Axis(tickMinStep=1, format="d"))
    y = alt.Y("exercise:O", title="exercise")
    chart = _chart().mark_bar().encode(x=x, y=y, color=_kinds(), order="order:Q")
    return chart.properties(width=WIDTH, height=max(120, 14 * len(data.exercises))), rows


def _questions(found: Sequence[Question]) -> Plot:
    names = ("difficulty", "discrimination")
    rows = [
        {"exercise": one.exercise.number, **{name: getattr(one, name) for name in names}}
        for one in found
        if one.discrimination is not None
    ]
    base = _chart().encode(
        x=alt.X("difficulty:Q", title="difficulty (right: easy)", scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("discrimination:Q", scale=alt.Scale(domain=[-1, 1])),
    )
    points = base.mark_circle(size=50, color="#4a8fd6")
    labels = base.mark_text(dx=10, color="currentColor").encode(text="exercise:N")
    return (points + labels).properties(width=WIDTH, height=240), rows
