"""Networks: run, predicted with, fed, and handed over to PyTorch and back."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

import ssnn


def said(path, files, *flags):
    """What the command says of recordings."""
    command = [sys.executable, "-m", "ssnn", "predict", "--json", *flags, path, *files]
    out = subprocess.run(command, check=True, capture_output=True).stdout
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("bits", [32, 16, 8])
def test_logits_are_the_command_s(path, files, bits):
    model = ssnn.Model(path, bits=bits, threads=1)
    want = np.array([p["logits"] for p in said(path, files, "--bits", str(bits))], np.float32)
    frames = ssnn.frames(files, T=model.shape[0], size=(34, 34))
    batch = model(frames)
    assert batch.dtype == np.float32 and batch.shape == (3, 10)
    np.testing.assert_array_equal(batch, want)
    for one, row in zip(frames, want):
        assert model(one).shape == (10,)
        np.testing.assert_array_equal(model(one), row)
        np.testing.assert_array_equal(model(one.astype(np.uint8)), row)
        np.testing.assert_array_equal(model(one.astype(np.float64)), row)
    many = np.concatenate([frames] * 12)
    np.testing.assert_array_equal(model(many), np.concatenate([want] * 12))


def test_predictions(path, files):
    model = ssnn.Model(path)
    for p, want, file in zip(model.predict(files), said(path, files), files):
        assert (p.name, p.score) == (want["class"], want["score"])
        np.testing.assert_allclose(p.scores, want["scores"], rtol=1e-6)
        assert p.index == model.classes.index(p.name) == int(np.argmax(p.logits))
        frames = model.frames(file)
        np.testing.assert_array_equal(frames, ssnn.frames(file, T=model.shape[0], size=(34, 34)))
        assert model.predict(frames).name == p.name


def test_streams(path, files):
    model = ssnn.Model(path)
    frames = model.frames(files[0])
    whole = model(frames)
    model.begin()
    for t, frame in enumerate(frames):
        decision = model.feed(frame)
        assert decision.left == len(frames) - 1 - t and decision is model.decide()
    assert decision.sure and decision.name == model.classes[int(np.argmax(whole))]
    np.testing.assert_array_equal(decision.logits, whole)
    with pytest.raises(ssnn.ArgumentError, match="frames"):
        model.feed(frames[0])


def test_errors(path, files, tmp_path):
    model = ssnn.Model(path)
    frames = model.frames(files[0])
    for bad in (frames[:3], frames[:, :1], frames[0], frames[..., :5], frames[None][:0]):
        with pytest.raises(ssnn.ArgumentError, match="frames"):
            model(bad)
    frames[2, 1, 3, 4] = np.nan
    with pytest.raises(ValueError, match="NaN at timestep 3, sample 1, x 4, y 3, channel 1"):
        model(frames)
    with pytest.raises(ssnn.MissingError):
        ssnn.Model(tmp_path / "nothing.safetensors")
    with pytest.raises(ssnn.Error, match="bits"):
        ssnn.Model(path, bits=7)
    damaged = tmp_path / "damaged.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(ssnn.Error, match="unverified=True"):
        ssnn.Model(damaged)
    with pytest.warns(ssnn.Notice, match="damaged"):
        ssnn.Model(damaged, unverified=True)


def test_saved_is_the_same_model(path, files, tmp_path):
    model = ssnn.Model(path)
    model.save(tmp_path / "copy.safetensors")
    copy = ssnn.Model(tmp_path / "copy.safetensors")  # a wrong digest would be an error
    frames = model.frames(files[0])
    np.testing.assert_array_equal(copy(frames), model(frames))
    state = model.state_dict()
    state["fc.bias"] = state["fc.bias"] + 1
    model.save(tmp_path / "more.safetensors", state)
    np.testing.assert_allclose(
        ssnn.Model(tmp_path / "more.safetensors")(frames), model(frames) + 1, atol=1e-6
    )
    with pytest.raises(ssnn.ArgumentError, match="fc.bias"):
        model.save(tmp_path / "x", {k: v for k, v in state.items() if k != "fc.bias"})


def test_pickled_and_killed(path, files):
    model = ssnn.Model(path)
    frames = model.frames(files[0])
    want = model(frames)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model))(frames), want)
    model._keeper._process._popen.kill()
    model._keeper._process._popen.wait()
    np.testing.assert_array_equal(model(frames), want)


def test_two_models_in_two_threads(path, files):
    models = [ssnn.Model(path, bits=bits, threads=1) for bits in (32, 16)]
    frames = models[0].frames(files[0])
    wants = [model(frames) for model in models]
    wrong = []

    def run(model, want):
        for _ in range(50):
            if not np.array_equal(model(frames), want):
                wrong.append(model)

    pairs = list(zip(models, wants)) * 2  # each model by two threads
    threads = [threading.Thread(target=run, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
