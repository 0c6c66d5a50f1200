"""The jail around the code of strangers: a level that this machine offers, and slots to run answers in.

An answer goes in, and comes out as plain data: what it left is copied with bounds, and read by another
jailed process, so that the grader parses nothing of it. It does not know what is judged.
"""
