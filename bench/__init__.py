"""The benchmark: generated input, timed stages. Nothing here runs in the nightly job."""
