"""Errors of a release that an operator can act on."""


class ReleaseError(Exception):
    """No release was made, or none can be read; the message names the place and the way out."""
