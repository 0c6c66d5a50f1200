from pathlib import Path

from tbparse import SummaryReader

from crystalball.evidence import BadChecksum, Truncated, records


def diagnose(log_dir):
    log_dir = Path(log_dir)
    names, order, began, ended, restarts, left_out = set(), {}, {}, {}, {}, set()
    for path in log_dir.rglob("*"):
        if path.is_file() and "tfevents" in path.name and path.parent != log_dir:
            names.add("stray_run")
    for path in log_dir.glob("*tfevents*"):
        logged = order.setdefault(path.name, [])
        try:
            for record in records(path):
                began.setdefault(path.name, record.wall_time)
                ended[path.name] = max(record.wall_time, ended.get(path.name, 0))
                if record.kind == "hparams":
                    left_out.add(path.name)
                elif record.kind == "restart":
                    restarts.setdefault(path.name, []).append(record.step)
                elif record.kind == "scalar":
                    logged.append((record.tag, record.step))
        except Truncated:
            names.add("truncated")
        except BadChecksum:
            names.add("bad_checksum")

    frame = SummaryReader(str(log_dir), extra_columns={"dir_name", "file_name", "wall_time"}).scalars
    if not len(frame):
        return names | {"no_data"}
    frame = frame[(frame["dir_name"] == "") & ~frame["file_name"].isin(left_out)]
    if frame.empty:
        return names | {"no_data"}
    if frame["value"].isna().any():
        names.add("nan")
    if frame.duplicated(["file_name", "tag", "step"]).any():
        names.add("duplicate_steps")
    curves = frame[frame["tag"] != "Loss/Batch"].groupby("tag")["step"]
    last = curves.max()[curves.count() > 1]
    if last.max() - last.min() > 1:
        names.add("stops_early")
    files = sorted((name for name in began if name not in left_out), key=began.get)
    for name in files:
        highest = {}
        for tag, step in order[name]:
            if step < highest.get(tag, step):
                names.add("out_of_order")
            highest[tag] = max(step, highest.get(tag, step))
    for index, name in enumerate(files):
        mine = frame[frame["file_name"] == name]
        if index == 0 or mine.empty:
            continue
        earlier = frame[frame["file_name"].isin(files[:index])]
        for number in range(index + 1):
            for step in restarts.get(files[number], []):
                before = files[:number]
                earlier = earlier[~(earlier["file_name"].isin(before) & (earlier["step"] >= step))]
        largest = earlier.groupby("tag")["step"].max()
        again = (mine["step"] <= mine["tag"].map(largest)).any()
        if began[name] < max(ended[before] for before in files[:index]):
            names.add("mixed_runs")
        elif again:
            names.add("unpurged_restart")
        elif name not in restarts:
            names.add("second_file")
    return names
