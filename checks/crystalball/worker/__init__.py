"""The processes that torch lives in: the learner's code runs in one, and in no other."""
