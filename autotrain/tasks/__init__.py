"""What a task is: the sample, its prompt, how an answer is taken apart and judged."""
