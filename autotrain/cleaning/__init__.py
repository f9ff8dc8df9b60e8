"""Stage 02: what may become training data, and why the rest may not (docs/cleaning.md).

reading.py        raw files in any form, as numbered lines
foreign_rows.py   Alpaca, chat, ShareGPT and prompt/completion rows, as samples
secrets.py        find_secrets, redact, has_secret (used by events, logs and exports too)
secret_rules.py   the table of documented token formats
secret_context.py assignments, credentials in prose, random strings
decoding.py       joined literals, escapes, base64, zero-width characters
second_opinion.py SECRET_SCANNER
urls.py           URL_POLICY
quality.py        empty, vague, refusing, truncated, placeholder, repeating, misformatted answers
tokens.py         code-normalised tokens and their 7-gram hashes
buckets.py        which rows may be near duplicates
duplicates.py     exact and near duplicates
contamination.py  overlap with evaluation tasks
split.py          train and validation, stable over rounds
pipeline.py       the whole stage over files
"""
