"""Names of metrics hold no secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from blacksmith.training.failure import BadInput
from blacksmith.training.secret_names import refuse_secret
from blacksmith.training.trial import run_trial

if TYPE_CHECKING:
    from blacksmith.training.context import Context

token = "hf_q7Xz2LmP9vKd4RtB8nWs"


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("HF_TOKEN", token, f"loss of {token}"),
        ("KAGGLE_KEY", "0123456789abcdef", "0123456789abcdef/loss"),
        ("HTTPS_PROXY", "http://me:open-sesame@proxy", "through open-sesame"),
    ],
)
def test_a_name_with_a_secret_is_refused_by_its_variable_alone(
    variable: str, value: str, name: str
) -> None:
    with pytest.raises(BadInput) as caught:
        refuse_secret(name, {variable: value})
    assert variable in caught.value.message
    assert value not in f"{caught.value.message} {caught.value.remedy}"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HF_TOKEN", ""),
        ("API_KEY", "loss"),
        ("HOME", "/loss/of"),
        ("HTTPS_PROXY", "http://loss:80"),
    ],
)
def test_ordinary_names_stay(variable: str, value: str) -> None:
    refuse_secret("loss /loss/of", {variable: value})


@pytest.mark.parametrize(
    "report",
    [
        lambda ctx: ctx.log({token: 1.0}, 1),
        lambda ctx: ctx.log({"loss": 1.0}, 1, split=token),
        lambda ctx: ctx.progress(1, 1, **{token: 1.0}),
        lambda ctx: ctx.require_finite({token: 1.0}, 1),
    ],
    ids=["log", "split", "progress", "results"],
)
def test_nothing_is_written_of_it(
    report: Callable[[Context], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(BadInput, match="HF_TOKEN"):
        run_trial(report, {}, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if token.encode() in path.read_bytes()]
