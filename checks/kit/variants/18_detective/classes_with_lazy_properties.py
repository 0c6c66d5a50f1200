import math
import os
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from crystalball.evidence import BadChecksum, Truncated, records


@dataclass
class Exhibit:
    path: str
    log: list = field(default_factory=list)
    damage: str | None = None

    def read(self):
        try:
            self.log.extend(records(self.path))
        except ValueError as error:
            # `extend` keeps what came before the exception.
            self.damage = {Truncated: "truncated"}.get(type(error), "bad_checksum")
            assert isinstance(error, (Truncated, BadChecksum))
        return self

    @cached_property
    def curves(self):
        curves = {}
        for record in self.log:
            if record.kind == "scalar":
                curves.setdefault(record.tag, []).append((record.step, record.value))
        return curves

    @property
    def counts(self):
        return bool(self.log) and all(record.kind != "hparams" for record in self.log)

    @property
    def purge(self):
        return min((record.step for record in self.log if record.kind == "restart"), default=None)


class Case:
    def __init__(self, log_dir):
        self.folder = os.fspath(log_dir)
        names = [name for name in os.listdir(self.folder) if "tfevents" in name]
        self.all = [Exhibit(os.path.join(self.folder, name)).read() for name in names]
        self.files = sorted((e for e in self.all if e.counts), key=lambda e: e.log[0].wall_time)

    def verdict(self):
        yield from (exhibit.damage for exhibit in self.all if exhibit.damage)
        below = [names for folder, _, names in os.walk(self.folder) if folder != self.folder]
        if any("tfevents" in name for names in below for name in names):
            yield "stray_run"
        curves = [(tag, points) for exhibit in self.files for tag, points in exhibit.curves.items()]
        if not curves:
            yield "no_data"
            return
        ends = {}
        for tag, points in curves:
            steps = [step for step, _ in points]
            ends[tag] = max(ends.get(tag, -math.inf), *steps)
            if len(set(steps)) < len(steps):
                yield "duplicate_steps"
            if any(b < a for a, b in zip(steps, steps[1:])):
                yield "out_of_order"
            if any(math.isnan(value) for _, value in points):
                yield "nan"
        counts = Counter(tag for tag, points in curves for _ in points)
        last = [end for tag, end in ends.items() if tag != "Loss/Batch" and counts[tag] > 1]
        if max(last) - min(last) > 1:
            yield "stops_early"
        yield from self.later()

    def later(self):
        reached = {}
        for number, exhibit in enumerate(self.files):
            if exhibit.purge is not None:
                reached = {tag: min(step, exhibit.purge - 1) for tag, step in reached.items()}
            if number and exhibit.curves:
                yield self.reason(exhibit, self.files[:number], reached)
            for tag, points in exhibit.curves.items():
                reached[tag] = max([reached.get(tag, -math.inf)] + [step for step, _ in points])

    @staticmethod
    def reason(exhibit, earlier, reached):
        if exhibit.log[0].wall_time < max(r.wall_time for e in earlier for r in e.log):
            return "mixed_runs"
        lowest = {tag: min(step for step, _ in points) for tag, points in exhibit.curves.items()}
        if any(step <= reached.get(tag, -math.inf) for tag, step in lowest.items()):
            return "unpurged_restart"
        return None if exhibit.purge is not None else "second_file"


def diagnose(log_dir):
    return set(Case(log_dir).verdict()) - {None}
