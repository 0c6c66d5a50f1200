"""The jail around the code of strangers."""
