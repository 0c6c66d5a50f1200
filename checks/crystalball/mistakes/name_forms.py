"""The language of names: in which ways the name of a run directory may have been written.

Its parts stand in an order, each in some form, joined by signs. Each has one right form, and those that
people choose instead; so a name with several wrong forms is read, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import product

from crystalball.outcomes.run_name import ConventionalName, RunName
from crystalball.processes.programs import ZONE_SECONDS

Wrong = frozenset[str]
"""The ids of the mistakes in a name, or in a part of it."""

RIGHT: Wrong = frozenset()

_CLOCK = {"%Y": r"20\d\d", "%y": r"\d\d", "%H": r"(?:[01]\d|2[0-3])", "%p": "[AP]M"}
_CLOCK |= {"%m": "(?:0[1-9]|1[0-2])", "%I": "(?:0[1-9]|1[0-2])", "%d": r"(?:0[1-9]|[12]\d|3[01])"}
_CLOCK |= {"%M": r"[0-5]\d", "%S": r"[0-5]\d"} | {f"%-{field}": r"\d{1,2}" for field in "mdHMS"}
"""What a clock may write for each field of a time."""

_JOINERS = {"": "", "-": "separators_changed", "_": "separators_changed", ".": "separators_changed"}
_JOINERS |= {":": "colons_in_name"}

_DATES = {
    "%Y %m %d": "",
    "%y %m %d": "two_digit_year",
    "%d %m %Y": "fields_in_wrong_order",
    "%m %d %Y": "fields_in_wrong_order",
    "%Y %d %m": "fields_in_wrong_order",
    "%d %m %y": "fields_in_wrong_order two_digit_year",
    "%m %d %y": "fields_in_wrong_order two_digit_year",
    "%Y %M %d": "month_for_minute",
    "%Y %-m %-d": "numbers_not_padded",
    "%Y %-m %d": "numbers_not_padded",
    "%Y %m %-d": "numbers_not_padded",
    "%m %d": "time_cut_short",
    "%d %m": "time_cut_short fields_in_wrong_order",
}

_TIMES = {
    "%H %M %S": "",
    "%I %M %S": "twelve_hour_clock",
    "%I %M %S %p": "twelve_hour_clock",
    "%I %M": "twelve_hour_clock time_cut_short",
    "%H %m %S": "month_for_minute",
    "%H %m": "month_for_minute time_cut_short",
    "%S %M %H": "fields_in_wrong_order",
    "%H %M": "time_cut_short",
    "%-H %-M %-S": "numbers_not_padded",
    "%-H %M %S": "numbers_not_padded",
}

_ORDERS = {
    "start mark rate join date join time suffix": "",
    "start date join time join mark rate suffix": "fields_in_wrong_order",
    "start mark rate join time join date suffix": "fields_in_wrong_order",
    "date join time join start mark rate suffix": "fields_in_wrong_order",
    "start date join time plain": "lr_ignored",
    "start mark rate join date other": "time_cut_short",
    "start mark rate other": "now_ignored",
}

_SIGNS = {
    "start": {"pixel_gen_": "", r"(?!pixel_gen_)[^\d:/]*?(?=lr|LR|learning|\d)": "prefix_changed"},
    "mark": {"lr": "", r"(?!lr\d)(?:lr|LR|learning_?rate)?[_= -]*": "prefix_changed"},
    "join": {"_": "", "[-. T]?": "separators_changed", ":": "colons_in_name"},
    "suffix": {"(?:_.+)?$": "", "[^_].*$": "suffix_joined"},
    "plain": {"(?!.*lr)(?:_.+)?$": ""},
    "other": {r"(?!(?:.*\d){3}).*$": ""},
}
"""Regular expressions of what is no number."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?|[^\d_]*")
"""A learning rate; a larger exponent is none, and more than `Decimal` calculates with."""

_SPLIT = re.compile(r"(\d+)[-_,p](\d+)")
"""A number with another sign in the place of its point."""


