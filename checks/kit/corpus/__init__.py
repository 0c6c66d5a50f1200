"""Run directories for the tests of the doctor: `PLANTED` with one fault each, and `HEALTHY` ones."""
