from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer

from blacksmith.datasets.sst2.frames import Frame, frame_of, ids_of
from blacksmith.datasets.sst2.labelled import BadData, Sentence
from blacksmith.datasets.sst2.pretrained import in_folder
from blacksmith.datasets.sst2.tokens import Encoder, Specials, train_tokenizer

prompt = "Review: {text}\nSentiment:"
chat = (
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>\n{{ m.content | trim }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


@pytest.fixture
def tokenizer() -> Tokenizer:
    found, _ = train_tokenizer(["Review: a dull plot\nSentiment: good"], 300)
    found.add_special_tokens([AddedToken(f"<|{n}|>") for n in ("user", "assistant", "end")])
    return found


def frame(tokenizer: Tokenizer, folder: Path, about: Any = None, **dataset: Any) -> Frame:
    if about is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(about))
    asked = {"prompt": prompt, "chat": False, "bos": True, **dataset}
    return frame_of(in_folder(folder), tokenizer, Specials(0, 1, 2), asked)


def test_a_plain_prompt_begins_with_bos_or_with_nothing(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    assert frame(tokenizer, tmp_path).lead == [1]
    assert frame(tokenizer, tmp_path, bos=False).lead == []


def test_a_chat_is_written_as_the_models_template_says(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    pytest.importorskip("jinja2")
    about = {"chat_template": chat, "bos_token": {"content": "<bos>"}, "eos_token": "<eos>"}
    found = frame(tokenizer, tmp_path, about, chat=True)
    rows = Encoder(tokenizer, found, 0, 64).rows([Sentence("dull <|end|>", "good")], ["good"])
    tokens, parts = rows.tokens[0].tolist(), rows.parts[0].tolist()
    named = {name: tokenizer.token_to_id(f"<|{name}|>") for name in ("user", "assistant", "end")}
    assert tokens[:2] == [1, named["user"]]
    # What a text holds is only text; the turn's own end follows it, and one more the answer.
    assert tokens.count(named["end"]) == 2
    assert tokens[-1] == named["end"] == found.end
    answer = [token for token, part in zip(tokens, parts, strict=True) if part == 2]
    assert answer == [*ids_of(tokenizer, "good"), named["end"]]
    asked = [token for token, part in zip(tokens, parts, strict=True) if part == 1]
    assert asked[-1:] == ids_of(tokenizer, "\n")
    assert named["assistant"] in asked


def test_a_template_in_a_file_of_its_own_goes_before(tokenizer: Tokenizer, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    (tmp_path / "chat_template.jinja").write_text(
        "{% for m in messages %}{{ m.content }}<eos>{% endfor %}"
    )
    assert frame(tokenizer, tmp_path, {"chat_template": chat}, chat=True).end == 2


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({}, "has no chat template"),
        ({"chat_template": "{{ strftime_now() }}"}, "cannot be filled in: 'strftime_now' is undef"),
        ({"chat_template": "{% if %}"}, "cannot be filled in"),
        ({"chat_template": "{{ raise_exception('never') }}"}, "cannot be filled in: never"),
        ({"chat_template": "hello"}, "drops what is said"),
    ],
)
def test_a_template_that_cannot_serve_is_refused(
    tokenizer: Tokenizer, tmp_path: Path, about: Any, message: str
) -> None:
    pytest.importorskip("jinja2")
    with pytest.raises(BadData, match=message) as caught:
        frame(tokenizer, tmp_path, about, chat=True)
    assert "dataset.chat" in f"{caught.value} {caught.value.remedy}"
