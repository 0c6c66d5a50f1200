from pathlib import Path

import pandas as pd

from crystalball.evidence import BadChecksum, Truncated, records

COLUMNS = ["file", "position", "kind", "time", "step", "tag", "value"]


def table(log_dir):
    rows, damages = [], []
    for path in Path(log_dir).glob("*tfevents*"):
        try:
            for position, record in enumerate(records(path)):
                rows.append((path.name, position, record.kind, record.wall_time, record.step, record.tag, record.value))
        except Truncated:
            damages.append("truncated")
        except BadChecksum:
            damages.append("bad_checksum")
    return pd.DataFrame(rows, columns=COLUMNS), damages


def diagnose(log_dir):
    everything, damages = table(log_dir)
    names = set(damages)
    if [path for path in Path(log_dir).glob("*/**/*tfevents*") if path.is_file()]:
        names.add("stray_run")
    hparams = everything.loc[everything["kind"] == "hparams", "file"].unique()
    mine = everything[~everything["file"].isin(hparams)]
    points = mine[mine["kind"] == "scalar"]
    if points.empty:
        return frozenset(names | {"no_data"})
    by_curve = points.groupby(["file", "tag"])
    epochs = points[points["tag"] != "Loss/Batch"].groupby("tag")["step"]
    last = epochs.max()[epochs.count() > 1]
    tests = {
        "nan": points["value"].isna().any(),
        "duplicate_steps": points.duplicated(["file", "tag", "step"]).any(),
        "out_of_order": (points["step"] < by_curve["step"].cummax()).any(),
        "stops_early": last.max() - last.min() > 1,
    }
    names.update(name for name, true in tests.items() if true)
    spans = mine.groupby("file")["time"].agg(["first", "max"]).sort_values("first")
    earlier = points.iloc[:0]
    latest = float("-inf")
    for number, (file, span) in enumerate(spans.iterrows()):
        own = points[points["file"] == file]
        restarts = mine.loc[(mine["file"] == file) & (mine["kind"] == "restart"), "step"]
        if len(restarts):
            earlier = earlier[earlier["step"] < restarts.min()]
        if number and len(own):
            pairs = own.merge(earlier.groupby("tag")["step"].max().rename("reached"), on="tag")
            if span["first"] < latest:
                names.add("mixed_runs")
            elif (pairs["step"] <= pairs["reached"]).any():
                names.add("unpurged_restart")
            elif restarts.empty:
                names.add("second_file")
        earlier = pd.concat([earlier, own])
        latest = max(latest, span["max"])
    return frozenset(names)
