"""Distances on the globe for whole columns of coordinates. What the points are, nothing here knows."""

from math import sin
from typing import Any

import polars as pl

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""


def unit_vectors(points: pl.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
    """Points of the unit sphere, shape (rows, 3), from columns latitude and longitude in degrees."""
    import numpy as np

    latitude, longitude = (np.radians(points.get_column(name).to_numpy()) for name in ("latitude", "longitude"))
    around = np.cos(latitude)
    return np.column_stack([around * np.cos(longitude), around * np.sin(longitude), np.sin(latitude)])


def neighbours(points: pl.DataFrame, among: pl.DataFrame, count: int) -> tuple[Any, Any]:
    """The nearest rows of `among`, exactly, nearest first.

    Returns:
        Row numbers and distances in km, both of shape (rows of points, count).
    """
    import numpy as np

    chord, index = _tree(unit_vectors(among)).query(unit_vectors(points), k=np.arange(1, count + 1), workers=-1)
    return index, _kilometres(chord)


def within(vectors: Any, others: Any, distance_km: float) -> Any:  # noqa: ANN401 - numpy arrays
    """Row numbers of the unit vectors that have one of the others no farther away than this."""
    import numpy as np

    chord = 2 * sin(distance_km / EARTH_RADIUS_KM / 2)
    is_candidate = ((vectors >= others.min(axis=0) - chord) & (vectors <= others.max(axis=0) + chord)).all(axis=1)
    candidates = np.flatnonzero(is_candidate)
    if not len(candidates):
        return candidates
    distance, _ = _tree(others).query(vectors[candidates], k=1, distance_upper_bound=chord, workers=-1)
    return candidates[np.isfinite(distance)]


def _tree(vectors: Any) -> Any:  # noqa: ANN401 - scipy has no types
    from scipy.spatial import KDTree  # pyright: ignore[reportMissingTypeStubs]

    return KDTree(vectors)


def _kilometres(chord: Any) -> Any:  # noqa: ANN401
    import numpy as np

    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
