"""What the CNNs of PANNs share."""

from __future__ import annotations

import pytest
import torch

from aacbench.errors import UserError
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.encoders.cnn14 import Cnn14
from aacbench.models.encoders.resnet38 import ResNet38


@pytest.mark.parametrize("network", [Cnn10, Cnn14, ResNet38])
def test_mel_bins_that_pooling_leaves_nothing_of_are_refused(
    network: type[Cnn10] | type[Cnn14] | type[ResNet38],
) -> None:
    fewest = network.reduction
    with pytest.raises(UserError, match=rf"pools the mel bins by {fewest}: features need as many, not {fewest - 1}"):
        network(mel_bins=fewest - 1, width=0.05)
    encoded = network(mel_bins=fewest, width=0.05).eval()(
        torch.zeros(1, 2 * fewest, fewest), torch.tensor([2 * fewest])
    )
    assert encoded.frames.shape[:2] == (1, 2)
