"""What the history of reports must be, told a second time: slowly, plainly, and without a line of the models' SQL."""
