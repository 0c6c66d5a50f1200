"""Many machines: a class is graded by the workers of a Dask cluster, and by the same journal.

The client reads the submissions, keeps the journal and hands out; a worker has slots of its own in a jail
of its own, and is sent answers as bytes. What comes back is verdicts as plain data.
"""
