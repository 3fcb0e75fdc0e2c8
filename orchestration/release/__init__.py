"""Releases: the marts as readers get them, complete or not at all.

What the marts mean is made in `dbt_project`; whether they may go out is decided in `orchestration.audit`.
"""

from orchestration.release.errors import ReleaseError
from orchestration.release.manifest import Manifest, Release, ReleasedFile, current_release, list_releases
from orchestration.release.publishing import publish

__all__ = ["Manifest", "Release", "ReleaseError", "ReleasedFile", "current_release", "list_releases", "publish"]
