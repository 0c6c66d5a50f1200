"""The manifest of the exercises, `curriculum.toml`, as objects; and the stubs as they were handed out.

It knows names, order, points, hints and ids of mistakes, and nothing of what they mean.
"""
