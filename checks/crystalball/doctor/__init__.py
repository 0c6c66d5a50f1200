"""The doctor: looks into any TensorBoard run directory, and says what is wrong with it.

`reading` streams the event files into `Run`s, which keep of each `Curve` a summary of bounded size.
Each of the `rules` is a small function that looks at all runs together and yields what it finds.
"""

from crystalball.doctor.findings import Finding, Level, Rule, Selection
from crystalball.doctor.reading import Runs, read
from crystalball.doctor.rules import RULES, examine

__all__ = ["RULES", "Finding", "Level", "Rule", "Runs", "Selection", "examine", "read"]
