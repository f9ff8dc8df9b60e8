"""The places where credentials stand, as forms: of commands, of files, of code, of prose."""
