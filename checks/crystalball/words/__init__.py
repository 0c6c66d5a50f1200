"""Verdicts in words: what a verdict says, as sentences and tables for a terminal or a page.

In goes a verdict, out come things that rich prints. Nothing here judges, and nothing here knows a
learner's progress or a process.
"""
