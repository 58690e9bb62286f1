"""What the box refuses, and the words in which a run ends then."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from blacksmith.training.boxed_trial import BoxedTrial

outside = "copy it into the experiment's folder and declare it under inputs: in"
curve = "experiments/anvil/curve.json"
undeclared = f"reads {curve}, which is no declared input: it is in no key"
add_curve = "add it to experiments/anvil/experiment.yaml:  inputs: [curve.json]"


@pytest.fixture
def trial(tmp_path: Path) -> BoxedTrial:
    return BoxedTrial(tmp_path)


def recipe(*lines: str) -> str:
    """A recipe whose function starts in line 5."""
    body = "\n".join(f"    {line}" for line in lines)
    return f"import json, os, sys\nfrom pathlib import Path\n\ndef train(ctx):\n{body}\n"


@pytest.mark.parametrize(
    "line",
    [
        "open('curve.json')",
        "open(b'curve.json', 'rb')",
        "Path('curve.json').read_text()",
        "Path(__file__).with_name('curve.json').read_bytes()",
        "os.open(os.path.abspath('curve.json'), os.O_RDONLY)",
        "json.load(open('../../experiments/anvil/curve.json'))",
        "open('curve.json', 'r+b')",
    ],
)
def test_a_file_beside_the_recipe_that_is_not_declared_is_named_with_the_line_to_add(
    trial: BoxedTrial, line: str
) -> None:
    trial.write(curve, "[1]")
    run = trial.run(recipe("pass", line))
    assert run.status == 65
    assert run.failed["kind"] == "bad-input"
    assert run.failed["message"] == f"experiments/anvil/recipe.py:6: {undeclared}"
    assert run.failed["remedy"] == add_curve
    assert "traceback" not in run.failed


def test_a_declared_file_is_read_and_the_run_s_own_folders_are_written(trial: BoxedTrial) -> None:
    trial.declare(curve, "[1, 2]")
    run = trial.run(
        recipe(
            "assert json.load(open('curve.json')) == [1, 2]",
            "assert os.listdir() == os.listdir('.') == [e.name for e in os.scandir()]",
            "(ctx.output / 'a').mkdir()",
            "(ctx.output / 'a' / 'b').write_text('c')",
            "open(ctx.output / 'a' / 'b', 'r+').write('d')",
            "import tempfile",
            "with tempfile.TemporaryDirectory() as folder: Path(folder, 'x').write_text('y')",
            "os.close(os.open('/dev/null', os.O_RDWR))",
        )
    )
    assert run.events[-1]["event"] == "finished", run.events[-1]


def test_a_file_elsewhere_in_the_workspace_is_reported_from_the_experiment(
    trial: BoxedTrial,
) -> None:
    file = trial.write("common/a b.txt", "")
    run = trial.run(recipe(f"open({str(file)!r})"))
    assert run.failed["message"].startswith("experiments/anvil/recipe.py:5: reads common/a b.txt,")
    assert run.failed["remedy"].endswith('inputs: ["../../common/a b.txt"]')


def test_a_file_outside_the_workspace_is_to_be_copied_or_to_be_data(
    trial: BoxedTrial, tmp_path: Path
) -> None:
    secret = tmp_path / "elsewhere.json"
    secret.write_text("{}")
    run = trial.run(recipe(f"open({str(secret)!r})"))
    assert f"recipe.py:5: reads {secret}, which is no declared input" in run.failed["message"]
    assert run.failed["remedy"].startswith(outside)
    assert run.failed["remedy"].endswith("or name it as dataset.path if it is data")


def test_a_link_inside_the_box_does_not_lead_out_of_it(trial: BoxedTrial, tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.json"
    secret.write_text("{}")
    run = trial.run(
        recipe(
            "for name in 'ab': (ctx.work / name).write_text(name)",
            f"(ctx.work / 'link').symlink_to({str(secret)!r})",
            "for name in ('a', 'b', 'link'): open(ctx.work / name)",
        )
    )
    assert f"recipe.py:7: reads {secret}" in run.failed["message"]


def test_a_link_outside_that_leads_in_does_not_open_its_folder(
    trial: BoxedTrial, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.json").write_text("{}")
    (tmp_path / "link").symlink_to(trial.declare(curve, "[]"))
    run = trial.run(recipe(f"for x in ('link', 'elsewhere.json'): open('{tmp_path}/' + x)"))
    assert f"reads {tmp_path}/elsewhere.json" in run.failed["message"]


def test_the_workspace_s_own_file_is_refused_where_the_run_has_a_copy(trial: BoxedTrial) -> None:
    trial.declare(curve, "[]")
    run = trial.run(recipe(f"open({str(trial.workspace / curve)!r})"))
    assert "not the run's own copy" in run.failed["message"]
    assert run.failed["remedy"] == "open it as curve.json, relative to the experiment"


@pytest.mark.parametrize("handler", ["OSError", "Exception"])
def test_a_refusal_that_the_program_swallows_ends_the_run_all_the_same(
    trial: BoxedTrial, handler: str
) -> None:
    trial.write(curve, "[1]")
    swallowing = ["try: open('curve.json')", f"except {handler}: pass"]
    run = trial.run(recipe(*swallowing, "(ctx.output / 'model').write_text('')"))
    assert run.failed["message"] == f"experiments/anvil/recipe.py:5: {undeclared}"
    assert run.status == 65


def test_a_swallowed_refusal_ends_a_long_run_at_its_next_progress(trial: BoxedTrial) -> None:
    trial.write(curve, "[1]")
    run = trial.run(
        recipe(
            "try: open('curve.json')",
            "except OSError: pass",
            "ctx.progress(1, 2)",
            "ctx.warn('trained on')",
        )
    )
    assert undeclared in run.failed["message"]
    assert run.warnings == []


def test_all_that_was_refused_is_to_be_added_at_once(trial: BoxedTrial) -> None:
    for name in ("a.json", "b.json"):
        trial.write(f"experiments/anvil/{name}", "")
    run = trial.run(
        recipe(
            "for name in ('a.json', 'b.json', 'a.json'):",
            "    try: open(name)",
            "    except OSError: pass",
        )
    )
    assert "reads experiments/anvil/a.json" in run.failed["message"]
    assert "also refused: experiments/anvil/b.json" in run.failed["message"]
    assert run.failed["remedy"].endswith("inputs: [a.json, b.json]")


def test_what_stands_beside_a_refusal_without_being_its_consequence_is_reported(
    trial: BoxedTrial,
) -> None:
    trial.write(curve, "[1]")
    run = trial.run(
        recipe("try: open('curve.json')", "except OSError: pass", "raise MemoryError('table')")
    )
    assert run.failed["kind"] == "out-of-memory"


@pytest.mark.parametrize(
    "line",
    ["os.listdir({0!r})", "list(Path({0!r}).glob('*'))", "list(os.walk({0!r}))"],
)
def test_a_folder_outside_is_not_listed(trial: BoxedTrial, tmp_path: Path, line: str) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    run = trial.run(recipe(line.format(str(folder))))
    assert f"recipe.py:5: lists {folder}, which is no declared input" in run.failed["message"]


def test_a_folder_of_the_workspace_that_the_capsule_lacks_is_not_silently_empty(
    trial: BoxedTrial,
) -> None:
    trial.write("experiments/anvil/prompts/a.md", "")
    run = trial.run(recipe("import glob", "assert glob.glob('prompts/*.md') == []"))
    assert run.failed["remedy"].endswith("inputs: [prompts/**]")


def test_a_module_elsewhere_is_a_folder_that_is_not_declared(
    trial: BoxedTrial, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "smithing.py").write_text("")
    where = str(tmp_path / "elsewhere")
    run = trial.run(recipe(f"sys.path.insert(0, {where!r})", "import smithing"))
    assert f"recipe.py:6: lists {where}" in run.failed["message"]


@pytest.mark.parametrize("mode", ["w", "a", "x"])
def test_nothing_is_written_outside_the_run_s_folders(trial: BoxedTrial, mode: str) -> None:
    run = trial.run(recipe(f"open('notes.txt', {mode!r})"))
    message = run.failed["message"]
    assert message.startswith("experiments/anvil/recipe.py:5: writes experiments/anvil/notes.txt,")
    assert "ctx.output" in run.failed["remedy"]
    assert not (trial.tree / "experiments" / "anvil" / "notes.txt").exists()


def test_a_file_that_is_nowhere_is_the_program_s_own_business(trial: BoxedTrial) -> None:
    run = trial.run(
        recipe(
            "for name in ('none.json', '/none/at/all', '../none'):",
            "    try: open(name)",
            "    except FileNotFoundError: ctx.warn(name)",
            "try: open('/none/at/all', 'w')",
            "except FileNotFoundError: ctx.warn('w')",
        )
    )
    assert run.warnings == ["none.json", "/none/at/all", "../none", "w"]
    assert run.status == 0


def test_odd_arguments_get_the_errors_that_they_always_get(trial: BoxedTrial) -> None:
    run = trial.run(
        recipe(
            "os.close(os.dup(1)), os.fdopen(os.dup(1)).close(), os.listdir(os.open('.', 0))",
            "for path in (None, 1.5, 'a\\0b', object()):",
            "    try: open(path)",
            "    except (TypeError, ValueError) as error: ctx.warn(type(error).__name__)",
            "for event in ('open', 'os.listdir', 'ctypes.dlopen', 'socket.connect'):",
            "    sys.audit(event)",
            "    sys.audit(event, None, None, None, None, None)",
        )
    )
    assert run.warnings == ["TypeError", "TypeError", "ValueError", "TypeError"]
    assert run.status == 0


def test_a_library_is_loaded_from_the_system_and_not_from_elsewhere(
    trial: BoxedTrial, tmp_path: Path
) -> None:
    library = tmp_path / "libanvil.so"
    library.write_bytes(b"")
    run = trial.run(recipe("import ctypes", "ctypes.CDLL(None)", "ctypes.CDLL('libc.so.6')"))
    assert run.status == 0
    run = trial.run(recipe("import ctypes", f"ctypes.CDLL({str(library)!r})"))
    assert f"recipe.py:6: reads {library}" in run.failed["message"]


def test_what_a_forked_worker_is_refused_ends_the_run(trial: BoxedTrial) -> None:
    trial.write(curve, "[1]")
    run = trial.run(
        recipe(
            "child = os.fork()",
            "if not child:",
            "    try: open('curve.json')",
            "    finally: os._exit(0)",
            "os.waitpid(child, 0)",
        )
    )
    assert run.failed["message"] == f"experiments/anvil/recipe.py:7: {undeclared}"
    assert not list((trial.folder / "run" / "work").glob("refused*"))


def test_a_spawned_worker_imports_the_recipe_s_modules_from_the_capsule(trial: BoxedTrial) -> None:
    trial.declare("experiments/anvil/hammer.py", "def strike(x): return __file__")
    run = trial.run(
        recipe(
            "import multiprocessing, hammer",
            "with multiprocessing.get_context('spawn').Pool(1) as pool:",
            "    ctx.warn(pool.map(hammer.strike, [0])[0])",
        )
    )
    assert run.warnings == [str(trial.tree / "experiments" / "anvil" / "hammer.py")], run
    assert not list(trial.tree.rglob("__pycache__"))


@pytest.mark.parametrize(
    "line",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.socket(socket.AF_INET6).connect(('::1', 9))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
    ],
)
def test_a_closed_network_is_reported_as_such(trial: BoxedTrial, line: str) -> None:
    trial.network = "closed"
    failed = trial.run(recipe(line)).failed
    assert failed["kind"] == "bad-input"
    assert "recipe.py:5: tries to use the network, which is closed (" in failed["message"]
    assert failed["remedy"] == (
        "write network: true into experiments/anvil/experiment.yaml; what comes over the network"
        " is in no key, so it is not reproducible"
    )


def test_a_network_that_is_open_to_the_machine_s_own_ports_is_closed_to_others(
    trial: BoxedTrial,
) -> None:
    trial.network = "chosen"
    own = "try: socket.create_connection(('127.0.0.1', 9))"
    other = "socket.create_connection(('192.0.2.1', 9))"
    run = trial.run(recipe("import socket", own, "except ConnectionRefusedError: pass", other))
    assert "which is closed (192.0.2.1:9)" in run.failed["message"]


def test_a_socket_of_another_process_is_closed_as_the_network_is_and_the_run_s_own_is_not(
    trial: BoxedTrial, tmp_path: Path
) -> None:
    other = str(tmp_path / "other")
    listen = "server = socket.socket(socket.AF_UNIX); server.bind(path); server.listen()"
    lines = (
        "import socket, tempfile",
        "path = tempfile.mkdtemp() + '/own'",
        listen,
        "socket.socket(socket.AF_UNIX).connect(path)",
        f"socket.socket(socket.AF_UNIX).connect({other!r})",
    )
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(other)
        server.listen()
        assert trial.run(recipe(*lines)).status == 0
        trial.network = "closed"
        message = trial.run(recipe(*lines)).failed["message"]
    assert f"recipe.py:9: tries to use the network, which is closed ({other})" in message


def test_an_open_network_and_sockets_of_the_machine_are_left_alone(trial: BoxedTrial) -> None:
    talk = "import socket; a, b = socket.socketpair(); a.sendall(b'x'); b.recv(1)"
    refused = "try: socket.create_connection(('127.0.0.1', 9))"
    run = trial.run(recipe(talk, refused, "except ConnectionRefusedError: ctx.warn('refused')"))
    assert run.warnings == ["refused"]
    trial.network = "closed"
    assert trial.run(recipe(talk)).status == 0
