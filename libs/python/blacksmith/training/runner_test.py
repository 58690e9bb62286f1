"""The trainer as a process: events, control, signals, exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from blacksmith.training.confines import Confines
from blacksmith.training.failure import Failure
from blacksmith.training.runner import explained
from blacksmith.training.tensorfile import Raw, encode_header

root = Path(__file__).parents[2]

recipe = """
import random
import time
from blacksmith.training import Context

def train(ctx: Context):
    steps = ctx.config.training.steps
    state = ctx.resume(at_most=steps)
    step, total = (state["step"], state["total"]) if state else (0, 0.0)
    ctx.restore_random(state)
    while step < steps:
        time.sleep(ctx.config.training.get("pause", 0))
        step, total = step + 1, total + random.random()
        ctx.log({"total": total}, step)
        ctx.progress(step, steps, total=total)
        ctx.checkpoint_when_due(step, lambda: {"step": step, "total": total})
    ctx.save_final(step, {"step": step, "total": total})
    (ctx.output / "model.txt").write_text(repr(total))

def evaluate(ctx: Context):
    return {"accuracy": 0.5}

def count_nothing(ctx: Context):
    return None

def fail(ctx: Context):
    raise ValueError("the reason\\nand more")

def run_out_of_memory(ctx: Context):
    raise MemoryError

def fill_the_disk(ctx: Context):
    raise OSError(28, "No space left on device")

def get_nan(ctx: Context):
    ctx.resume()
    ctx.checkpoint({"step": 1}, 1)
    ctx.log({"loss": float("nan")}, 2)

def refuse(ctx: Context):
    raise ctx.bad_input("labels.txt:3: label 12 is out of range", remedy="use 0 to 9")

def leave(ctx: Context):
    raise SystemExit(0)

def sleep(ctx: Context):
    time.sleep(60)

def talk_twice(ctx: Context):
    print("for people")
    ctx.warn("careful")

def fail_at_length(ctx: Context):
    raise ValueError("the reason " + "x" * 3_000_000 + " the end")

def fail_in_no_words(ctx: Context):
    class Unspeakable(Exception):
        def __str__(self):
            raise RuntimeError("no words")
    raise Unspeakable

def fail_on_a_strange_name(ctx: Context):
    raise ValueError("no file \\udcff")

def leave_another_state(ctx: Context):
    ctx.checkpoint({"weights": 1}, 7)

def need_a_driver(ctx: Context):
    from pathlib import Path
    ctx.resume()
    if not Path("driver").exists():
        raise KeyError("no driver")

class NotThere(FileNotFoundError, ValueError):
    pass

def miss_a_file(ctx: Context):
    ctx.resume()
    raise NotThere("the hub does not answer")

def leave_a_file_open(ctx: Context):
    open(__file__)
    open(__file__).read()
    (ctx.output / "model.txt").write_text("")

def hold_what_no_file_holds(ctx: Context):
    ctx.try_saving(lambda: {"hook": print})

def tell_what_is_set(ctx: Context):
    import os, subprocess, sys
    child = [sys.executable, "-c", "import os; print(*os.environ)"]
    of_a_child = subprocess.run(child, capture_output=True, text=True, check=True).stdout
    ctx.warn(" ".join(sorted(os.environ)) + " OF_A_CHILD " + of_a_child)

def write_a_model(ctx: Context):
    content = bytes.fromhex(ctx.config.training.hex)
    (ctx.output / "model.safetensors").write_bytes(content)

def order_of_a_set(ctx: Context):
    ctx.warn(" ".join({"one", "two", "three", "four", "five"}))
