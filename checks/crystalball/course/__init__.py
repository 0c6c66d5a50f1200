"""Out to the learners: the hand-out, an instructor's own exercises, and the files of new ones.

It may import everything but `entry`.
"""
