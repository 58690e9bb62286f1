"""Trains an MLP on images of ten classes with JAX: scans over chunks of mini-batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from blacksmith.backends.jax_devices import Devices, device_of, has_loops
from blacksmith.datasets.mnist.evaluation import evaluate_logits
from blacksmith.datasets.mnist.splits import Split, load_split
from blacksmith.models.jax import mlp
from blacksmith.training import Context
from blacksmith.training.jax_state import capture, load_model, restore, save_model
from blacksmith.training.jax_steps import counted
from blacksmith.training.order import epoch_order

if TYPE_CHECKING:
    from parameters import EvaluateParameters, Training, TrainParameters

inputs, classes = 28 * 28, 10

# Parameters, optimizer state and the number of steps so far: what a scan carries along.
Carry = tuple[mlp.Parameters, optax.OptState, jax.Array]
Chunk = Callable[[Carry, jax.Array, jax.Array, jax.Array], tuple[Carry, jax.Array]]
# Images and labels of the rows asked for, on the device.
Read = Callable[[Any], tuple[jax.Array, jax.Array]]
# Images and labels on the device, and where in them a chunk's batches (steps, batch) are.
Feed = Callable[[NDArray[np.int64]], tuple[jax.Array, jax.Array, jax.Array]]


def train(ctx: Context[TrainParameters]) -> None:
    """Trains, keeps the epoch with the best validation accuracy, saves model and final state."""
    settings = ctx.config.training
    variant = ctx.config.dataset.variant
    train_split = load_split(ctx.data, "train", variant)
    steps_per_epoch = math.ceil(len(train_split) / settings.batch_size)
    total_steps = settings.epochs * steps_per_epoch
    cosine = settings.schedule == "cosine"
    state = ctx.resume(at_most=total_steps, horizon=total_steps if cosine else None)

    devices = Devices(ctx.device)
    with jax.default_device(devices.first):
        streamed = settings.loading == "streamed"
        feed = make_feed(train_split, settings.dtype, streamed, devices)
        validation = load_split(ctx.data, "validation", variant)
        read_validation = make_reader(validation, settings.dtype, streamed)
        weights_key, dropout_key = jax.random.split(jax.random.key(ctx.seed))
        optimizer = make_optimizer(settings, total_steps)
        dropout, loops = ctx.config.model.dropout, has_loops(ctx.device)
        run_chunk = counted(
            ctx,
            make_chunk(optimizer, dropout, dropout_key, loops),
            steps=lambda carry, images, labels, batches: len(batches),
        )

        parameters = mlp.init(weights_key, inputs, ctx.config.model.hidden, classes, settings.dtype)
        carry: Carry = (parameters, optimizer.init(parameters), jnp.zeros((), jnp.int32))
        # A copy: the scan reuses the memory of what it carries.
        best_accuracy, best = -1.0, jax.tree.map(jnp.copy, parameters)
        epoch, position = 0, 0
        if state is not None:
            carry = restore(carry, state["carry"])
            best_accuracy, best = state["best_accuracy"], restore(parameters, state["best"])
            epoch, position = state["epoch"], state["position"]
            ctx.restore_random(state)
        carry = devices.copy(carry)

        def checkpoint_state() -> dict[str, Any]:
            return {
                "carry": capture(carry),
                "best": capture(best),
                "best_accuracy": best_accuracy,
                "epoch": epoch,
                "position": position,
            }

        ctx.try_saving(checkpoint_state, lambda file: save_model(file, best))
        ctx.doing("compiling")
        while epoch < settings.epochs:
            order = epoch_order(ctx.seed, epoch, len(train_split))
            for batches in chunks(order, position, settings.batch_size, settings.steps_per_chunk):
                carry, loss = run_chunk(carry, *feed(batches))
                position += batches.size
                step = epoch * steps_per_epoch + math.ceil(position / settings.batch_size)
                values = ctx.require_finite({"loss": loss}, step)
                ctx.log(values, step, epoch + 1)
                ctx.progress(
                    step,
                    total_steps,
                    epoch=epoch + 1,
                    epochs=settings.epochs,
                    items_per_step=settings.batch_size,
                    unit="images",
                    **values,
                )
                if position < len(train_split):
                    ctx.checkpoint_when_due(step, checkpoint_state)

            ctx.doing("validating")
            batches_of_rows = slices(len(validation), settings.validation_batch)
            accuracy, mean_loss = validate(carry[0], map(read_validation, batches_of_rows))
            found = {"accuracy": accuracy, "loss": mean_loss}
            ctx.log(found, step, epoch + 1, split="validation")
            if accuracy > best_accuracy:
                best_accuracy, best = accuracy, jax.tree.map(jnp.copy, carry[0])
            epoch, position = epoch + 1, 0
            if epoch < settings.epochs:
                ctx.checkpoint_when_due(step, checkpoint_state)

        save_model(ctx.output / "model.safetensors", best)
        ctx.save_final(total_steps, checkpoint_state())


def evaluate(ctx: Context[EvaluateParameters]) -> dict[str, float]:
    """Accuracy and loss on the test split, which training never saw."""
    test = load_split(ctx.data, "test", ctx.config.dataset.variant)
    with jax.default_device(device_of(ctx.device)):
        parameters = load_model(ctx.model)
        apply, dtype = jax.jit(mlp.apply), parameters[0]["kernel"].dtype
        logits = []
        for rows in slices(len(test), ctx.config.evaluation.batch_size):
            found = apply(parameters, jnp.asarray(test.standardised(rows), dtype))
            logits.append(np.asarray(found, np.float32))
            ctx.progress(min(rows.stop, len(test)), len(test), unit="images")
    return evaluate_logits(np.concatenate(logits), test, ctx.output)


def on_device(split: Split, dtype: str, rows: Any = slice(None)) -> tuple[jax.Array, jax.Array]:
    """Images (n, 784) and labels (n,) int32 of a split's rows on the device."""
    images, labels = split.columns(rows)
    return jnp.asarray(images, dtype), jnp.asarray(labels, jnp.int32)


