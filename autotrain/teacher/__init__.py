"""The teacher: where training samples come from (stage 01), an API or the builtin generator."""
