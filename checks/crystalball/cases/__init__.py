"""Cases: what a learner's function is called with, pinned by hand or drawn under a seed, and broken runs.

A strategy goes in, a list of plain data comes out. It knows nothing of what should be logged.
"""
