"""The one form of truth, prediction and observation: what a call left, and how it ended.

The laws of the checks make outcomes of case and trace (`expect.py`), and the event logs of a run become
one too (`observe.py`). It knows nothing of mistakes, and compares nothing but outcomes.
"""
