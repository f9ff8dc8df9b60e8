"""Secrets: what is found, what is left alone, and that nothing gets round it."""

import random
import subprocess
import sys
import sysconfig
from types import ModuleType

import pytest
import secret_corpus as corpus
import secret_services as services
import secret_tools as tools
import secret_uses as uses

from autotrain.secrets import scan
from autotrain.secrets.rules import RULES, pattern
from autotrain.secrets.scan import find_secrets, has_secret, redact, redact_value


def _recall(context: str) -> tuple[float, list[str]]:
    cases = list(corpus.credentials(random.Random(11), (context,)))
    missed = [f"{case.kind} ({case.context})" for case in cases if not find_secrets(case.text)]
    return 1 - len(missed) / len(cases), missed


def test_the_table_names_at_least_109_kinds_and_every_pattern_compiles():
    assert len({rule.kind for rule in RULES}) >= 109
    for index in range(len(RULES)):
        assert pattern(index).pattern


@pytest.mark.parametrize(
    ("context", "least"), [("keyword", 0.99), ("neutral", 0.99), ("assignment", 0.95), ("hard", 0.95)]
)
def test_credentials_are_found_in_every_context(context: str, least: float):
    recall, missed = _recall(context)
    assert recall >= least, missed


@pytest.mark.parametrize("written", [services, tools, uses], ids=["services", "tools", "uses"])
@pytest.mark.parametrize(("number", "least"), [(0, 0.98), (1, 0.96)], ids=["seen", "unseen"])
def test_credentials_are_found_as_services_and_tools_write_them(written: ModuleType, number: int, least: float):
    cases = list(written.credentials(random.Random(21), written.half(number)))
    missed = sorted({case.kind for case in cases if not find_secrets(case.text)})
    found = sum(bool(find_secrets(case.text)) for case in cases)
    assert found / len(cases) >= least, missed if number == 0 else len(missed)


def test_the_column_of_a_table_tells_its_passwords():
    (finding,) = find_secrets("id;name;kennwort;city\n1;ada;Needle-4649;Bonn2024\n")
    assert (finding.kind, finding.start, finding.end) == ("table-password", 28, 39)
    assert not find_secrets("id;name;city\n1;ada;Bonn2024\n")


def test_a_field_of_another_name_beside_a_password_is_none():
    assert not find_secrets("connect(user='ada', passwd=ask(), db='Shop2024')")
    assert find_secrets("connect(user='ada', passwd='Shop2024', db='shop')")


def test_what_bytes_written_as_escapes_look_like_is_no_password():
    assert not find_secrets(r"UUID(bytes_le=b'\x78\x56\x34\x12\x34\x12\x78\x56' + b'\x12\x34\x56\x78\x12\x34\x56\x78')")


def test_innocent_texts_are_left_alone():
    cases = [
        case
        for seed in range(3)
        for written in (corpus, services, tools, uses)
        for case in written.innocents(random.Random(seed))
    ]
    alarms = [case.text for case in cases if find_secrets(case.text)]
    assert len(alarms) <= 0.01 * len(cases), alarms


def test_functions_of_the_standard_library_are_left_alone():
    import ast
    from pathlib import Path

    root = Path(sysconfig.get_paths()["stdlib"])
    functions = []
    for name in ("argparse", "smtplib", "ftplib", "netrc", "getpass", "secrets", "hmac", "imaplib", "base64", "uuid"):
        source = (root / f"{name}.py").read_text(encoding="utf-8")
        nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
        functions += [ast.get_source_segment(source, node) or "" for node in nodes]
    alarms = [text for text in functions if find_secrets(text)]
    assert len(functions) > 200
    assert len(alarms) <= 0.002 * len(functions), alarms


def test_a_finding_points_at_the_credential_in_the_text_as_given():
    token = corpus.draw(random.Random(1), "ghp_{A36}")
    text = f"before {token} after"
    (finding,) = find_secrets(text)
    assert (finding.kind, text[finding.start : finding.end]) == ("github-pat", token)


