"""The losses that an embedder can be trained with, all from pytorch-metric-learning. docs/models.md compares them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from pytorch_metric_learning import losses, miners
from torch import nn

from mlcore.types import EMBEDDING_SIZE


class Mined(nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
    """A pair loss on the pairs that its miner finds hard."""

    def __init__(self, loss: nn.Module, miner: nn.Module) -> None:
        super().__init__()
        self.loss, self.miner = loss, miner

    def forward(self, embeddings: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        return self.loss(embeddings, items, self.miner(embeddings, items))


def supcon(temperature: float, items: int) -> nn.Module:  # noqa: ARG001
    """Khosla et al. 2020: each crop against all others of the batch, those of its item being the right answers."""
    return losses.SupConLoss(temperature=temperature)


class Memory(losses.CrossBatchMemory):  # type: ignore[misc]  # torch is absent where types are checked
    """A loss that also compares with the crops of the batches before (Wang et al. 2020): a batch of 64 holds few that
    could be mistaken for each other. Its place in the queue is part of its state: a resumed run goes on alike."""

    def get_extra_state(self) -> torch.Tensor:
        return torch.tensor([self.queue_idx, int(self.has_been_filled)])

    def set_extra_state(self, state: torch.Tensor) -> None:
        self.queue_idx, self.has_been_filled = int(state[0]), bool(state[1])


def remembering(loss: nn.Module, size: int) -> nn.Module:
    """`loss` over the batch and `size` crops before it; 0: over the batch alone."""
    return Memory(loss, EMBEDDING_SIZE, memory_size=size) if size else loss


def multi_similarity(temperature: float, items: int) -> nn.Module:  # noqa: ARG001
    """Wang et al. 2019, with its miner and the constants of the paper."""
    return Mined(losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5), miners.MultiSimilarityMiner(epsilon=0.1))


def proxy_anchor(temperature: float, items: int) -> nn.Module:  # noqa: ARG001
    """Kim et al. 2020: each item has a learned proxy. Its rate is a hundred times the network's, as in the paper."""
    return losses.ProxyAnchorLoss(num_classes=items, embedding_size=EMBEDDING_SIZE, margin=0.1, alpha=32)


LOSSES: dict[str, Callable[[float, int], nn.Module]] = {
    "supcon": supcon,
    "multi_similarity": multi_similarity,
    "proxy_anchor": proxy_anchor,
}
WITH_MEMORY = ("supcon",)  # over pairs, without a miner: what CrossBatchMemory can hold other crops against
