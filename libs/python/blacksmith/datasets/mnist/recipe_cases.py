"""What is true of recipes that classify these images, as tests that their own inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from blacksmith.training.recipe_cases import TrainingCases, model_of
from blacksmith.training.trial import Trial


class ImageCases(TrainingCases, ABC):
    """They learn, keep the best epoch, and count right."""

    @staticmethod
    @abstractmethod
    def share_of_hits(model: Path, split: Path) -> float:
        """The accuracy of a model file, counted by other code than the recipe's."""

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Images of ten classes: a bright square each in a place of its own, and noise."""
        folder = tmp_path_factory.mktemp("prepared")
        random = np.random.default_rng(0)
        for name, count in {"train": 300, "validation": 100, "test": 100}.items():
            labels = random.integers(0, 10, count, dtype=np.uint8)
            images = random.integers(0, 120, (count, 28, 28), dtype=np.uint8)
            for image, label in zip(images, labels, strict=True):
                row, column = divmod(int(label), 4)
                image[row * 9 : row * 9 + 6, column * 7 : column * 7 + 6] += 60
            save_file({"images": images, "labels": labels}, folder / f"{name}.safetensors")
        return folder

    def test_it_learns_a_batch_by_heart(self, data: Path, tmp_path: Path) -> None:
        few = tmp_path / "few"
        few.mkdir()
        for name in ("train", "validation", "test"):
            tensors = load_file(data / "train.safetensors")
            save_file({k: v[:32].copy() for k, v in tensors.items()}, few / f"{name}.safetensors")
        config = self.config(epochs=60, learning_rate=0.01)
        config["model"]["dropout"] = 0.0
        trained = self.train(few, tmp_path, config)
        assert self.evaluate(trained, few, tmp_path / "e", config).result["accuracy"] == 1.0

    def test_evaluation_agrees_with_a_direct_count(
        self, data: Path, straight: Trial, tmp_path: Path
    ) -> None:
        accuracy = self.evaluate(straight, data, tmp_path).result["accuracy"]
        assert accuracy == self.share_of_hits(model_of(straight), data / "test.safetensors")
        assert accuracy > 0.5  # of ten classes

    def test_the_model_kept_is_that_of_the_epoch_with_the_best_validation_accuracy(
        self, data: Path, straight: Trial
    ) -> None:
        metrics = straight.named("metric")
        accuracies = [e["values"]["accuracy"] for e in metrics if e["split"] == "validation"]
        assert len(accuracies) == 3
        hits = self.share_of_hits(model_of(straight), data / "validation.safetensors")
        assert max(accuracies) == pytest.approx(hits, abs=1e-6)
