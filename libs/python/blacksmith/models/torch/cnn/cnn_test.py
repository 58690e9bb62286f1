"""The model's size and shapes."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from blacksmith.models.torch.cnn import CNN  # noqa: E402


def test_it_has_the_parameters_of_its_four_layers() -> None:
    network = CNN(inputs=784, classes=10, channels=16, hidden=128)
    sizes = [(9 + 1) * 16, (9 * 16 + 1) * 32, (32 * 49 + 1) * 128, (128 + 1) * 10]
    assert sum(weight.numel() for weight in network.parameters()) == sum(sizes) == 206_922


def test_each_image_gets_one_logit_for_each_class() -> None:
    assert CNN(inputs=64, classes=5, channels=2, hidden=3)(torch.zeros(7, 64)).shape == (7, 5)


def test_a_row_of_an_image_is_a_row_for_the_convolution() -> None:
    network = CNN(inputs=64, classes=2, channels=1, hidden=2)
    taken = network.layers[0](torch.arange(64.0)[None])
    assert taken.shape == (1, 1, 8, 8)
    assert taken[0, 0, 1].tolist() == list(range(8, 16))


@pytest.mark.parametrize("inputs", [783, 25, 36])
def test_images_that_it_cannot_read_are_refused(inputs: int) -> None:
    with pytest.raises(ValueError, match=f"{inputs} values"):
        CNN(inputs=inputs, classes=2, channels=1, hidden=2)
