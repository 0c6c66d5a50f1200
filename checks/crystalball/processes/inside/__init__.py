"""What runs in those processes, beside a learner's code: it trusts nobody, and holds no answer.

It stands in the jail: it may import `inside/`, `reading/` and the face, and nothing else.
"""