@pytest.mark.parametrize("name", sorted(corpus.HARD))
def test_redaction_leaves_nothing_of_a_hidden_credential(name: str):
    rng = random.Random(2)
    token = corpus.draw(rng, "ghp_{A36}")
    text = corpus.HARD[name](rng, token)
    clean = redact(text)
    assert "[REDACTED:" in clean
    assert not find_secrets(clean)
    assert token[8:24] not in clean


def test_redaction_keeps_an_innocent_text_as_it_is():
    text = "epoch 3: loss 0.1234, 12 samples/s, eta 00:01:02"
    assert redact(text) is text


def test_any_string_can_be_scanned():
    rng = random.Random(3)
    for _ in range(500):
        find_secrets("".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(40))))
    assert find_secrets("\ud800 " + corpus.draw(rng, "npm_{A36}"))


def test_an_error_while_scanning_counts_as_a_secret(monkeypatch: pytest.MonkeyPatch):
    def fail(text: str) -> list[scan.Finding]:
        raise RuntimeError(text)

    monkeypatch.setattr(scan, "find_secrets", fail)
    assert has_secret("anything at all")


def test_a_value_that_holds_itself_counts_as_a_secret():
    loop: list[object] = []
    loop.append(loop)
    assert has_secret(loop)


def test_nested_values_and_keys_are_scanned():
    token = corpus.draw(random.Random(4), "sk_live_{A24}")
    assert has_secret({"a": [{"b": ("x", token)}]})
    assert has_secret({token: 1})
    assert not has_secret({"a": [1, None, "plain words", {"b": 2.5}]})


def test_a_credential_like_key_makes_its_value_a_secret():
    value = corpus.password(random.Random(5))
    assert has_secret({"settings": {"db_password": value}})
    assert not has_secret({"settings": {"title": "Sunshine99"}})
    assert redact_value({"db_password": value}) == {"db_password": "[REDACTED:assigned-credential]"}


def test_importing_the_module_pulls_in_nothing_heavy():
    code = "import sys, autotrain.secrets.scan; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "torch", "dataclasses", "inspect", "rensa"} & set(modules)


def test_the_quick_verdict_hides_nothing_that_the_full_scan_finds(monkeypatch: pytest.MonkeyPatch):
    texts = [case.text for case in corpus.credentials(random.Random(12))]
    texts += [f"&#{ord(first)};{text}" for first, text in (("x", text) for text in texts[:50])]
    quick = [bool(find_secrets(text)) for text in texts]
    monkeypatch.setattr(scan, "_weight", lambda piece: 2)
    monkeypatch.setattr(scan, "_plain_runs", set())
    monkeypatch.setattr(scan.forms, "_plain_shapes", set())
    monkeypatch.setattr(scan, "may_be_joined", lambda text: True)
    monkeypatch.setattr(scan.context, "words_in", lambda lower: list(scan.context._WORDS))
    assert quick == [bool(find_secrets(text)) for text in texts]


def test_a_token_is_found_whatever_stands_beside_it():
    # What a run weighs is remembered without its neighbours: none of them may hide a token that a blank does not.
    rng = random.Random(13)
    missed = []
    for kind, template in corpus.MARKED.items():
        token = corpus.draw(rng, template)
        if find_secrets(f"see {token} there"):
            missed += [
                (kind, sides) for sides in ('""', "()", "[]", ";;", "<>", "{}", ",,") if not _beside(token, sides)
            ]
    assert missed == []


def _beside(token: str, sides: str) -> bool:
    return bool(find_secrets(f"see {sides[0]}{token}{sides[1]} there"))


def test_a_signature_is_found_behind_a_semicolon():
    signature = corpus.draw(random.Random(14), "{A43}")
    assert find_secrets(f"SharedAccessSignature=sv=2022;sig={signature}=;se=1")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_token_over_a_continued_line_is_joined(line_end: str):
    token = corpus.draw(random.Random(15), corpus.MARKED["github classic"])
    found = find_secrets(f"run --flag {token[:12]}\\{line_end}    {token[12:]} now")
    assert [finding.kind for finding in found] == ["github-pat"]
