"""The commands of `incidents`, by what people want; `orchestration.cli` puts them together."""
