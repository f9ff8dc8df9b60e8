"""Settings: the one table of them, where a value comes from, what this machine suggests, and keys."""
