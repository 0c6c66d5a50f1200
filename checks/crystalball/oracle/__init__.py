"""The reference training, right or with a flaw, and every fact of it."""