"""


@dataclass
class Run:
    """A trainer that has ended, or one under way."""

    process: subprocess.Popen[str]
    events_in: int
    control_out: int
    events: list[dict[str, Any]] = field(default_factory=list)
    status: int = -1
    stdout: str = ""
    stderr: str = ""

    def finish(self) -> Run:
        with os.fdopen(self.events_in, encoding="utf-8") as stream:
            self.events += [json.loads(line) for line in stream]
        self.stdout, self.stderr = self.process.communicate(timeout=30)
        self.status = self.process.returncode
        if self.control_out >= 0:
            os.close(self.control_out)
        return self

    def one(self, event: str) -> dict[str, Any]:
        (found,) = [e for e in self.events if e["event"] == event]
        return found


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    (tmp_path / "recipe.py").write_text(textwrap.dedent(recipe))

    def start(function: str, target: str = "train", **fields: Any) -> Run:
        request = {
            "version": 1,
            "target": target,
            "entry": {"file": "recipe.py"},
            "function": function,
            "config": {"training": {"steps": 20}},
            "inputs": {},
            "sources": {},
            "output": "output",
            "records": "records",
            "work": "work",
            "device": {"kind": "cpu", "count": 1, "threads": 1, "ids": []},
            "seed": 3,
            "resume": None,
            **fields,
        }
        (tmp_path / "request.json").write_text(json.dumps(request))
        events_in, events_out = os.pipe()
        control_in, control_out = os.pipe()
        environment = {
            **os.environ,
            "PYTHONPATH": str(root),
            "BLACKSMITH_EVENTS_FD": str(events_out),
            "BLACKSMITH_CONTROL_FD": str(control_in),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "blacksmith.training", "request.json"],
            cwd=tmp_path,
            env=environment,
            pass_fds=(events_out, control_in),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(events_out)
        os.close(control_in)
        return Run(process, events_in, control_out)

    return start


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_a_run_reports_its_start_its_progress_and_its_end(start: Start, tmp_path: Path) -> None:
    run = start("train").finish()
    assert run.status == 0
    assert run.stdout == run.stderr == ""
    assert run.one("started")["device"] == {"kind": "cpu", "count": 1, "threads": 1}
    last = [e for e in run.events if e["event"] == "progress"][-1]
    assert (last["step"], last["of"]) == (20, 20)
    assert run.events[-1]["event"] == "finished"
    assert all(isinstance(e["time"], float) for e in run.events)
    assert (tmp_path / "output" / "model.txt").exists()


def test_metrics_hold_each_step_once(start: Start, tmp_path: Path) -> None:
    start("train").finish()
    lines = (tmp_path / "records" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, 21))


def test_evaluate_leaves_its_metrics_as_canonical_json(start: Start, tmp_path: Path) -> None:
    run = start("evaluate", target="evaluate").finish()
    assert run.one("finished")["metrics"] == {"accuracy": 0.5}
    assert (tmp_path / "output" / "metrics.json").read_text() == '{"accuracy":0.5}\n'


@pytest.mark.parametrize(
    ("function", "kind", "status", "text"),
    [
        ("fail", "error", 1, "ValueError: the reason"),
        ("run_out_of_memory", "out-of-memory", 1, "out of memory"),
        ("leave", "error", 1, "the recipe called sys.exit(0), which leaves no result"),
        ("fill_the_disk", "disk-full", 1, "no space left"),
        ("get_nan", "nan", 1, "loss became nan at step 2"),
        ("refuse", "bad-input", 65, "labels.txt:3: label 12 is out of range"),
        ("absent", "bad-input", 65, "has no function absent"),
        ("count_nothing", "bad-input", 65, "returned no metrics"),
    ],
)
def test_a_failure_has_a_kind_and_one_line(
    start: Start, function: str, kind: str, status: int, text: str
) -> None:
    target = "evaluate" if function == "count_nothing" else "train"
    run = start(function, target=target).finish()
    failed = run.one("failed")
    assert (failed["kind"], run.status) == (kind, status)
    assert text in failed["message"]
    assert "\n" not in failed["message"]
    assert run.events[-1] is failed


def test_the_traceback_of_a_bug_is_whole_and_bad_input_has_none(start: Start) -> None:
    traceback = start("fail").finish().one("failed")["traceback"]
    assert 'raise ValueError("the reason\\nand more")' in traceback
    assert traceback.endswith("ValueError: the reason\nand more\n")
    refused = start("refuse").finish().one("failed")
    assert "traceback" not in refused
    assert refused["remedy"] == "use 0 to 9"


def test_a_recipe_that_leaves_is_told_what_to_do_instead(start: Start) -> None:
    failed = start("leave").finish().one("failed")
    assert "traceback" not in failed
    assert failed["remedy"].startswith("return where it is done")


def test_an_error_of_megabytes_is_reported_by_both_of_its_ends(start: Start) -> None:
    failed = start("fail_at_length").finish().one("failed")
    assert failed["message"].startswith("ValueError: the reason xxx")
    assert failed["traceback"].startswith("Traceback")
    assert failed["traceback"].endswith("the end\n")
    assert len(json.dumps(failed)) < 1 << 17


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("fail_in_no_words", "Unspeakable: it cannot be put into words (RuntimeError)"),
        ("fail_on_a_strange_name", "ValueError: no file \udcff"),
    ],
)
def test_an_error_that_is_hard_to_put_into_words_is_reported(
    start: Start, function: str, message: str
) -> None:
    run = start(function).finish()
    assert (run.one("failed")["message"], run.status) == (message, 1)


def test_a_state_that_no_run_can_continue_from_fails_one_run_and_no_further_one(
    start: Start, tmp_path: Path
) -> None:
    start("leave_another_state").finish()
    failed = start("train").finish().one("failed")
    assert "could not continue from the checkpoint" in failed["message"]
    assert failed["message"].endswith("step-000000000007: KeyError: 'step'")
    assert failed["remedy"].startswith("run the same command again")
    assert 'state["step"]' in failed["traceback"]
    again = start("train").finish()
    assert again.status == 0
    assert "an earlier run could not continue from it" in again.one("warning")["message"]
    assert not [e for e in again.events if e["event"] == "resumed"]
    alone = start("train", output="o2", work="w2", records="r2").finish()
    assert alone.status == 0
    assert len({(tmp_path / o / "model.txt").read_text() for o in ("output", "o2")}) == 1


def test_a_state_is_used_again_where_a_run_without_it_gets_no_further(
    start: Start, tmp_path: Path
) -> None:
    start("leave_another_state").finish()
    assert "step-000000000007: KeyError" in start("need_a_driver").finish().one("failed")["message"]
    failed = start("need_a_driver").finish().one("failed")
    assert failed["message"] == "KeyError: 'no driver'"
    assert "step-000000000007, too: the next run continues from there" in failed["traceback"]
    (tmp_path / "driver").touch()
    assert start("need_a_driver").finish().one("resumed")["step"] == 7


def test_a_state_on_which_a_run_failed_is_kept_and_used_again_on_demand(
    start: Start, tmp_path: Path
) -> None:
    start("leave_another_state").finish()
    remedy = start("need_a_driver").finish().one("failed")["remedy"]
    (tmp_path / "driver").touch()
    noted = tmp_path / "work" / "checkpoints" / "passed-over.json"
    assert str(Path("work", "checkpoints", noted.name)) in remedy
    noted.unlink()
    assert start("need_a_driver").finish().one("resumed")["step"] == 7


def test_a_file_that_cannot_be_had_is_no_fault_of_the_state(start: Start, tmp_path: Path) -> None:
    start("leave_another_state").finish()
    failed = start("miss_a_file").finish().one("failed")
    assert failed["message"] == "NotThere: the hub does not answer"
    assert not list(tmp_path.rglob("passed-over.json"))


def test_what_cannot_be_saved_is_found_before_the_first_step(start: Start) -> None:
    failed = start("hold_what_no_file_holds").finish().one("failed")
    assert failed["message"].startswith("TypeError: hook is a builtin_function_or_method")
    assert "Found before the first step" in failed["traceback"]


sound = Raw("U8", (2,), memoryview(b"ab"))
whole = b"".join((encode_header({"weights": sound})[0], b"ab"))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it has 0 bytes"),
        (whole[:-1], "weights reaches outside the file"),
        (whole + b"c", "1 bytes too many"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS pointer"),
        (encode_header({})[0], "holds no tensor"),
        (b"PK\3\4 a file of torch.save", "is damaged"),
    ],
)
def test_a_file_that_is_no_model_is_refused_at_the_end_of_its_training(
    start: Start, content: bytes, fault: str
) -> None:
    config = {"training": {"hex": content.hex()}}
    run = start("write_a_model", config=config).finish()
    assert fault in run.one("failed")["message"]
    assert run.one("failed")["remedy"].startswith("let the recipe write it with save_model")
    assert run.status == 65


def test_a_whole_model_is_taken(start: Start) -> None:
    run = start("write_a_model", config={"training": {"hex": whole.hex()}}).finish()
    assert run.status == 0


def test_a_file_that_a_recipe_leaves_open_is_no_word_to_people(start: Start) -> None:
    run = start("leave_a_file_open").finish()
    assert (run.status, run.stdout, run.stderr) == (0, "", "")


def test_the_error_is_reported_where_its_explanation_fails() -> None:
    class Broken(Confines):
        def explain(self, error: BaseException) -> Failure | None:
            raise OSError("the notes cannot be read")

    assert explained(ValueError("the reason"), Broken()).message == "ValueError: the reason"


def test_a_nan_keeps_the_last_good_checkpoint(start: Start, tmp_path: Path) -> None:
    start("get_nan").finish()
    assert [p.name for p in (tmp_path / "work" / "checkpoints").iterdir()] == ["step-000000000001"]


def test_sigterm_writes_a_checkpoint_and_the_next_run_continues(
    start: Start, tmp_path: Path
) -> None:
    start("train").finish()
    expected = (tmp_path / "output" / "model.txt").read_text()
    config = {"training": {"steps": 20, "pause": 0.05}}
    run = start("train", config=config, output="o2", work="w2", records="r2")
    metrics = tmp_path / "r2" / "metrics.jsonl"
    wait_for(lambda: metrics.exists() and metrics.read_text().count("\n") >= 3)
    run.process.send_signal(signal.SIGTERM)
    run.process.send_signal(signal.SIGTERM)
    run.finish()
    assert run.status == 75
    assert run.one("failed")["kind"] == "stopped"
    assert run.one("checkpoint")["step"] >= 3
    again = start("train", config=config, output="o2", work="w2", records="r2").finish()
    assert again.one("resumed")["step"] == run.one("checkpoint")["step"]
    assert (tmp_path / "o2" / "model.txt").read_text() == expected
    steps = [json.loads(line)["step"] for line in metrics.read_text().splitlines()]
    assert steps == list(range(1, 21))


def test_a_signal_ends_what_has_nothing_to_save_at_once(start: Start) -> None:
    run = start("sleep", target="evaluate")
    stream = os.fdopen(run.events_in, encoding="utf-8")
    while json.loads(stream.readline())["event"] != "phase":
        pass
    run.process.send_signal(signal.SIGINT)
    failed = json.loads(stream.readline())
    stream.close()
    run.process.communicate(timeout=10)
    assert (failed["kind"], run.process.returncode) == ("stopped", 75)
    os.close(run.control_out)


def test_it_ends_at_once_when_whoever_started_it_is_gone(start: Start) -> None:
    run = start("sleep")
    os.close(run.control_out)
    run.control_out = -1
    began = time.monotonic()
    run.finish()
    assert run.status == 1
    assert time.monotonic() - began < 5


def test_stdout_is_for_people_and_events_have_a_stream_of_their_own(start: Start) -> None:
    run = start("talk_twice").finish()
    assert run.stdout == "for people\n"
    assert run.one("warning")["message"] == "careful"


def test_sets_have_the_same_order_in_every_run(start: Start) -> None:
    first, second = (start("order_of_a_set").finish().one("warning") for _ in range(2))
    assert first["message"] == second["message"]


def test_by_hand_the_events_are_printed(tmp_path: Path) -> None:
    (tmp_path / "recipe.py").write_text(textwrap.dedent(recipe))
    request = {
        "target": "train", "entry": {"file": "recipe.py"}, "function": "train",
        "config": {"training": {"steps": 2}}, "output": "output",
    }  # fmt: skip
    (tmp_path / "request.json").write_text(json.dumps(request))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BLACKSMITH")}
    done = subprocess.run(
        [sys.executable, "-m", "blacksmith.training", "request.json"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "step 2/2  total 1." in done.stderr
    assert done.stderr.splitlines()[-1].startswith("finished in ")


def test_by_hand_a_run_and_its_children_are_alone_wherever_it_is_started(tmp_path: Path) -> None:
    (tmp_path / "recipe.py").write_text(textwrap.dedent(recipe))
    request = {"target": "train", "entry": {"file": "recipe.py"}, "function": "tell_what_is_set",
               "config": {}, "output": "output"}  # fmt: skip
    (tmp_path / "request.json").write_text(json.dumps(request))
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BLACKSMITH")}
    launched = {"SLURM_NTASKS": "4", "RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "4",
                "MASTER_ADDR": "here", "OMPI_COMM_WORLD_RANK": "1", "PMI_RANK": "1"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", "-m", "blacksmith.training", "request.json"],
        cwd=tmp_path,
        env={**kept, **launched, "PYTHONPATH": str(root), "RANKING": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    own, of_a_child = done.stderr.split(" OF_A_CHILD ")
    assert "RANKING" in own
    assert "RANKING" in of_a_child
    assert not set(launched) & set(done.stderr.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "does not hold a JSON object"),
        ('{"target": "train"}', "entry must be an object"),
        ('{"target": "test"}', "target must be one of prepare-data, train, evaluate"),
        ('{"version": 9}', "version 9 is unknown"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    from blacksmith.training.failure import BadInput
    from blacksmith.training.request import read_request

    (tmp_path / "request.json").write_text(text)
    with pytest.raises(BadInput, match=message):
        read_request(tmp_path / "request.json")


def test_a_mistyped_parameter_names_the_near_one() -> None:
    from blacksmith.training.request import Config

    with pytest.raises(AttributeError, match="did you mean epochs"):
        _ = Config(epochs=3).epoch
