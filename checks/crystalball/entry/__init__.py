"""The ways in: what is typed, what pytest sees, and the author's proof that the kit tells right from wrong.

Commands and options go in, exit codes and text come out; everything else is asked of the rooms below.
"""