def _in_form(form: str, now: datetime | None) -> str:
    """The regular expression of a time in some form."""
    told = _CLOCK if now is None else {f: re.escape(_field(f, now)) for f in _CLOCK}
    return re.sub("%-?.", lambda field: told[field[0]], form.replace(".", r"\."))


def _field(field: str, now: datetime) -> str:
    return str(int(now.strftime("%" + field[2:]))) if field[1] == "-" else now.strftime(field)


@cache
def _forms(part: str, now: datetime | None) -> list[tuple[re.Pattern[str], Wrong]]:
    """The regular expression of each form of a part, and what is wrong with it."""
    if part in ("rate", *_SIGNS):
        forms = [(form, wrong) for form, wrong in _SIGNS.get(part, {}).items()]
    else:
        fields = product((_DATES if part == "date" else _TIMES).items(), _JOINERS.items())
        forms = [
            (_in_form(form.replace(" ", joiner), now), f"{wrong} {joined}")
            for (form, wrong), (joiner, joined) in fields
        ]
    return [(re.compile(form), frozenset(wrong.split())) for form, wrong in forms]


def _read(text: str, parts: Sequence[str], lr: float, now: datetime | None) -> Iterator[Wrong]:
    """What is wrong with a text, for each way in which it may have been written of some parts."""
    if not parts:
        yield from [] if text else [RIGHT]
        return
    part, *others = parts
    forms = _forms(part, now)
    if part == "rate":
        forms = [(_NUMBER, wrong) for wrong in _rates(text, lr)]
        if (split := _SPLIT.match(text)) and float(f"{split[1]}.{split[2]}") == lr:
            forms.append((_SPLIT, frozenset({"point_replaced"})))
    for form, wrong in forms:
        if head := form.match(text):
            for more in _read(text[head.end() :], others, lr, now):
                yield wrong | more


def _rates(text: str, lr: float) -> list[Wrong]:
    """What may be wrong with the learning rate that a text begins with."""
    ignored, rounded = frozenset({"lr_ignored"}), frozenset({"rate_rounded"})
    found = _NUMBER.match(text)
    if not found or not found[0][:1].isdecimal():
        return [ignored]
    number = Decimal(found[0])
    if float(number) == lr:
        return [RIGHT]
    last_digit = Decimal(10) ** int(number.as_tuple().exponent)
    off = abs(number - Decimal(repr(lr))) / last_digit
    return [rounded] * (off <= 0.5) + [ignored] * (off >= 0.5)


@cache
def readings(name: RunName, lr: float, now: datetime | None) -> frozenset[Wrong]:
    """What may be wrong with a name, for each way in which it may have been written.

    Args:
        name: that was seen.
        lr: the learning rate that it should tell.
        now: the time that it should tell; `None` for the clock's.
    """
    if isinstance(name, ConventionalName) and None in (name.time, now):
        wrong = frozenset(["utc_for_local"] * name.utc or ["now_ignored"] * (now != name.time))
        wrong |= frozenset(["directory_not_fresh"] * name.taken)
        return frozenset(one | wrong for one in _rates(repr(name.lr), lr))
    if "/" in str(name):  # that is another folder's
        return frozenset()
    zone, utc = timedelta(seconds=ZONE_SECONDS), frozenset({"utc_for_local"})
    times: dict[datetime | None, Wrong] = {now: RIGHT}
    for ahead in (-zone, zone):
        with suppress(OverflowError):  # there is no time before year 1
            times |= {now + ahead: utc} if now else {}
    found = frozenset(
        wrong | more | frozenset(order.split())
        for time, wrong in times.items()
        for parts, order in _ORDERS.items()
        for more in _read(str(name), parts.split(), lr, time)
    )
    if found or now is None:
        return found
    return frozenset(one | {"now_ignored"} for one in readings(str(name), lr, None))  # the clock's, perhaps
