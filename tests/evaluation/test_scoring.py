"""Figures from verdicts: what counts, what does not, and how much is known."""

import pytest
from sample_rows import APPROVAL, REVIEW, asserted_sample, review_sample

from autotrain.evaluation import scoring
from autotrain.tasks import grading
from autotrain.tasks.grading import Grade


def verdict(passed: bool = True, weak: bool = False, judged: bool = True, **changes):
    task = asserted_sample()
    grade = Grade("passed" if passed else "failed" if judged else "not_applicable", "", 1, 0, 0.0, weak)
    answer = scoring.Prediction(task["id"], task["output"], 20)
    return {**scoring.verdict_of(task, answer, scoring.Judged(grade, grade, None)), "judged": judged, **changes}


def test_a_weak_pass_never_counts_in_pass_at_1() -> None:
    figures = scoring.metrics([verdict(id="a"), verdict(id="b", weak=True)])
    assert figures["pass@1"]["value"] == 0.5
    assert figures["weak_passes"] == 1


def test_what_cannot_be_judged_is_no_failure() -> None:
    figures = scoring.metrics([verdict(id="a"), verdict(id="b", passed=False, judged=False)])
    assert figures["pass@1"]["n"] == 1 and figures["not_judged"] == 1


def test_no_judged_task_gives_no_figure_rather_than_zero() -> None:
    assert scoring.metrics([verdict(passed=False, judged=False)])["pass@1"] is None


def test_every_share_carries_its_count_and_interval() -> None:
    figures = scoring.metrics([verdict(id=str(number), passed=number < 3) for number in range(10)])
    low, high = figures["pass@1"]["interval"]
    assert figures["pass@1"]["passed"] == 3 and low < 0.3 < high
    assert figures["by_task_type"]["algorithm_implementation"]["n"] == 10


def test_json_figures_are_taken_over_json_tasks_alone() -> None:
    review = review_sample()
    grade = Grade("failed", "", 0, 1, 0.0, False)

    def of(text: str):
        return scoring.verdict_of(review, scoring.Prediction(review["id"], text), scoring.Judged(grade, grade, None))

    figures = scoring.metrics([verdict(), of(APPROVAL), of(APPROVAL.replace('"', "'")), of("nothing")])
    assert figures["json_parse_rate"]["value"] == pytest.approx(1 / 3)
    assert figures["json5_parse_rate"]["value"] == pytest.approx(2 / 3)
    assert figures["schema_fit"]["n"] == 3
    assert figures["code_parses"]["n"] == 1


def test_repetition_is_the_share_of_word_runs_that_come_again() -> None:
    assert scoring.repetition("one two three four five six seven eight nine ten") == 0
    assert scoring.repetition("again and " * 50) > 0.9


def test_pass_at_k_is_the_unbiased_estimate() -> None:
    verdicts = [verdict(id="a", passed=number < 2) for number in range(5)]
    figures = scoring.metrics(verdicts, samples_per_task=5)
    assert figures["pass@k"]["1"] == pytest.approx(0.4)
    assert figures["pass@k"]["2"] == pytest.approx(1 - 3 / 10)
    assert figures["pass@k"]["5"] == 1.0
    assert figures["tasks"] == 1


def reviewed(text: str, line: int | None):
    task = {**review_sample(line), "id": f"{line} {text}"}
    grade = grading.plain(False, "", 1)
    return scoring.verdict_of(task, scoring.Prediction(task["id"], text), scoring.Judged(grade, grade, None))


def test_false_alarms_are_the_share_of_readable_reviews_of_sound_programs_that_report_a_fault() -> None:
    verdicts = [reviewed(REVIEW, None), reviewed(APPROVAL, None), reviewed("no review", None), reviewed(REVIEW, 2)]
    alarms = scoring.metrics(verdicts)["review_false_alarms"]
    assert (alarms["value"], alarms["n"]) == (0.5, 2)
    assert scoring.metrics([reviewed(REVIEW, 2)])["review_false_alarms"] is None


def test_a_sound_program_under_review_is_in_no_pass_rate() -> None:
    figures = scoring.metrics([reviewed(APPROVAL, None), reviewed(REVIEW, 2)])
    assert figures["pass@1"]["n"] == 1 and figures["not_judged"] == 1


def test_a_task_marked_weak_is_in_no_pass_rate() -> None:
    task = asserted_sample()
    task["metadata"]["weak"] = True
    grade = grading.plain(True, "", 1)
    found = scoring.verdict_of(task, scoring.Prediction(task["id"], ""), scoring.Judged(grade, grade, None))
    assert found["weak"] and scoring.metrics([found])["pass@1"] is None
