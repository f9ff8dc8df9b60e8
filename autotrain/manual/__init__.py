"""What the documentation says of the code: its tables, the messages with cause and cure."""
