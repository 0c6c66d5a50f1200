"""Names of what is wrong with a run, in words: which is missing or too much, and what decides that."""

from __future__ import annotations

from crystalball.judging.findings import NameFinding
from crystalball.oracle.detective import Sign

DEFINITIONS = {
    "no_data": "the run has no point at all.",
    "stray_run": "some folder below `log_dir`, however deep, holds a file with `tfevents` in its name.",
    "truncated": "an event file ends in the middle of a record.",
    "bad_checksum": "a checksum in an event file is wrong.",
    "nan": "the value of some point is NaN.",
    "duplicate_steps": "in one event file, two points of one tag have the same step.",
    "out_of_order": "in one event file, a point has a smaller step than a point of the same tag that was "
    "logged before it.",
    "stops_early": "the last (largest) step of some tag is smaller than that of another tag by more than "
    "one.",
    "mixed_runs": "it was begun before the last record of an earlier file was written",
    "unpurged_restart": "it logs, under some tag, a step that is not larger than the largest of that tag "
    "in the earlier files.",
    "second_file": "none of the above.",
}
"""What the stub of exercise 18 says of each name, in its own words."""


def name_sentence(finding: NameFinding) -> str:
    """What a name means, and what in the run earns it or comes near to that.

    Args:
        finding: about one name.
    """
    name = finding.sign.name
    if name not in DEFINITIONS:
        return f"`{name}` is none of the names in the stub."
    definition, place = DEFINITIONS[name].rstrip("."), _place(finding.sign)
    if finding.missed:
        return f"`{name}` is missing: {definition}." + f" Here: {place}." * bool(place)
    return f"`{name}` is too much: {definition}." + f" What comes nearest to that here: {place}." * bool(
        place
    )


def _place(sign: Sign) -> str:
    """Where a sign stands in the run."""
    point = f"`{sign.tag}`" + (f" at step {sign.step}" if sign.step is not None else "") if sign.tag else ""
    return " in ".join(filter(None, [point, f"`{sign.file}`" if sign.file else ""]))
