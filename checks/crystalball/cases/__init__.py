"""Cases: what is asked of a learner's function, and where that comes from."""
