"""Invented events told by several feeds, with the errors that were measured between UCDP and ACLED in Mali.

For training, tests and benchmarks; nothing of it ever enters the warehouse. What happened is drawn first (`world`),
each feed tells it in its own way (`tellings`, `spelling`). None of it knows what linking compares.
"""

from orchestration.links.synthetic.overlap import Overlap, overlap

__all__ = ["Overlap", "overlap"]
