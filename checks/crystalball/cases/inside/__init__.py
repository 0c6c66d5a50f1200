"""The cases as plain data, which a worker reads back.

It stands in the jail: it may import `inside/`, `reading/` and the face, and nothing else.
"""
