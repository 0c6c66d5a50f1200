"""The tables of the journal."""

from __future__ import annotations

from dataclasses import fields

from crystalball.grading.keys import VerdictKey

VERSION = 6
"""Of the tables."""

KEY = tuple(field.name for field in fields(VerdictKey))
"""The columns of a verdict's key."""

SCHEMA = """
CREATE TABLE gradings (
    id INTEGER PRIMARY KEY, began TEXT, ended TEXT, command TEXT, after INTEGER, sandbox TEXT, course TEXT,
    columns TEXT, absent TEXT
);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY, grading INTEGER, reached TEXT, verdict TEXT,
    exercise TEXT, answer TEXT, checks TEXT, seed TEXT, versions TEXT, sandbox TEXT
);
CREATE INDEX verdict_by_answer ON verdicts (answer, exercise);
CREATE TABLE shapes (verdict INTEGER PRIMARY KEY, digest TEXT, lines TEXT, told_from INTEGER);
CREATE INDEX verdict_by_shape ON shapes (digest);
CREATE TABLE entries (
    grading INTEGER, name TEXT, info TEXT, PRIMARY KEY (grading, name)
);
CREATE TABLE grades (
    grading INTEGER, entry TEXT, exercise TEXT, place TEXT, max_points REAL, handed_in TEXT, late INTEGER,
    verdict INTEGER, PRIMARY KEY (grading, entry, exercise)
);
"""
"""Of a shape, `told_from` is the number of the verdict that this one was told from; `NULL` where the answer
was run."""
