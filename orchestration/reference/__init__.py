"""Reference inputs: what is known of places, whatever happened there. No feed, no batch of records, no contract."""
