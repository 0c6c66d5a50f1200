"""The jail around the code of strangers: a level that this machine offers, and slots to run answers in.

An answer goes in, and comes out as files that were copied with bounds. It does not know what is judged.
"""
