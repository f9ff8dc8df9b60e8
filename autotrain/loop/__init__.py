"""The loop: may a run start, one stage's life, what bash calls, and requests to a loop that runs."""
