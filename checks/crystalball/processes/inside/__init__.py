"""What runs in those processes, beside a learner's code."""
