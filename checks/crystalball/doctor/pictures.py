"""What each rule of the doctor looks like, drawn with signs: what was found, and beside it the mend."""

from __future__ import annotations

FALLS, RISES = "▇▆▅▄▃▂▂▁▁", "▁▂▂▃▄▅▆▇▇"

PICTURES = {
    "CB101": "record record record rec|          the file ends within a record",
    "CB102": "record record r?cord record          the checksum says that a byte was changed",
    "CB103": "tfevents  = 'PK\\x03\\x04 …'            no record begins like this",
    "CB104": "tfevents  ──✗──▸                     the file cannot be opened",
    "CB105": "run run run run … ┊ run run run      what comes after the line was not looked at",
    "CB106": "12:01  12:02  12:03  11:58  11:59    the clock goes back",
    "CB107": "header                               and no record of data",
    "CB201": "step  1 2 3 3 3 4                    three points at one step",
    "CB202": "step  1 2 3 1 2 3                    ▸  1 2 3 4 5 6",
    "CB203": "file 1  1 2 3 4 5\nfile 2      3 4 5 6 7                ▸  purge_step=3 in file 2",
    "CB204": "writer A  ├─────────────┤\nwriter B        ├─────────────┤      at the same time",
    "CB205": "file file file file                  ▸  one file: 1 2 3 4",
    "CB206": "file 1  Loss 1 2 3 4 5\nhparams Loss 0                       ▸  Final/Loss 0",
    "CB301": "▇▆▅▄▃ NaN NaN NaN",
    "CB302": "▃▄▅▆▇ ∞",
    "CB303": "▅▅▅▅▅▅▅▅▅                            not one value differs",
    "CB304": "0.1 0.5 0.9   beside   10 50 90      ▸  0.1 0.5 0.9 in both",
    "CB305": "6031  8102  9540                     ▸  0.6031  0.8102  0.9540",
    "CB401": f"▂▁▂▃▅▇██▇                            ▸  {FALLS}",
    "CB402": "▄▃▃█▃▂▂▂▁                            one point far above its neighbours",
    "CB403": f"train {FALLS}\nval   ▇▅▃▁▂▃▄▅▆                      the best was here: ▁",
    "CB404": f"▅▅▆▅▅▅▆▅▅                            ▸  {FALLS}",
    "CB405": f"{RISES}                            ▸  {FALLS}, reset at each epoch",
    "CB501": "Loss/Train   loss/train              ▸  Loss/Train",
    "CB502": "Loss/Train   Loss_Validation         ▸  Loss/Train   Loss/Validation",
    "CB503": "Loss_1 ·  Loss_2 ·  Loss_3 ·         ▸  Loss ▇▅▃",
    "CB504": "run/  run/1700000000.1/              ▸  run/ with both",
    "CB505": "run/  run/Loss_train/  run/Loss_val/ ▸  run/ with Loss/Train and Loss/Validation",
    "CB506": "······· 20000 points                 ▸  ······· at most 1000 are drawn",
    "CB507": "Loss/Train       ─────────────\nLoss/Validation  ───────",
    "CB901": "step  0 1 2 3                        ▸  1 2 3 4",
    "CB902": "train/loss                           ▸  Loss/Train",
    "CB903": "runs/try_2                           ▸  runs/pixel_gen_lr0.05_20260102_030405",
    "CB904": "10 50 90                             ▸  0.1 0.5 0.9",
}
"""By the codes of the rules."""
