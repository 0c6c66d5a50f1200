"""The one form of truth, prediction and observation."""
