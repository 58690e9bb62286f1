from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from blacksmith.datasets.sst2 import glue, hub
from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.loading import read_prepared, read_split
from blacksmith.datasets.sst2.prepare import prepare
from blacksmith.datasets.sst2.splits import read_own
from blacksmith.datasets.sst2.tokens import train_tokenizer
from blacksmith.training.failure import BadInput
from blacksmith.training.trial import Trial, run_trial


def prepared(folder: Path, sources: dict[str, Path] | None = None, **dataset: Any) -> Trial:
    defaults = {
        "name": "sst2",
        "variant": "sentiment-grammar",
        "path": None,
        "sentences": {"train": 300, "validation": 60, "test": 120},
        "validation": 0.1,
        "test": 0.1,
        "prompt": "Review: {text}\nSentiment:",
        "chat": False,
        "bos": True,
        "max_length": 128,
        "vocabulary": 400,
        "hub": None,
        "base": None,
        "seed": 0,
    }
    config = {"dataset": {**defaults, **dataset}}
    return run_trial(prepare, config, folder, sources=sources, target="prepare-data")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_same_configuration_gives_the_same_bytes(tmp_path: Path) -> None:
    first = contents(prepared(tmp_path / "a").output)
    assert contents(prepared(tmp_path / "b").output) == first
    assert contents(prepared(tmp_path / "c", seed=1).output) != first
    assert sorted(first) == [
        "dataset.json", "test.jsonl", "tokenizer.json", "tokenizer_config.json",
        "tokens.safetensors", "train.jsonl", "validation.jsonl",
    ]  # fmt: skip


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    output = prepared(tmp_path).output
    data = read_prepared(output, "train", "test")
    tokenizer = Tokenizer.from_file(str(output / "tokenizer.json"))
    sentences = read_split(output, "test")
    assert len(sentences) == len(data.rows["test"].labels) == 120
    for row, sentence in enumerate(sentences):
        parts, tokens = data.rows["test"].parts[row], data.rows["test"].tokens[row]
        assert data.labels[data.rows["test"].labels[row]] == sentence.label
        assert tokenizer.decode(tokens[parts == 1]) == f"Review: {sentence.text}\nSentiment:"
        assert tokenizer.decode(tokens[parts == 2]) == f" {sentence.label}"
        assert tokens[parts == 2].tolist() == data.answers[data.labels.index(sentence.label)]


def test_prepared_sentences_can_be_prepared_again_as_ones_own(tmp_path: Path) -> None:
    output = prepared(tmp_path / "a").output
    again = prepared(tmp_path / "b", path=str(output)).output
    assert load_file(again / "tokens.safetensors").keys()
    for name in ("train.jsonl", "test.jsonl"):
        texts = [[json.loads(line)["text"] for line in (folder / name).read_text().splitlines()]
                 for folder in (output, again)]  # fmt: skip
        assert texts[0] == texts[1]


def test_any_set_of_labels_will_do(tmp_path: Path) -> None:
    labels = ["spam", "ham and eggs", "weiß nicht"]
    file = tmp_path / "own.tsv"
    file.write_text("".join(f"{labels[n % 3]}\tmessage {n}\n" for n in range(60)), "utf-8")
    data = read_prepared(prepared(tmp_path / "out", path=str(file)).output, "train")
    assert data.labels == sorted(labels)
    assert len({tuple(answer) for answer in data.answers}) == 3


def test_a_wrong_line_of_ones_own_data_ends_the_run_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "own.tsv"
    file.write_text("good\ta\nbad b\n")
    with pytest.raises(BadInput, match=r"own\.tsv:2: has 1 columns"):
        prepared(tmp_path / "out", path=str(file))


def test_cut_texts_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "own.tsv"
    lines = [f"{label}\t{text} {n}\n" for n in range(20)
             for label, text in (("good", "a"), ("bad", "long " * 60))]  # fmt: skip
    file.write_text("".join(lines))
    trial = prepared(tmp_path / "out", path=str(file), max_length=40, prompt="{text}:")
    assert "of the train split are longer than" in trial.named("warning")[0]["message"]


