"""What a training step computes: losses of a batch, with a training aid for encoders that start from nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.data.batches import Batch
from lggd_ros.network import LGGD
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.layers import grid
from lggd_ros.network.lggd import View
from lggd_ros.training.losses import lggd_losses
from lggd_ros.training.referral import referral_losses
from lggd_ros.training.sentences import encode_text
from lggd_ros.training.things import middles, named_loss

LABEL_WEIGHT = 0.2


class Alignment(nn.Module):
    """Asks the features before and after they are fused what and where things are.

    A training aid, not part of the network. It costs little, because it needs no fine maps. What words and cells mean
    is compared in the space of the network's ``SentenceProduct``. Raises ValueError where the network has none.
    """

    def __init__(self, network: LGGD) -> None:
        super().__init__()
        config = network.config
        if network.fusion.product is None:
            raise ValueError(
                "the training aid 'alignment' needs a network with sentence_product; switch one of the two"
            )
        self.contrast = nn.Parameter(torch.tensor(14.0))
        self.aim = nn.Conv2d(config.fusion_width, 1, 1)
        nn.init.constant_(self.aim.bias, -2.0)  # type: ignore[arg-type]  # most cells are not the object

    def label_loss(self, pixels: Tensor, labels: Tensor, batch: Batch) -> Tensor:
        """Pixels (B, E, h, w) and the batch's labels (S, E), both in the common space: what is it?

        Contrastive, as CLIP's pretraining: among the batch's kinds, and among its colours, the right one wins. Asked of
        instances' pixels only, and every instance counts the same.
        """
        step = batch.instances.shape[1] // pixels.shape[2]
        instances = batch.instances[:, step // 2 :: step, step // 2 :: step].long()
        known = batch.labels.any(-1).gather(1, instances.flatten(1)).view_as(instances)
        image, row, column = torch.nonzero(known, as_tuple=True)
        instance = instances[image, row, column]
        truth = batch.labels[image, instance].int()
        weight = 1 / _counts(image * batch.labels.shape[1] + instance)
        logits = self.contrast * (pixels[image, :, row, column] @ F.normalize(labels, dim=-1).T).float()
        answers = [batch.label_question == number for number in range(int(batch.label_question.max()) + 1)]
        losses = [F.cross_entropy(logits[:, of], truth[:, of].argmax(-1), reduction="none") for of in answers]
        return LABEL_WEIGHT * (torch.stack(losses).sum(0) * weight).sum() / weight.sum().clamp(min=1)

    def aim_loss(self, fused: Tensor, batch: Batch) -> Tensor:
        """Fused features (P, C, h, w): in which cells is what the sentences are about?"""
        shown = middles(batch.instances, grid(fused))[batch.image_of]
        return named_loss(self.aim(fused).flatten(1), batch.mask, shown, grid(fused))


class Objective(nn.Module):
    """Network and losses in one forward, as data-parallel training wants it.

    Every ``decode_every``-th pair goes through the decoder, the costly part; all are matched and aimed at. With an
    ``encoder_stage``, the image encoder's batch norm keeps the statistics of that stage: the few images of a full step
    would shift every colour from step to step. With ``alignment`` grasps are learnt on all instances in view, not only
    on the one that is asked for: how to take a thing does not depend on who asks.
    """

    def __init__(self, network: LGGD, alignment: bool, decode_every: int = 1, encoder_stage: bool = False) -> None:
        super().__init__()
        self.network = network
        self.decode_every = decode_every
        self.encoder_stage = encoder_stage
        self.alignment = Alignment(network) if alignment else None

    def forward(
        self, batch: Batch, encoders_only: bool = False, sentences: Sentences | None = None
    ) -> dict[str, Tensor]:
        """Loss terms of a batch; with ``encoders_only`` just the labels', at a fraction of the cost.

        ``sentences``: the features of the batch's tokens where a frozen encoder's are known already.
        """
        if self.encoder_stage:
            self.network.image_encoder.train(encoders_only)
        view = self.network.encode_image(batch.image.float() / 255)
        if sentences is None and not encoders_only:
            sentences = encode_text(self.network, batch.tokens)
        losses = {} if self.alignment is None else {"labels": self._label_loss(self.alignment, view, batch)}
        return losses if sentences is None else losses | self._answer_losses(view, sentences, batch)

    def _label_loss(self, alignment: Alignment, view: View, batch: Batch) -> Tensor:
        product = self.network.fusion.product
        assert product is not None and view.pixels is not None  # Alignment has seen to it
        if not batch.labels.any():
            return view.pixels.sum() * 0
        labels = product.sentence(encode_text(self.network, batch.label_tokens).sentence)
        return alignment.label_loss(view.pixels, labels, batch)

    def _answer_losses(self, view: View, sentences: Sentences, batch: Batch) -> dict[str, Tensor]:
        network = self.network
        cells = None if view.cells is None else view.cells[batch.image_of]
        fused, referral = network.fusion(view.tokens[batch.image_of], cells, sentences, view.size)
        match = network.match(fused, sentences.sentence)
        losses = {"match": F.cross_entropy(match.float(), batch.match)}
        if self.alignment is not None:
            losses["aim"] = self.alignment.aim_loss(fused, batch)
        if referral is not None:
            losses |= referral_losses(referral, batch, view.size)
        some = slice(None, None, self.decode_every)
        image = batch.image_of[some]
        maps = network.decode(fused[some], view.select(image), sentences.sentence[some])
        graspable = None if self.alignment is None else (batch.instances[image] > 0).float()
        return losses | lggd_losses(*maps, grasp_maps(batch, some), batch.mask[some], graspable)


def grasp_maps(batch: Batch, pairs: slice) -> Tensor:
    """(P, 4, h, w) of those pairs: grasps by another part than the one that a sentence asks for are worth nothing."""
    maps = batch.maps[batch.image_of[pairs]]
    return torch.cat([maps[:, :1] * batch.holds[pairs, None], maps[:, 1:]], 1)


def _counts(group: Tensor) -> Tensor:
    """How many share each entry's value: (M,) int64 -> (M,)."""
    return group.bincount()[group]
