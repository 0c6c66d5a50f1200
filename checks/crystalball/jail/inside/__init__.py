"""What locks a child in, from inside."""
