from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.gpu.main import main
from benchmarks.gpu.parity import read_parity
from benchmarks.gpu.plan import Step, plan_steps, recipes
from benchmarks.gpu.steps import Outcome, Runner, end_group
from benchmarks.gpu.table import as_markdown

root = Path(__file__).parents[2]


def step(name: str, code: str, seconds: float = 30) -> Step:
    """One that runs a few lines, which find the file for the figures as `result`."""
    begin = "import json,pathlib,sys;result=pathlib.Path(sys.argv[1].partition('=')[2])"
    return Step(name, seconds, None, ("-c", f"{begin}\n{code}"))


def good(name: str, marker: Path | None = None) -> Step:
    count = f"open({str(marker)!r},'a').write('x')\n" if marker else ""
    return step(name, f"{count}result.write_text(json.dumps({{'times': 1.5}}))")


@pytest.fixture(autouse=True)
def this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLACKSMITH_PYTHON", sys.executable)


def runner(folder: Path, seconds: float = 60) -> Runner:
    return Runner(root, folder, time.monotonic() + seconds)


@pytest.mark.parametrize("device", ["gpu", "cpu"])
@pytest.mark.parametrize("small", [True, False])
def test_every_step_of_the_plan_is_there_and_every_recipe_in_it(device: str, small: bool) -> None:
    steps = plan_steps(device, small)
    expected = ["machine", "lora", "nerf", "recipes", *["parity"] * (device == "gpu"), "kill"]
    assert [each.name for each in steps] == expected
    for each in steps:
        module = each.command[1].replace(".", "/") + ".py"
        assert (root / (module if each.command[0] == "-m" else each.command[0])).is_file()
    settings = json.loads(steps[3].command[-1])
    assert tuple(settings) == recipes
    there = (root / "experiments").glob("*/*/experiment.yaml")
    assert {f"{file.parts[-3]}-{file.parts[-2]}" for file in there} == set(recipes)


def test_the_plan_ends_in_time_though_each_step_may_take_longer_than_its_share(
    tmp_path: Path,
) -> None:
    found = runner(tmp_path, seconds=0).run(good("late"))
    assert (found.status, found.problem) == ("not started", "no time was left")


def test_a_step_that_fails_is_reported_with_its_last_line_and_what_it_had_found(
    tmp_path: Path,
) -> None:
    fails = step("bad", "result.write_text('{\"half\": 1}')\nprint('why')\nsys.exit(3)")
    found = runner(tmp_path).run(fails)
    assert (found.status, found.problem) == ("failed", "ended with 3: why")
    assert found.figures == {"half": 1}
    assert runner(tmp_path).run(good("next")).status == "done"


def test_a_step_without_figures_has_failed(tmp_path: Path) -> None:
    assert runner(tmp_path).run(step("none", "pass")).problem == "it wrote no figures"


def test_a_step_that_takes_too_long_is_ended_and_reported(tmp_path: Path) -> None:
    found = runner(tmp_path).run(step("slow", "import time; time.sleep(600)", seconds=1))
    assert (found.status, found.problem) == ("failed", "not over after 1 s")


def test_a_step_is_ended_with_all_that_it_has_started() -> None:
    code = """import subprocess
child = subprocess.Popen(['sleep', '600'])
print(child.pid, flush=True)
child.wait()"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        end_group(process)
    assert process.returncode
    while not _is_over(child):  # it was asked to, and the kernel has to get to it
        time.sleep(0.01)


def _is_over(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_what_is_done_is_not_done_again_and_what_failed_is(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    for _ in range(2):
        assert runner(tmp_path).run(good("once", marker)).figures == {"times": 1.5}
    assert marker.read_text() == "x"
    assert runner(tmp_path).run(step("again", "sys.exit(1)")).status == "failed"
    assert runner(tmp_path).run(good("again", marker)).status == "done"
    # A step that is another one by now is done again.
    assert runner(tmp_path).run(step("once", "sys.exit(1)")).status == "failed"


def test_an_interpreter_that_cannot_be_had_fails_its_step_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLACKSMITH_PYTHON", str(tmp_path / "none"))
    found = runner(tmp_path).run(good("lost"))
    assert found.status == "failed"
    assert "No such file" in found.problem


def test_the_table_has_a_line_for_each_figure_and_one_for_each_failure() -> None:
    table = as_markdown(
        [
            Outcome("lora", "done", 3.25, figures={"ratio": 1.3456, "tokens/s": 31000}),
            Outcome("recipes", "failed", 2, "ended with 1: a|b", {"x": {"gpu": "9 s"}}),
        ]
    )
    assert table.splitlines()[2:] == [
        "| lora | done, 3.25 s |  |",
        "| lora | ratio | 1.346 |",
        "| lora | tokens/s | 31,000 |",
        "| recipes | failed, 2 s | ended with 1: a\\|b |",
        "| recipes | x: gpu | 9 s |",
    ]


def test_parity_is_read_metric_by_metric() -> None:
    row = {"metric": "psnr", "reference": {"mean": 30.0}, "value": {"mean": 29.4}, "allowed": 0.5}
    said = json.dumps({"rows": [{**row, "within": False}], "holds": False})
    assert read_parity(said) == ({"psnr": "30 and 29.4, NOT within 0.5"}, False)
    assert read_parity("") == ({"parity": "failed: there are no runs to compare"}, False)


def test_the_whole_leaves_tables_and_says_whether_all_was_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--device=cpu", "--small", f"--results={tmp_path}", "--only", "machine"]
    assert main(arguments) == 0
    assert "| machine | Python | " in (tmp_path / "table.md").read_text()
    assert json.loads((tmp_path / "table.json").read_text())[0]["status"] == "done"
    assert main([*arguments, "kill", "--minutes=0"]) == 1
    assert "machine: done before" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--only", "nonesuch"])
