from __future__ import annotations

from pathlib import Path

import pytest

from blacksmith.datasets.sst2.labelled import BadData, Sentence, Splits
from blacksmith.datasets.sst2.splits import checked, deal, labels_of, read_own


def sentences(label: str, *texts: str) -> list[Sentence]:
    return [Sentence(text, label, origin=f"f:{n}") for n, text in enumerate(texts, 1)]


def good_and_bad(*texts: str) -> list[Sentence]:
    return sentences("good", *(f"{t} good" for t in texts)) + sentences(
        "bad", *(f"{t} bad" for t in texts)
    )


def silent(message: str) -> None:
    raise AssertionError(message)


def test_sound_splits_come_back_as_they_are() -> None:
    splits: Splits = {
        "train": good_and_bad("a", "b"),
        "validation": good_and_bad("c"),
        "test": good_and_bad("d"),
    }
    assert checked(splits, silent) == splits
    assert labels_of(splits) == ["bad", "good"]


def test_a_text_of_a_later_split_is_removed_from_the_earlier_ones() -> None:
    warnings: list[str] = []
    splits: Splits = {
        "train": good_and_bad("a", "b", "c"),
        "validation": good_and_bad("b", "c", "d"),
        "test": good_and_bad("c"),
    }
    clean = checked(splits, warnings.append)
    assert clean["train"] == good_and_bad("a")
    assert {s.text for s in clean["validation"]} == {s.text for s in good_and_bad("b", "d")}
    assert clean["test"] == splits["test"]
    assert [w.split(" are left")[0] for w in warnings] == [
        "2 sentences of the validation split",
        "4 sentences of the train split",
    ]


def test_an_empty_split_is_an_error() -> None:
    full = good_and_bad("a")
    with pytest.raises(BadData, match="the validation split is empty"):
        checked({"train": full, "validation": [], "test": good_and_bad("b")}, silent)
    with pytest.raises(BadData, match="the train split is empty"):
        checked({"train": full, "validation": good_and_bad("b"), "test": full}, lambda _: None)


def test_a_label_that_training_does_not_have_is_named_with_its_line() -> None:
    splits = {
        "train": good_and_bad("a"),
        "validation": good_and_bad("b"),
        "test": [*good_and_bad("c"), Sentence("x", "ugly", origin="own/test.tsv:9")],
    }
    with pytest.raises(BadData, match=r"own/test\.tsv:9: the label ugly does not occur"):
        checked(splits, silent)


def test_a_single_label_is_an_error() -> None:
    splits = {name: sentences("good", name) for name in ("train", "validation", "test")}
    with pytest.raises(BadData, match="only the label good"):
        checked(splits, silent)


def test_a_text_with_two_labels_is_reported() -> None:
    warnings: list[str] = []
    twice = [Sentence("x", "good", origin="f:8"), Sentence("x", "bad", origin="f:9")]
    splits = {
        "train": good_and_bad("a") + twice,
        "validation": good_and_bad("b"),
        "test": good_and_bad("c"),
    }
    checked(splits, warnings.append)
    assert warnings == ["1 sentences of the train split stand there with two labels (f:8 and f:9)"]


def test_dealing_keeps_the_labels_shares_and_copies_together() -> None:
    many = good_and_bad(*map(str, range(100)))
    rest, taken = deal(many + many, 0.1)
    assert len(taken) == 2 * 20
    assert [s.label for s in taken].count("good") == 20
    assert not {s.text for s in rest} & {s.text for s in taken}
    assert deal(many + many, 0.1) == (rest, taken)


def test_a_label_with_one_text_stays_in_training() -> None:
    rest, taken = deal([*good_and_bad("a", "b"), *sentences("rare", "x")], 0.3)
    assert "rare" in {s.label for s in rest}
    assert "rare" not in {s.label for s in taken}


def test_a_folder_has_a_file_for_each_split(tmp_path: Path) -> None:
    for name, text in (
        ("train.tsv", "good\ta\nbad\tb\n"),
        ("test.jsonl", '{"label":"bad","text":"c"}'),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "validation.tsv").write_text("good\td\n")
    splits = read_own(tmp_path, 0.1, 0.1)
    assert {name: [s.text for s in split] for name, split in splits.items()} == {
        "train": ["a", "b"], "validation": ["d"], "test": ["c"],
    }  # fmt: skip


def test_without_a_validation_file_a_part_of_training_serves(tmp_path: Path) -> None:
    lines = "".join(f"good\ta {n}\nbad\tb {n}\n" for n in range(20))
    (tmp_path / "train.tsv").write_text(lines)
    (tmp_path / "test.tsv").write_text("good\tx\n")
    splits = read_own(tmp_path, 0.1, 0.3)
    assert [len(splits[name]) for name in ("train", "validation", "test")] == [36, 4, 1]


def test_a_single_file_is_dealt(tmp_path: Path) -> None:
    file = tmp_path / "all.tsv"
    file.write_text("".join(f"good\ta {n}\nbad\tb {n}\n" for n in range(100)))
    splits = read_own(file, 0.1, 0.2)
    assert [len(splits[name]) for name in ("train", "validation", "test")] == [140, 20, 40]


@pytest.mark.parametrize(
    ("files", "path", "fault"),
    [
        ([], "nowhere", "nowhere does not exist"),
        (["a.csv"], "a.csv", r"a\.csv is neither a \.tsv nor a \.jsonl file"),
        (["train.tsv"], ".", r"holds no test\.tsv or test\.jsonl"),
        (["train.tsv", "train.jsonl"], ".", r"holds both train\.tsv and train\.jsonl"),
    ],
)
def test_a_path_that_cannot_be_read_is_named(
    tmp_path: Path, files: list[str], path: str, fault: str
) -> None:
    for name in files:
        (tmp_path / name).write_text("good\ta\n")
    with pytest.raises(BadData, match=fault):
        read_own(tmp_path / path, 0.1, 0.1)


def test_swapped_columns_are_found_before_anything_is_said_of_empty_splits(tmp_path: Path) -> None:
    file = tmp_path / "all.tsv"
    file.write_text("".join(f"text {n}\t{'good' if n % 2 else 'bad'}\n" for n in range(200)))
    with pytest.raises(BadData, match=r"all\.tsv:\d+: 200 labels for 2 texts.* swapped"):
        checked(read_own(file, 0.1, 0.1), silent)


def test_labels_that_look_alike_are_refused_across_splits_too() -> None:
    splits = {
        "train": good_and_bad("a"),
        "validation": good_and_bad("b"),
        "test": [*good_and_bad("c"), Sentence("x", "GOOD", origin="own/test.tsv:9")],
    }
    with pytest.raises(BadData, match=r"own/test\.tsv:9: the label GOOD differs from good"):
        checked(splits, silent)


def test_a_header_that_is_none_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "all.tsv"
    lines = (f"{'good' if n % 2 else 'bad'}\ttext {n}\n" for n in range(200))
    file.write_text("sentiment\treview\n" + "".join(lines))
    said: list[str] = []
    checked(read_own(file, 0.1, 0.1), said.append)
    assert [line.split(":1: ")[1][:44] for line in said] == [
        "no other text has the label sentiment: is it"
    ]
