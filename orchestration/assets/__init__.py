"""The assets, a module a layer, made from the feeds' own descriptions."""
