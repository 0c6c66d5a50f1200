"""From an answer to a verdict: `judge.py` loads it, runs the cases, observes, compares and explains.

A file and a list of cases go in, a `Verdict` comes out: plain data, without a sentence for a learner in it
but those of the checks and mistakes. It knows nothing of terminals, of progress or of classes.
"""
