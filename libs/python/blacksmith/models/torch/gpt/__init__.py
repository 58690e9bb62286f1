"""A small transformer that foretells the next token of a text."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GPT(nn.Module):
    """Token and position embeddings, blocks, a last norm; the embedding is the output matrix too.

    Blocks normalise before they compute (Radford et al. 2019).
    """

    def __init__(
        self, vocabulary: int, layers: int, heads: int, width: int, context: int, dropout: float
    ) -> None:
        super().__init__()
        self.context = context
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                # What is added to the stream becomes smaller with the number of additions.
                adds = name.endswith(("out.weight", "narrow.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * layers) ** 0.5 if adds else 0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (batch, length, vocabulary) of the token after each of (batch, length)."""
        places = torch.arange(tokens.shape[1], device=tokens.device)
        stream = self.dropout(self.tokens(tokens) + self.positions(places))
        for block in self.blocks:
            stream = block(stream)
        return F.linear(self.norm(stream), self.tokens.weight)

    @torch.no_grad()
    def generate(
        self, tokens: Tensor, count: int, temperature: float, generator: torch.Generator
    ) -> Tensor:
        """`tokens` (length,) with `count` more, each drawn from what the model expects.

        Draws on the CPU, so that a seed gives one text on every device that expects the same.
        """
        for _ in range(count):
            # Strides of its own: for what compiles by shapes each view would be another one.
            row = tokens[-self.context :].clone()[None]
            logits = self(row)[0, -1].float().cpu()
            chances = (logits / temperature).softmax(0)
            chosen = torch.multinomial(chances, 1, generator=generator)
            tokens = torch.cat([tokens, chosen.to(tokens.device)])
        return tokens


class Block(nn.Module):
    """Causal attention, then an MLP of four times the width, each added to the stream."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.widen = nn.Linear(width, 4 * width, bias=False)
        self.narrow = nn.Linear(4 * width, width, bias=False)

    def forward(self, stream: Tensor) -> Tensor:
        """Of and to (batch, length, width)."""
        stream = stream + self._dropped(self._attended(self.attention_norm(stream)))
        hidden = F.gelu(self.widen(self.mlp_norm(stream)))
        return stream + self._dropped(self.narrow(hidden))

    def _attended(self, values: Tensor) -> Tensor:
        batch, length, width = values.shape
        shape = (batch, length, 3, self.heads, width // self.heads)
        # (3, batch, heads, length, width of a head)
        queries, keys, contents = (
            self.queries_keys_values(values).view(shape).permute(2, 0, 3, 1, 4).unbind()
        )
        dropped = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(
            queries, keys, contents, is_causal=True, dropout_p=dropped
        )
        attended: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return attended

    def _dropped(self, values: Tensor) -> Tensor:
        return F.dropout(values, self.dropout, self.training)
