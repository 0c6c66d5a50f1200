"""What locks a child in, from inside the jail.

It stands in the jail: it may import what stands in folders named `inside/`, `reading/` and the face, and
nothing else.
"""
