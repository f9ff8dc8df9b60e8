"""The picture in the README shows a real run as it would be drawn today, and gives away no folder of anyone's."""

import re
import xml.etree.ElementTree as ElementTree

from autotrain.config.settings import PROJECT_ROOT
from autotrain.evaluation import outcome
from autotrain.jsonl import read_json
from autotrain.manual import picture


def test_the_picture_is_what_the_code_draws_of_the_run(in_utc: None) -> None:
    drawn = picture.draw(picture.kept_run())
    assert drawn == picture.PICTURE.read_text(encoding="utf-8"), "run python -m autotrain.manual.picture"
    texts = [element.text or "" for element in ElementTree.fromstring(drawn).iter() if element.tag.endswith("text")]
    sentence = outcome.sentence(read_json(picture.kept_run().best))
    assert sentence in " ".join(texts)  # the report's verdict
    assert any("Loss" in text for text in texts)  # the dashboard's curve


def test_what_is_kept_of_the_run_names_no_folder_of_anyone() -> None:
    files = [path for path in (picture.DOCS / "run").rglob("*") if path.is_file()]
    assert len(files) >= 7
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'"/(?:home|root|work|tmp|Users)/', text), path
    assert "docs/picture.svg" in (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
