"""What both ends of the sandbox must call by the same name."""

import struct

# The memory files that supervisor and slot share, in the order in which they are handed over.
FILES = ("code", "tests", "report", "stdout", "stderr", "notes")

# A job goes to a slot as JSON. What comes back is one of these, told apart by its first byte.
LARGEST_MESSAGE = 8192  # bytes; a larger buffer would cost each program pages of its own
READY = b"+"
REFUSED = b"!"  # and the reason; to begin with, why the slot could not be shut in
RESULT = struct.Struct("<cdBBhh")  # b"=", seconds, limit that was hit, cleaned, how candidate and checker ended

LIMITS = ("", "wall", "cpu", "memory", "processes", "output", "disk")
NO_PROGRAM = -32768  # in place of an exit code (a signal is negative): it did not run, or was killed at the end
