"""Servers of our own that speak as the feeds' servers do, faults included."""
