"""The reference network of PyTorch. Left out where torch is not installed."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")


def test_the_module_says_what_the_model_says(path, files, tmp_path):
    import ssnn
    import ssnn.torch

    model = ssnn.Model(path)
    frames = torch.from_numpy(np.stack([model.frames(file) for file in files]))
    net = ssnn.torch.load(path)
    assert net.classes == model.classes
    with torch.no_grad():
        np.testing.assert_allclose(net(frames).numpy(), model(frames), atol=1e-4)

    net.train()
    step = torch.optim.SGD(net.parameters(), lr=0.01)
    loss = net.loss(frames, torch.tensor([0, 5, 7]))
    loss.backward()
    step.step()
    ssnn.torch.save(net, tmp_path / "further.safetensors")
    further = ssnn.Model(tmp_path / "further.safetensors")
    assert not np.allclose(further(frames), model(frames), atol=1e-4)
    with torch.no_grad():
        np.testing.assert_allclose(net.eval()(frames).numpy(), further(frames), atol=1e-4)
