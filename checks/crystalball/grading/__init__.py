"""The instructor's side: a folder of submissions goes in; a journal, grades, exports and reports come out.

`grade.py` shows the way. Whatever a student wrote is data here, and run in a slot of the jail only.
"""
