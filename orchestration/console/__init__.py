"""What `incidents` shows: progress while a run goes on, and reports read from the lake and from the release."""
