"""The doctor: looks into any TensorBoard run directory, and says what is wrong with it.

Folders go in; text, JSON or SARIF comes out. `reader` streams the event files into `summaries` of
bounded size, each function in `rules/` looks at all of them and yields the places where something is
wrong, and `report` tells the `diagnostics` made of these. It knows nothing of exercises or verdicts. To
add a rule, write one function in `rules/`, as `diagnostics.rule` shows.
"""

from crystalball.doctor.diagnostics import Diagnostic, Rule, Selection, Severity
from crystalball.doctor.reader import read
from crystalball.doctor.rules import RULES, examine
from crystalball.doctor.summaries import Runs

__all__ = ["RULES", "Diagnostic", "Rule", "Runs", "Selection", "Severity", "examine", "read"]
