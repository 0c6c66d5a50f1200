"""Back to the platforms: what a grading gave, in the form that each of them takes.

Everything comes from the journal; nothing here judges. `formats.py` lists the formats.
"""
