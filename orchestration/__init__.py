"""When and how data moves: feeds, the lake, Dagster assets, audit, release and the command line."""
