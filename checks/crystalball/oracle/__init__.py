"""The reference training: a case goes in, a trace with every fact of a right or flawed training comes out.

It trains in a trusted process, and never sees what a learner wrote or logged.
"""
