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
    with pytest.raises(ssnn.Error, match="want the folder of a run"):
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
        (dict(frames=frames[:, :2]), "2 frames for each sample, want 4"),
        (dict(frames=frames[0]), "N, T, C, H, W"),
        (dict(augment={"shift": 2}), "augment"),
        (dict(frames=frames * np.float32("nan")), "NaN"),
    ]:
        with pytest.raises(ssnn.ArgumentError, match=match):
            ssnn.fit(**{"frames": frames, "labels": labels, "recipe": SMALL, **wrong})


FIRST = [(0, 1), (1, 0), (1, 1), (1, -1)]  # pixels down and to the right, a frame
OTHER = [(0, -1), (-1, 0), (-1, -1), (-1, 1)]
MOVING = {
    "network": {
        "timesteps": [6, 2],
        "model": "",
        "early": False,
        "transition": "fold",
        "stages": [["conv 16", "maxpool 2"], ["conv 32", "globalpool"]],
    },
    "train": {"batch": 8, "lr": 0.1, "epochs": 8},
}


def dots(n, motions, seed, T=6):
    """Frames of dots that move over the edges, off where one was and on where it comes to, with
    noise: no frame alone tells the motion from the opposite one without its polarities."""
    draw = np.random.default_rng(seed)
    frames, labels = np.zeros((n, T, 2, 16, 16), np.uint8), np.arange(n) % len(motions)
    for frame, label in zip(frames, labels):
        for _ in range(4):
            at = draw.integers(0, 16, 2)
            for t in range(T):
                now = (at + motions[label]) % 16
                frame[t, 0][tuple(at)] += 1
                frame[t, 1][tuple(now)] += 1
                at = now
        frame += (draw.random(frame.shape) < 0.02).astype(np.uint8)
    return frames, labels


def test_other_motions_with_a_tenth_of_the_recordings(tmp_path):
    known = tmp_path / "known.safetensors"
    base = ssnn.fit(*dots(320, FIRST, 1), test=dots(80, FIRST, 2), recipe=MOVING, out=known)
    assert base.wait()["test_accuracy"] > 0.9

    def learned(recipe=MOVING, T=6, **options):
        few, test = dots(32, OTHER, 3, T), dots(200, OTHER, 4, T)
        names = [f"{y},{x}" for y, x in OTHER]  # other classes than 0 to 3
        training = ssnn.fit(*few, test=test, recipe=recipe, classes=names, **options)
        return training.wait()["test_accuracy"]

    nothing = learned()
    with pytest.warns(ssnn.Notice, match="fc"):
        assert learned(init=known) > nothing + 0.3
    with pytest.warns(ssnn.Notice, match="fc"):
        assert learned(init=known, train={"freeze": 1}) > nothing + 0.2
    with pytest.warns(ssnn.Notice, match="fc"):
        assert learned(init=known, train={"stage_rates": [0.1, 1.0]}) > nothing + 0.2
    shorter = {**MOVING, "network.timesteps": [4, 2]}
    with pytest.warns(ssnn.Notice, match="fc"):
        assert learned(shorter, T=4, init=known) > learned(shorter, T=4) + 0.2


def test_from_a_bare_file_of_weights(tmp_path):
    """Weights of a network of rectifiers, as PyTorch has them, without anything of ssnn's."""
    st = pytest.importorskip("safetensors.numpy")
    known = tmp_path / "known.safetensors"
    base = ssnn.fit(*dots(64, FIRST, 1), recipe=MOVING, out=known, train={"epochs": 2})
    weights = base.model().state_dict()
    convs = {k: v for k, v in weights.items() if "conv.weight" in k}
    st.save_file(convs, tmp_path / "ann.safetensors")
    with pytest.warns(ssnn.Notice):
        tuned = ssnn.fit(
            *dots(32, OTHER, 3),
            recipe=MOVING,
            init=tmp_path / "ann.safetensors",
            train={"epochs": 1, "stage_rates": [0.0, 1.0]},
        )
    now = tuned.model().state_dict()
    first, second = (f"stages.{i}.0.conv.weight" for i in range(2))
    np.testing.assert_array_equal(now[first], weights[first])
    assert not np.array_equal(now[second], weights[second])
