"""Hostile and broken files, made here and never stored, and what has to become of each of them.

`bases` says what a sound file of a feed is; `texts`, `archives` and `workbooks` break one. A new feed adds one function
to `bases` and gets every attack. Here is no test of what a feed means, only of what gets in, and how it is told.
"""
