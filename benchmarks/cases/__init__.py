"""What is measured, by groups: each gives the samples of one run, and what it could not measure."""
