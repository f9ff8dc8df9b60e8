"""Reads a finished report.html, by itself and through headless Chromium, and compares its figures with eval/."""

import json
import re
import shutil
import subprocess
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

import orjson

from autotrain.display.values import percent
from autotrain.run.paths import RunPaths

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for found in map(shutil.which, BROWSERS) if found), None)


class Page(HTMLParser):
    """The tags, attributes and texts of a page, and its exact figures by key."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.figures: dict[str, tuple[str, str]] = {}
        self._key: tuple[str, str] | None = None
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self._key = (str(found["data-key"]), str(found["data-value"])) if "data-key" in found else None

    def handle_data(self, data):
        self.texts.append(data)
        if self._key:
            self.figures[self._key[0]] = (self._key[1], data)
            self._key = None

    @property
    def text(self) -> str:
        return "".join(self.texts)


def check_figures(page: Page, run: RunPaths, rounds: int = 1) -> int:
    """Every figure of eval/ that the page shows is the file's; how many were compared."""
    compared = 0
    for number in range(rounds + 1):
        path = run.report(number) if number else run.base_report()
        for name, found in json.loads(path.read_text())["sets"].items():
            metrics = found["metrics"]
            wanted = {metric: metrics[metric]["value"] for metric in ("pass@1", "format_compliance", "truncation")}
            for kind in ("by_level", "by_task_type", "by_difficulty"):
                wanted |= {f"{kind}|{key}": row["value"] for key, row in metrics.get(kind, {}).items()}
            for key, value in wanted.items():
                exact, shown = page.figures[f"{name}|{number}|{key}"]
                assert float(exact) == value and shown == percent(value), key
                compared += 1
    return compared


def browse(page: Path, folder: Path) -> tuple[str, list[str], set[str]]:
    """The page's text as Chromium sees it, its console lines, and the hosts that were asked for."""
    assert CHROMIUM
    net_log = folder / f"{page.stem}.net.json"
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
         "--enable-logging=stderr", f"--log-net-log={net_log}", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    content = net_log.read_text(encoding="utf-8", errors="replace").rstrip().rstrip(",")
    try:
        log = orjson.loads(content)
    except orjson.JSONDecodeError:  # a browser that ends at once leaves the list open
        log = orjson.loads(content + "]}")
    urls = {e["params"]["url"] for e in log["events"] if isinstance(e.get("params"), dict) and "url" in e["params"]}
    hosts = {urllib.parse.urlsplit(url).hostname or "" for url in urls if url.startswith("http")}
    return done.stdout, console, hosts


def printed_pages(page: Path, folder: Path) -> int:
    """How many sheets Chromium prints it on."""
    assert CHROMIUM
    printed = folder / f"{page.stem}.pdf"
    subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer",
         f"--print-to-pdf={printed}", page.as_uri()],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))
