"""What a row promises: one contract per kind of feed. Knows neither Dagster nor where a row came from."""
