"""What stands around a text and its answer: a plain prompt, or one turn of a chat.

plain   <bos> Review: {text} ⏎ Sentiment:            positive <eos>
chat    <bos> <user> Review: {text} ⏎ Sentiment: <end> <assistant>   positive <end>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.pretrained import Pretrained

if TYPE_CHECKING:
    from blacksmith.datasets.sst2.tokens import Specials

# Stand for what is asked and answered while a template is filled in.
_question, _answer = "\u2402question\u2403", "\u2402answer\u2403"


@dataclass(frozen=True)
class Frame:
    """Tokens before and behind a text, and how an answer is written."""

    # Tokens in front, the beginning of text among them.
    lead: list[int]
    # Text in front, which is tokenised along with the text itself.
    opening: str
    # Tokens between text and answer.
    closing: list[int]
    # Stands before the label, in its first token.
    gap: str
    # The token that ends an answer.
    end: int


def frame_of(
    model: Pretrained, tokenizer: Tokenizer, specials: Specials, dataset: Mapping[str, Any]
) -> Frame:
    """A chat's or a plain one, as the data set asks for; raises BadData."""
    prompt = dataset["prompt"]
    if not dataset["chat"]:
        return plain_frame(
            tokenizer, prompt, specials.bos if dataset["bos"] else None, specials.eos
        )
    try:
        about = model.read_json("tokenizer_config.json")
    except FileNotFoundError:
        about = {}
    tokens = {
        name: token.get("content", "") if isinstance(token, dict) else token
        for name, token in about.items()
        if name.endswith("_token") and isinstance(token, str | dict)
    }
    return chat_frame(tokenizer, prompt, model.chat_template(), tokens, model.name)


def plain_frame(tokenizer: Tokenizer, prompt: str, bos: int | None, eos: int) -> Frame:
    """The prompt as it is; `bos` begins each row, or nothing does."""
    opening, _, closing = prompt.partition("{text}")
    lead = [] if bos is None else [bos]
    return Frame(lead, opening, ids_of(tokenizer, closing), " ", eos)


def chat_frame(
    tokenizer: Tokenizer, prompt: str, template: str | None, tokens: Mapping[str, Any], name: str
) -> Frame:
    """The prompt as what a user says, and the label as what an assistant answers.

    `template` is Jinja, and `tokens` are bos_token, eos_token and the like by these names. Raises
    BadData where the model has no template, or one that cannot be filled in.
    """
    if template is None:
        raise BadData(
            f"dataset.chat: {name} has no chat template",
            remedy="take a model that was trained for chats, or set dataset.chat to false",
        )
    opening, _, closing = prompt.partition("{text}")
    asked = {"role": "user", "content": f"{opening}{_question}{closing}"}
    told = {"role": "assistant", "content": _answer}
    before, _, between = _filled(template, [asked], tokens, name, turn=True).partition(_question)
    whole = _filled(template, [asked, told], tokens, name, turn=False)
    behind = tokenizer_ids(tokenizer, whole.partition(_answer)[2])
    if not between or not behind:
        raise BadData(
            f"the chat template of {name} drops what is said, or does not end an answer",
            remedy="set dataset.chat to false",
        )
    kept = opening if before.endswith(opening) else ""
    lead = tokenizer_ids(tokenizer, before[: len(before) - len(kept)])
    return Frame(lead, kept, tokenizer_ids(tokenizer, between), "", behind[0])


def ids_of(tokenizer: Tokenizer, text: str) -> list[int]:
    """Tokens of what is only text: "<eos>" in it ends nothing."""
    tokenizer.encode_special_tokens = True
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


def tokenizer_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Tokens of what a template wrote, in which special tokens stand by their names."""
    tokenizer.encode_special_tokens = False
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


def _filled(
    template: str,
    messages: list[dict[str, str]],
    tokens: Mapping[str, Any],
    name: str,
    *,
    turn: bool,
) -> str:
    # Here, since only chats want it.
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    # No clock: templates that would write today's date have one to fall back to.
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = refuse
    try:
        filled: str = environment.from_string(template).render(
            messages=messages, add_generation_prompt=turn, **tokens
        )
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise BadData(
            f"the chat template of {name} cannot be filled in: {error}",
            remedy="set dataset.chat to false",
        ) from None
    return filled
