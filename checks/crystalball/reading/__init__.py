"""What a run directory says: bytes go in; records, events, an event log with its values come out.

The same code reads for the judge, the doctor and the learner. It knows nothing of cases, or of what
is right.
"""
