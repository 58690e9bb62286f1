"""Fetching from a hub, against a small one of our own on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import errors

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.labelled import BadData

commit = "0123456789" * 4
token = "hf_" + "AbCd" * 8
files = {
    "config.json": b'{"bos_token_id": 1, "eos_token_id": [2, 3]}',
    "model.safetensors.index.json": (
        b'{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}'
    ),
    "one.safetensors": b"one",
    "two.safetensors": b"two",
}


class Hub(BaseHTTPRequestHandler):
    """Answers like the hub: owner/open for all, owner/gated with the token, nothing else."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if "/resolve/" not in self.path:
            self.answer(404, {})
            return
        self.asked.append(self.path)
        _, owner, name, _, revision, *rest = self.path.split("/")
        content = files.get("/".join(rest))
        allowed = name == "open" or self.headers.get("Authorization") == f"Bearer {token}"
        if owner != "owner" or name not in ("open", "gated"):
            self.answer(404, {"X-Error-Code": "RepoNotFound"})
        elif not allowed:
            self.answer(401, {"X-Error-Code": "GatedRepo"})
        elif revision != commit:
            self.answer(404, {"X-Error-Code": "RevisionNotFound"})
        elif content is None:
            self.answer(404, {"X-Error-Code": "EntryNotFound"})
        else:
            tag = f'"{hash(content) & 0xFFFFFFFF:x}"'
            self.answer(200, {"ETag": tag, "X-Repo-Commit": commit}, content)

    def answer(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    Hub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


script = """
import json, sys
from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.labelled import BadData
model, revision, name = sys.argv[1:]
try:
    weights = name == "weights"
    found = hub.fetch_weights(model, revision) if weights else [hub.fetch(model, revision, name)]
    print(json.dumps({"contents": [file.read_text() for file in found]}))
except BadData as error:
    print(json.dumps({"message": str(error), "remedy": error.remedy}))
except FileNotFoundError as error:
    print(json.dumps({"missing": str(error)}))
"""


def fetch(
    endpoint: str, home: Path, model: str, name: str, *, revision: str = commit, **env: str
) -> dict[str, str]:
    """What one process with an empty home gets: the hub's settings are read at its import."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("HF_")},
        "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HOME": str(home), **env,
    }  # fmt: skip
    command = [sys.executable, "-c", script, model, revision, name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert token not in done.stdout + done.stderr
    written = [file for file in home.rglob("*") if file.is_file()]
    assert not [file for file in written if token.encode() in file.read_bytes()]
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def test_a_file_comes_once_and_then_from_the_cache(endpoint: str, tmp_path: Path) -> None:
    wanted = {"contents": [files["config.json"].decode()]}
    assert fetch(endpoint, tmp_path, "owner/open", "config.json") == wanted
    Hub.asked.clear()
    assert fetch(endpoint, tmp_path, "owner/open", "config.json") == wanted
    assert Hub.asked == []


def test_weights_in_several_files_come_by_their_index(endpoint: str, tmp_path: Path) -> None:
    assert fetch(endpoint, tmp_path, "owner/open", "weights") == {"contents": ["one", "two"]}


def test_a_gated_model_without_a_token_says_what_to_do(endpoint: str, tmp_path: Path) -> None:
    answer = fetch(endpoint, tmp_path, "owner/gated", "config.json")
    assert "config.json of owner/gated" in answer["message"]
    assert "is gated" in answer["message"]
    assert "HF_TOKEN" in answer["remedy"]


def test_a_token_opens_a_gated_model_and_is_written_nowhere(endpoint: str, tmp_path: Path) -> None:
    answer = fetch(endpoint, tmp_path, "owner/gated", "config.json", HF_TOKEN=token)
    assert "contents" in answer


def test_an_unknown_model_or_revision_is_named(endpoint: str, tmp_path: Path) -> None:
    answer = fetch(endpoint, tmp_path, "owner/absent", "config.json")
    assert "owner/absent" in answer["message"]
    assert "knows no such model" in answer["message"]
    answer = fetch(endpoint, tmp_path, "owner/open", "config.json", revision="f" * 40)
    assert "knows no such revision" in answer["message"]


def test_an_absent_file_is_no_error_of_the_hub(endpoint: str, tmp_path: Path) -> None:
    assert "tokenizer.json" in fetch(endpoint, tmp_path, "owner/open", "tokenizer.json")["missing"]


def test_without_a_network_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not a real failure: huggingface_hub tries for half a minute.
    def unreachable(*args: object, **options: object) -> str:
        raise errors.LocalEntryNotFoundError("no cache") from OSError("no route to host")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unreachable)
    with pytest.raises(BadData, match="could not be downloaded: no route to host") as caught:
        hub.fetch("owner/open", commit, "config.json")
    assert "network" in (caught.value.remedy or "")
