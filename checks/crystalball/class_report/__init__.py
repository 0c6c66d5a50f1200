"""The class, seen: one page of a class, statistics of its questions, ways to write it, similar answers.

All of it is written from the journal. Texts of students are looked at by readers in the jail.
"""
