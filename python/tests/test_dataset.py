"""Sets of recordings, alone and in loaders."""

from __future__ import annotations

import multiprocessing
import shutil

import numpy as np
import pytest

import ssnn


@pytest.fixture
def folder(recordings, tmp_path):
    """Eight recordings of two classes, train and test."""
    for split in ("Train", "Test"):
        for name in ("nmnist-0-00002", "nmnist-5-00001"):
            to = tmp_path / split / name[7]
            to.mkdir(parents=True)
            for i in range(2):
                shutil.copy(recordings / f"{name}.bin", to / f"{i}.bin")
    return tmp_path


def test_samples_are_the_frames_of_the_recordings(folder):
    dataset = ssnn.Dataset(folder, split="test", T=4, size=(34, 34))
    assert len(dataset) == 4 and dataset.classes == ["0", "5"] and dataset.layout == "n-mnist"
    assert dataset.targets == [0, 0, 1, 1] and dataset.shape == (4, 2, 34, 34)
    for i, (frames, label) in enumerate(dataset):
        want = ssnn.frames(folder / dataset.recordings[i], T=4, size=(34, 34))
        np.testing.assert_array_equal(frames, want)
        assert label == dataset.targets[i]
    batch, labels = dataset.batch([3, 0])
    np.testing.assert_array_equal(batch, [dataset[3][0], dataset[0][0]])
    np.testing.assert_array_equal(labels, [1, 0])
    small = ssnn.Dataset(folder, split="test", T=4, size=(17, 17), dtype=np.uint8)
    assert small[-1][0].dtype == np.uint8 and small[-1][0].sum() == batch[0].sum()
    with pytest.raises(IndexError):
        dataset[4]


@pytest.mark.parametrize("how", [{}, {"memory": True}, {"cache": "cache"}])
def test_augmentation_is_that_of_training(folder, how, tmp_path):
    if "cache" in how:
        how = {"cache": tmp_path / "cache"}
    augment = {"shift": 3, "drop": 0.3, "mixup": 0.4}
    options = dict(T=2, size=(34, 34), augment=augment, seed=5)
    plain = ssnn.Dataset(folder, T=2, size=(34, 34), **how)
    one, two = ssnn.Dataset(folder, **options, **how), ssnn.Dataset(folder, **options, **how)
    one.set_epoch(3), two.set_epoch(3)
    frames, shares = one[2]
    np.testing.assert_array_equal(frames, two.batch([0, 2])[0][1])
    assert shares.shape == (2,) and shares.sum() == 1 and shares[1] >= 0.5
    assert not np.array_equal(frames, plain[2][0])
    two.set_epoch(4)
    assert not np.array_equal(frames, two[2][0])
    drawn = ssnn.Dataset(folder, **options, **how)
    first, second = drawn[2][0], drawn[2][0]
    assert not np.array_equal(first, second)  # each time anew


def test_transforms(folder):
    dataset = ssnn.Dataset(
        folder, T=2, transform=lambda f: f.sum(), target_transform=lambda c: dataset.classes[c]
    )
    assert dataset[3] == (ssnn.Dataset(folder, T=2)[3][0].sum(), "5")
    assert dataset.__getitems__([3, 0])[1][1] == "0"


def test_sets_of_the_program():
    digits = ssnn.Dataset("nmnist-1k", split="test", T=8)
    assert len(digits) == 100 and digits.shape == (8, 2, 34, 34)
    assert digits[0][0].sum() > 100


def test_errors(folder, tmp_path):
    with pytest.raises(ssnn.ArgumentError, match="is no folder"):
        ssnn.Dataset(tmp_path / "nothing")
    with pytest.raises(ssnn.ArgumentError, match="shift"):
        ssnn.Dataset(folder, augment={"shft": 3})
    with pytest.raises(ssnn.Error, match="split"):
        ssnn.Dataset(folder, split="validation")
    with pytest.raises(ssnn.ArgumentError, match="timesteps"):
        ssnn.Dataset(folder, T=0)
    dataset = ssnn.Dataset(folder, T=2)
    (folder / dataset.recordings[1]).write_bytes(b"1234567")
    with pytest.raises(ssnn.FormatError, match="1.bin.*want a recording"):
        dataset[1]
    assert dataset[0][0].any()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_loaders_whatever_the_parent_did(folder, method, path, files):
    torch = pytest.importorskip("torch")
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    ssnn.info(files[0])
    ssnn.Model(path)(ssnn.frames(files[0], T=ssnn.Model(path).shape[0], size=(34, 34)))
    dataset = ssnn.Dataset(folder, T=2, size=(34, 34))
    want, _ = dataset.batch(range(4))
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=1, num_workers=4, multiprocessing_context=method
    )
    for _ in range(2 if method == "fork" else 1):
        got = list(loader)
        np.testing.assert_array_equal(torch.cat([frames for frames, _ in got]).numpy(), want)
        assert [int(label) for _, label in got] == [0, 0, 1, 1]
    np.testing.assert_array_equal(dataset.batch(range(4))[0], want)  # the parent's goes on


@pytest.mark.parametrize("augment", [None, {"mixup": 0.3}])
def test_batches_of_a_loader_are_not_copied(folder, augment):
    torch = pytest.importorskip("torch")
    data = pytest.importorskip("torch.utils.data")
    plain = ssnn.Dataset(folder, T=4, size=(64, 64), sensor=(34, 34), augment=augment)
    turned = ssnn.Dataset(
        folder,
        T=4,
        size=(64, 64),
        sensor=(34, 34),
        augment=augment,
        transform=lambda frames: frames,
    )
    for dataset in (plain, turned):
        dataset.set_epoch(1)
    kept = [
        list(data.DataLoader(dataset, batch_size=3, num_workers=workers))
        for dataset, workers in ((plain, 0), (turned, 0), (plain, 2))
    ]
    for ours, copied, sent in zip(*kept):  # after all of them were made
        assert type(ours) is list and ours[0].shape[1:] == plain.shape
        for got in (ours, sent):
            torch.testing.assert_close(got[0], copied[0], rtol=0, atol=0)
            torch.testing.assert_close(got[1], copied[1], rtol=0, atol=0)
    samples = plain.__getitems__([2, 0])
    frames, _ = data.default_collate(samples)
    assert frames.data_ptr() == samples[0][0].ctypes.data
    backwards, _ = data.default_collate(samples[::-1])
    torch.testing.assert_close(backwards, frames.flip(0), rtol=0, atol=0)
    mixed, _ = data.default_collate([samples[0], plain[1]])
    torch.testing.assert_close(mixed[0], frames[0], rtol=0, atol=0)


def test_filters_of_a_set(folder):
    filters = ["refractory:us=2000"]
    dataset = ssnn.Dataset(folder, T=4, size=(34, 34), events={"filter": filters})
    want = ssnn.frames(folder / dataset.recordings[1], T=4, size=(34, 34), filters=filters)
    np.testing.assert_array_equal(dataset[1][0], want)
