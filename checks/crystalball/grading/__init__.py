"""The instructor's room: a folder of untrusted submissions in; a journal, grades and reports out."""
