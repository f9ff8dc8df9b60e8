"""Secrets: finding what looks like a credential in a text, and taking it out."""
