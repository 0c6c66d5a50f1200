"""The cases as plain data, which a worker rebuilds."""
