"""Gradings of other journals, copied into one: each table by the columns that it has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]


def rows_of(base: sqlite3.Connection, query: str, *values: object) -> Iterable[Row]:
    """Rows by the names of their columns.

    Args:
        base: that is asked.
        query: that is asked of it.
        *values: for its question marks.
    """
    found = base.execute(query, values)
    names = [column[0] for column in found.description]
    return (dict(zip(names, row, strict=True)) for row in found)


def copy_grading(base: sqlite3.Connection, other: sqlite3.Connection, there: int, here: int) -> None:
    """Copies a grading with its entries, grades and verdicts, and what belongs to no grading.

    Args:
        base: takes it.
        other: has it.
        there: its number in the other.
        here: its number from now on; where it is there already, it grows.
    """
    (last,) = base.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()
    names = other.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in names:
        columns = {column["name"] for column in rows_of(other, f"PRAGMA table_info({table})")}
        # All verdicts are copied, not only those of the grading: one may have been told from another.
        where = {"gradings": " WHERE id = ?", "verdicts": ""}.get(table, " WHERE grading = ?")
        anew = {"id": here} if table == "gradings" else {"grading": here} if "grading" in columns else {}
        values = [there] if where and anew else []
        moves = {"id"} if table == "verdicts" else {"verdict", "told_from"} & columns
        for row in rows_of(other, f"SELECT * FROM {table}{where if anew else ''}", *values):
            moved = {name: row[name] + last for name in moves if isinstance(row[name], int)}
            _insert(base, table, row | anew | moved)


def _insert(base: sqlite3.Connection, table: str, row: Row) -> None:
    marks = ", ".join("?" * len(row))
    base.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])
