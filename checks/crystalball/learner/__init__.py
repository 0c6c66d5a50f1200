"""The learner's tools."""
