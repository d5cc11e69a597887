"""What a training step computes: losses of a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.data.batches import Batch
from lggd_ros.network import LGGD
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.finder import Places
from lggd_ros.network.holding import Hold
from lggd_ros.network.lggd import View
from lggd_ros.network.things import Things
from lggd_ros.training.looks import kin_loss, label_loss, part_loss, size_loss
from lggd_ros.training.losses import lggd_losses
from lggd_ros.training.places import find_losses, mixed, owners, shaken, true_places, turns
from lggd_ros.training.referral import referral_losses
from lggd_ros.training.schedule import Stage
from lggd_ros.training.sentences import encode_text


class Objective(nn.Module):
    """Network and losses in one forward, as data-parallel training wants it.

    A network with an eye for things learns them from close-ups and sentences, and to draw masks and grasps of what is
    meant. Where the first was ``staged``, learnt alone before, it stays as it is while the second is learnt; else both
    are learnt in every step. Every ``decode_every``-th pair goes through the decoder, the costly part. With things,
    grasps are learnt on all instances in view, not only on the one that is asked for: how to take a thing does not
    depend on who asks.
    """

    def __init__(self, network: LGGD, decode_every: int = 1, staged: bool = False) -> None:
        super().__init__()
        self.network = network
        self.decode_every = decode_every
        self.staged = staged

    def forward(
        self, batch: Batch, stage: Stage = Stage.ANSWERS, sentences: Sentences | None = None, found: float = 1.0
    ) -> dict[str, Tensor]:
        """Loss terms of a batch; those of an earlier ``stage`` come at a fraction of the cost.

        ``sentences``: the features of the batch's tokens where a frozen encoder's are known already. ``found``: share
        of images in which things are looked at where the finder finds them, in the others where they truly are.
        """
        network = self.network
        if stage is Stage.LABELS:
            return self._labels_alone(batch)
        if stage is Stage.THINGS:
            return self._thing_losses(batch, sentences, found)
        if network.config.things and self.staged:
            network.settle_things()
        sentences = encode_text(network, batch.tokens) if sentences is None else sentences
        things = self._thing_losses(batch, sentences, found) if network.config.things and not self.staged else {}
        return self._answer_losses(batch, sentences) | things

    def _labels_alone(self, batch: Batch) -> dict[str, Tensor]:
        """What things are, looked at where they truly are."""
        places, ids = true_places(batch.instances, batch.laid, self.network.config.things)
        things = self.network.look_at(batch.image.float() / 255, shaken(places), self._turns(places))
        return self._looks_losses(things, ids, batch)

    def _turns(self, places: Places) -> Tensor | None:
        """Close-ups are turned in training only."""
        return turns(places) if self.training else None

    def _thing_losses(self, batch: Batch, sentences: Sentences | None, found: float) -> dict[str, Tensor]:
        network = self.network
        image = batch.image.float() / 255
        clues = network.finder(network.reduced(image))
        truth, its = true_places(batch.instances, batch.laid, network.config.things)
        losses = find_losses(clues, truth)
        with torch.no_grad():
            seen = network.finder.find(clues)
            places, ids = mixed((seen, owners(seen, truth, its)), (truth, its), round(found * len(its)))
        things = network.look_at(image, places, self._turns(places))
        losses |= self._looks_losses(things, ids, batch)
        sentences = encode_text(network, batch.tokens) if sentences is None else sentences
        shown, referred = things.select(batch.image_of), ids[batch.image_of]
        referral = network.refer(shown, sentences)
        assert referral is not None
        match = network.match_things(shown, referral, sentences.sentence)
        losses["match"] = F.cross_entropy(match.float(), batch.match)
        losses["asked"] = F.cross_entropy(network.holding.asked(sentences).float(), batch.asked)
        return losses | referral_losses(referral, shown, referred, batch)

    def _looks_losses(self, things: Things, ids: Tensor, batch: Batch) -> dict[str, Tensor]:
        network = self.network
        return {
            "labels": self._label_loss(things.feature, ids, batch),
            "sizes": size_loss(things.size, ids, batch),
            "kin": kin_loss(network.comparing.kin(things.feature), ids, batch),
            "parts": part_loss(network.holding.parts(things.feature), ids, batch),
        }

    def _label_loss(self, features: Tensor, ids: Tensor, batch: Batch) -> Tensor:
        if not batch.labels.any():
            return features.sum() * 0
        named = self.network.referring.name(encode_text(self.network, batch.label_tokens).sentence)
        return label_loss(features, ids, named, batch)

    def _answer_losses(self, batch: Batch, sentences: Sentences) -> dict[str, Tensor]:
        network, some = self.network, slice(None, None, self.decode_every)
        view = network.encode_image(batch.image.float() / 255)
        image, said = batch.image_of[some], Sentences(*(field[some] for field in sentences))
        if network.config.things:
            return self._map_losses(view.select(image), said, batch, some)
        whole = view.select(batch.image_of)
        fused = network.fuse(whole, sentences, None)
        match = network.judge(fused, whole, sentences.sentence, None)
        maps = network.decode(fused[some], view.select(image), said)
        losses = {"match": F.cross_entropy(match.float(), batch.match)}
        return losses | lggd_losses(maps.coarse, maps.refined, grasp_maps(batch, some), batch.mask[some])

    def _map_losses(self, view: View, said: Sentences, batch: Batch, some: slice) -> dict[str, Tensor]:
        network, image = self.network, batch.image_of[some]
        referral = network.refer(view.things, said)
        maps = network.decode(network.fuse(view, said, referral), view, said, referral)
        graspable = (batch.instances[image] > 0).float()
        losses = lggd_losses(maps.coarse, maps.refined, grasp_maps(batch, some), batch.mask[some], graspable)
        return losses if maps.hold is None else losses | hold_losses(maps.hold, batch, some)


def grasp_maps(batch: Batch, pairs: slice) -> Tensor:
    """(P, 4, h, w) of those pairs: grasps by another part than the one that a sentence asks for are worth nothing."""
    maps, asked = batch.maps[batch.image_of[pairs]], batch.asked[pairs, None, None]
    holds = (asked == 0) | (batch.parts[batch.image_of[pairs]] == asked)
    return torch.cat([maps[:, :1] * holds[:, None], maps[:, 1:]], 1)


def hold_losses(hold: Hold, batch: Batch, pairs: slice) -> dict[str, Tensor]:
    """Loss terms by name: by which part do sentences ask to take a thing, and what would a grasp hold, wherever one is
    worth something?"""
    image = batch.image_of[pairs]
    parts, worth = batch.parts[image, ::2, ::2].long(), batch.maps[image, 0, ::2, ::2]
    shown = F.cross_entropy(hold.shown.float(), parts, reduction="none")
    asked = F.cross_entropy(hold.asked.float(), batch.asked[pairs])
    return {"asked": asked, "shown": (shown * worth).sum() / worth.sum().clamp(min=1)}
