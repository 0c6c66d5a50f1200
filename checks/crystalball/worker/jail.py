"""The jail: where the code of strangers runs, one warm parent a slot.

What a batch calls, in this order (every name below is importable from this module):

    step = find_step()                  # about 0.1 s; tries out what this machine offers
    step.sentence                       # one sentence for the instructor
    step is Step.NONE                   # refuse the batch, unless told `--no-sandbox`
    slot = Slot(step, hidden=[root, out, submissions])      # one a core; warms up in the background
    judge = Judge(curriculum(), lambda: slot.worker(beside), oracle, seed)
    verdict = judge.judge(exercise, spec, path)             # as for a learner
    slot.close()

`Slot.worker(beside=None)` forks a worker for one answer: a `judge.Worker` in a fresh, empty,
bounded file system. `beside` is a folder above the answer whose other `*.py` files it may import
(the submission's own folder; never one that holds another student's files); without it the worker
sees the answer's file alone. The one before it in the slot is ended, so a slot judges one answer
at a time; slots may be used from different threads, a slot from one at a time.

`Slot.process(role)` is the `Workshop` protocol for the role `WORKER`. The oracle's role is refused:
its process comes from a workshop of its own, `workshop(training=True).process(ORACLE)`, one for all
slots. A warm parent that died is replaced when the next worker is asked for.

A verdict of a jailed worker may have the statuses `Status.FORBIDDEN` (it tried what the jail
forbids) and `Status.FLOODED` (it wrote more than is read), and `verdict.flags`: sentences for the
instructor about what was seen from outside and contradicts the worker's report; not scored.

`JailError` (its text says what to do) is raised when a warm parent cannot be started.
"""
