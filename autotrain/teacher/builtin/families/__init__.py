"""The families of the builtin teacher, by what they are about."""
