"""The processes that torch lives in: started, asked, answered, ended.

An order goes in, a typed report and a folder of files come out. It knows what a worker may be asked, and
nothing of what is right.
"""
