"""The learner's tools: watch, board, progress and certificate.

Verdicts go in; pages, terminals and the files in `.crystalball/` come out. Nothing here judges.
"""
