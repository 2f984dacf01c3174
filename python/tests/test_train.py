"""Training from recipes and arrays."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import ssnn

SMALL = {
    "network.model": "",
    "network.stages": [["conv 16", "avgpool 4"], ["conv 16", "globalpool"]],
    "network": {"timesteps": [4, 2], "early": False},
    "train": {"batch": 4, "epochs": 3},
}


@pytest.fixture
def folder(recordings, tmp_path):
    for split in ("Train", "Test"):
        for name in ("nmnist-0-00002", "nmnist-5-00001"):
            to = tmp_path / "set" / split / name[7]
            to.mkdir(parents=True)
            for i in range(4):
                shutil.copy(recordings / f"{name}.bin", to / f"{i}.bin")
    return tmp_path / "set"


def test_epochs_are_those_of_the_command(folder, tmp_path):
    training = ssnn.train(SMALL, data=folder, out=tmp_path / "run", seed=3)
    assert len(training) == 3 and training.about["samples"] == 8
    assert [epoch["epoch"] for epoch in training] == [1, 2, 3]
    assert training.result["test_samples"] == 8
    assert training.model().classes == ["0", "5"]
    command = [sys.executable, "-m", "ssnn", "train", tmp_path / "run" / "config.toml"]
    subprocess.run([*command, "--out", tmp_path / "again"], check=True, capture_output=True)
    one, two = (tmp_path / name / "model.safetensors" for name in ("run", "again"))
    assert one.read_bytes() == two.read_bytes()
    page = ssnn.report(tmp_path / "run")
    assert "<svg" in page.html and "<iframe" in page._repr_html_()
    with pytest.raises(ssnn.Error, match="no such file"):
        ssnn.report(tmp_path / "nothing")


def test_stopped_and_gone_on_with(folder, tmp_path):
    training = ssnn.train(SMALL, data=folder, out=tmp_path / "run", epochs=1000)
    for epoch in training:
        if epoch["epoch"] == 2:
            break
    begin = time.monotonic()
    assert training.stop()["stopped"] and time.monotonic() - begin < 5
    seen = len(training.epochs)
    assert 2 <= seen < 1000
    assert training.model().classes == ["0", "5"]
    with pytest.raises(ssnn.Error, match="holds a run already"):
        ssnn.train(SMALL, data=folder, out=tmp_path / "run", epochs=1000)
    further = ssnn.train(out=tmp_path / "run", resume=True)
    assert next(further)["epoch"] == seen + 1
    del further  # ends it, and frees the folder
    ssnn.train(out=tmp_path / "run", resume=True).stop()


def test_background(folder, tmp_path):
    training = ssnn.train(SMALL, data=folder, out=tmp_path / "run")
    for _ in range(600):
        if (tmp_path / "run" / "model.safetensors").exists():
            break
        time.sleep(0.1)
    assert training.epochs == [] and len(list(training)) == 3


def test_fine_tuning(folder, tmp_path):
    base = ssnn.train(SMALL, data=folder, out=tmp_path / "base", epochs=1)
    base.wait()
    (folder / "Train" / "7").mkdir()
    shutil.copy(folder / "Train" / "0" / "1.bin", folder / "Train" / "7" / "1.bin")
    shutil.copytree(folder / "Train" / "7", folder / "Test" / "7")
    with pytest.warns(ssnn.Notice, match="fc.weight .1 of 3 classes"):
        tuned = ssnn.train(
            init=tmp_path / "base", data=folder, out=tmp_path / "tuned", train={"freeze": 1}
        )
    tuned.wait()
    was, now = base.model().state_dict(), tuned.model().state_dict()
    for name in was:
        if name.startswith("stages.0."):
            np.testing.assert_array_equal(was[name], now[name])
    assert not np.array_equal(was["stages.1.0.conv.weight"], now["stages.1.0.conv.weight"])
    assert tuned.model().classes == ["0", "5", "7"]


def test_errors(folder, tmp_path):
    with pytest.raises(ssnn.ArgumentError, match="train.lrr"):
        ssnn.train({"train.lrr": 1}, out=tmp_path / "run")
    with pytest.raises(ssnn.Error, match="recipe"):
        ssnn.train("no-such-recipe", out=tmp_path / "run")
    with pytest.raises(TypeError, match="no value of a recipe"):
        ssnn.train({"train.lr": object()}, out=tmp_path / "run")
    with pytest.raises(ssnn.ArgumentError, match="is no folder"):
        ssnn.train(SMALL, data=tmp_path / "nothing", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def stripes(n, seed):
    """Frames with a bright row or a bright column."""
    draw = np.random.default_rng(seed)
    frames, labels = np.zeros((n, 4, 2, 8, 8), np.uint8), draw.integers(0, 2, n)
    for frame, label in zip(frames, labels):
        line = draw.integers(8)
        frame[(..., line, slice(None)) if label else (..., line)] = 1
    return frames, labels


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_fit(dtype, tmp_path):
    frames, labels = stripes(64, 1)
    small = {**SMALL, "network.stages": [["conv 16"], ["conv 16"]], "train": {"batch": 8}}
    training = ssnn.fit(
        frames.astype(dtype), labels, test=stripes(32, 2), recipe=small, train={"epochs": 12}
    )
    assert len(list(training)) == 12
    assert training.result["test_accuracy"] > 0.9
    model = training.model()
    x, y = stripes(32, 2)
    answers = model(x).argmax(1)
    assert np.mean(answers == y) == pytest.approx(training.result["test_accuracy"])


def test_fit_refuses():
    frames, labels = stripes(8, 1)
    for wrong, match in [
        (dict(labels=labels[:5]), "5 labels for 8 samples"),
        (dict(labels=labels - 5), "label -"),
        (dict(labels=labels / 2), "integers"),
        (dict(frames=frames[:, :2]), "2 frames a sample, want 4"),
        (dict(frames=frames[0]), "N, T, C, H, W"),
        (dict(augment={"shift": 2}), "augment"),
        (dict(frames=frames * np.float32("nan")), "NaN"),
    ]:
        with pytest.raises(ssnn.ArgumentError, match=match):
            ssnn.fit(**{"frames": frames, "labels": labels, "recipe": SMALL, **wrong})