def glue_archive(file: Path, train: str, dev: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("SST-2/train.tsv", train)
        archive.writestr("SST-2/dev.tsv", dev)
    return file


def test_the_published_archive_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train = "sentence\tlabel\n" + "".join(f"phrase {n} \t{n % 2}\n" for n in range(40))
    archive = glue_archive(tmp_path / "a.zip", train, "sentence\tlabel\nfine\t1\nphrase 3 \t0\n")
    monkeypatch.setattr(glue, "_counts", {"train": 40, "dev": 2})
    trial = prepared(tmp_path / "out", {"sst2": archive}, variant="sst2")
    assert [(s.text, s.label) for s in read_split(trial.output, "test")] == [
        ("fine", "positive"), ("phrase 3", "negative"),
    ]  # fmt: skip
    train_texts = {s.text for s in read_split(trial.output, "train")}
    assert "phrase 3" not in train_texts
    assert len(train_texts) in (35, 36)  # 4 for validation, and perhaps the one of the test


@pytest.mark.parametrize(
    ("train", "fault"),
    [
        ("sentence\tlabel\na\t1\n", "holds 1 sentences, not 67349"),
        ("sentence\tlabel\na\t-1\n", r"train\.tsv:2: the label -1 is not one of 0, 1"),
    ],
)
def test_another_archive_is_refused(tmp_path: Path, train: str, fault: str) -> None:
    archive = glue_archive(tmp_path / "a.zip", train, "sentence\tlabel\na\t1\n")
    with pytest.raises(BadInput, match=fault):
        prepared(tmp_path / "out", {"sst2": archive}, variant="sst2")
    archive.write_text("<html>")
    with pytest.raises(BadInput, match="is not GLUE's SST-2 archive"):
        prepared(tmp_path / "out", {"sst2": archive}, variant="sst2")


def test_a_hub_models_tokenizer_and_digests_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    tokenizer, _ = train_tokenizer(["Review: bad good negative positive"], 320)
    tokenizer.save(str(snapshot / "tokenizer.json"))
    (snapshot / "config.json").write_text('{"bos_token_id": 7, "eos_token_id": [9, 8]}')
    (snapshot / "model.safetensors").write_bytes(b"weights")

    def fetch(model: str, revision: str, name: str) -> Path:
        assert (model, revision) == ("me/mine", "c" * 40)
        return snapshot / name

    monkeypatch.setattr(hub, "fetch", fetch)
    wanted = {"model": "me/mine", "revision": "c" * 40, "weights": True}
    data = read_prepared(prepared(tmp_path / "out", hub=wanted).output, "test")
    assert (data.specials.bos, data.specials.eos, data.specials.pad) == (7, 9, 9)
    assert data.rows["test"].tokens[0, 0] == 7
    digest = hub.digest(snapshot / "model.safetensors")
    assert data.hub == {**wanted, "weights": {"model.safetensors": digest}}


def test_files_of_a_hub_that_are_broken_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "fetch", lambda _model, _revision, name: tmp_path / name)
    (tmp_path / "tokenizer.json").write_text("{}")
    wanted = {"model": "me/mine", "revision": "c" * 40, "weights": False}
    with pytest.raises(BadInput, match=r"tokenizer\.json is no tokenizer"):
        prepared(tmp_path / "a", hub=wanted)
    tokenizer, _ = train_tokenizer(["Review: bad good negative positive"], 320)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    for text, fault in (("{", "is not JSON"), ("[]", "is not a JSON object")):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(BadInput, match=rf"config\.json of me/mine .*{fault}"):
            prepared(tmp_path / "b", hub=wanted)


def test_a_gated_model_ends_the_run_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(model: str, revision: str, name: str) -> Path:
        raise BadData(f"{name} of {model} is gated", remedy="put a token into HF_TOKEN")

    monkeypatch.setattr(hub, "fetch", fetch)
    wanted = {"model": "me/mine", "revision": "c" * 40, "weights": True}
    with pytest.raises(BadInput, match="is gated") as caught:
        prepared(tmp_path / "out", hub=wanted)
    assert caught.value.remedy == "put a token into HF_TOKEN"


def test_a_path_is_read_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="does not exist"):
        read_own(tmp_path / "nowhere", 0.1, 0.1)
