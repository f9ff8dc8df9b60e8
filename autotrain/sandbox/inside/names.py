"""What both ends of the sandbox must call by the same name."""

# The memory files that supervisor and slot share, in the order in which they are handed over.
FILES = ("code", "tests", "report", "stdout", "stderr", "notes")

LARGEST_HEADER = 8192  # bytes; a larger buffer would cost each program pages of its own