def make_reader(split: Split, dtype: str, streamed: bool) -> Read:
    """Reads rows of the split from the device, where it is all at once; or, streamed, from disk."""
    if streamed:
        return lambda rows: on_device(split, dtype, rows)
    images, labels = on_device(split, dtype)
    return lambda rows: (images[rows], labels[rows])


def slices(count: int, size: int) -> list[slice]:
    """Parts of `count` rows, `size` at a time; the last may be smaller."""
    return [slice(start, start + size) for start in range(0, count, size)]


def make_feed(split: Split, dtype: str, streamed: bool, devices: Devices) -> Feed:
    """Gives each chunk the whole split, once on the device; or, streamed, its own rows alone."""
    if streamed:

        def read(batches: NDArray[np.int64]) -> tuple[jax.Array, jax.Array, jax.Array]:
            images, labels = devices.copy(on_device(split, dtype, batches.ravel()))
            rows = jnp.arange(batches.size).reshape(batches.shape)
            return images, labels, devices.spread(rows, axis=1)

        return read
    images, labels = devices.copy(on_device(split, dtype))

    def rows_of(batches: NDArray[np.int64]) -> tuple[jax.Array, jax.Array, jax.Array]:
        return images, labels, devices.spread(jnp.asarray(batches, jnp.int32), axis=1)

    return rows_of


def make_optimizer(settings: Training, total_steps: int) -> optax.GradientTransformation:
    """Adam or SGD, at a constant rate or one that falls."""
    rate = settings.learning_rate
    schedule: optax.Schedule = {
        "constant": lambda step: rate,
        "inverse-root": lambda step: rate * (1 + step / settings.decay_steps) ** -0.5,
        "cosine": optax.cosine_decay_schedule(rate, total_steps),
    }[settings.schedule]
    if settings.optimizer == "adam":
        return optax.adam(schedule)
    return optax.sgd(schedule, momentum=0.9)


def make_chunk(
    optimizer: optax.GradientTransformation,
    dropout: float,
    dropout_key: jax.Array,
    loops: bool = True,
) -> Chunk:
    """A compiled function that steps through mini-batches and returns their mean loss.

    Without `loops` its steps are compiled one after the other, for compilers that have none.
    """

    def loss_of(
        parameters: mlp.Parameters, images: jax.Array, labels: jax.Array, key: jax.Array
    ) -> jax.Array:
        logits = mlp.apply(parameters, images, dropout, key).astype(jnp.float32)
        return cross_entropies(logits, labels).mean()

    # The data are arguments: a closure would embed them in the program as constants.
    def run_chunk(
        carry: Carry, images: jax.Array, labels: jax.Array, batches: jax.Array
    ) -> tuple[Carry, jax.Array]:
        def take_step(carry: Carry, rows: jax.Array) -> tuple[Carry, jax.Array]:
            parameters, state, step = carry
            key = jax.random.fold_in(dropout_key, step)
            loss, slopes = jax.value_and_grad(loss_of)(parameters, images[rows], labels[rows], key)
            updates, state = optimizer.update(slopes, state, parameters)
            return (optax.apply_updates(parameters, updates), state, step + 1), loss

        carry, losses = jax.lax.scan(take_step, carry, batches, unroll=1 if loops else True)
        return carry, losses.mean()

    compiled: Chunk = jax.jit(run_chunk, donate_argnums=0)
    return compiled


def chunks(
    order: NDArray[np.int64], position: int, batch_size: int, steps: int
) -> Iterator[NDArray[np.int64]]:
    """The rest of an epoch as index arrays (steps, batch); a smaller last batch comes alone."""
    whole = len(order) - len(order) % batch_size
    while position < whole:
        end = min(position + batch_size * steps, whole)
        yield order[position:end].reshape(-1, batch_size)
        position = end
    if position < len(order):
        yield order[position:].reshape(1, -1)


def validate(
    parameters: mlp.Parameters, batches: Iterable[tuple[jax.Array, jax.Array]]
) -> tuple[float, float]:
    """Accuracy and mean cross-entropy on all of the batches together."""
    count, right, total = 0, 0, 0.0
    for images, labels in batches:
        found, loss = judge(parameters, images, labels)
        count, right, total = count + len(labels), right + int(found), total + float(loss)
    return right / count, total / count


@jax.jit
def judge(
    parameters: mlp.Parameters, images: jax.Array, labels: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """How many are right, and the sum of their cross-entropies."""
    logits = mlp.apply(parameters, images).astype(jnp.float32)
    return (logits.argmax(axis=1) == labels).sum(), cross_entropies(logits, labels).sum()


def cross_entropies(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Of each row (n,), in nats; by products, since not every compiler scatters row by row."""
    losses: jax.Array = optax.softmax_cross_entropy(logits, jax.nn.one_hot(labels, classes))
    return losses
