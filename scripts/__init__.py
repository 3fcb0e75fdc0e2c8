"""Tools of the developers. Nothing here runs in the nightly job."""
