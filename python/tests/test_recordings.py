"""Reading, writing and framing recordings."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings

import decoders
import numpy as np
import pytest

import ssnn
from ssnn import _process

FILES = [
    ("nmnist-0-00002.bin", decoders.nmnist),
    ("gesture-1.bin", decoders.nmnist),
    ("evt2_sample.raw", decoders.evt2),
    ("sample_ncars.dat", decoders.dat),
]


@pytest.mark.parametrize("name, decode", FILES)
def test_events_equal_an_independent_decoder(recordings, name, decode):
    events = ssnn.read(recordings / name)
    assert events.dtype == ssnn.EVENT and events.flags.writeable
    x, y, t, p = decode((recordings / name).read_bytes())
    for field, want in zip("xytp", (x, y, t, p)):
        np.testing.assert_array_equal(events[field], want)


@pytest.mark.parametrize("name, decode", FILES[:3])
def test_frames_equal_bincount(recordings, name, decode):
    x, y, t, p = decode((recordings / name).read_bytes())
    width, height = (640, 480) if name.endswith("raw") else (128, 128)
    want = decoders.frames(x, y, p, width, height, 8)
    events = ssnn.read(recordings / name)
    for source in (recordings / name, events, (recordings / name).read_bytes(), _unpadded(events)):
        reading = {"format": "bin"} if isinstance(source, bytes) and name.endswith("bin") else {}
        got = ssnn.frames(source, T=8, size=(width, height), **reading)
        assert got.dtype == np.float32 and got.flags.writeable
        np.testing.assert_array_equal(got, want)
    got = ssnn.frames(recordings / name, size=(width, height), dtype=np.uint16)
    assert got.dtype == np.uint16
    np.testing.assert_array_equal(got, want)


def _unpadded(events):
    made = np.empty(len(events), [("x", "i8"), ("y", "i2"), ("t", "u8"), ("p", "i1")])
    for field in "xytp":
        made[field] = events[field]
    return made


def test_frames_of_many(recordings):
    paths = sorted(recordings.glob("nmnist-*.bin"))
    got = ssnn.frames(paths, T=4, size=(34, 34), dtype="uint8", threads=2)
    assert got.shape == (3, 4, 2, 34, 34) and got.dtype == np.uint8
    for one, path in zip(got, paths):
        np.testing.assert_array_equal(one, ssnn.frames(path, T=4, size=(34, 34)))


def test_frames_options(recordings):
    path = recordings / "nmnist-0-00002.bin"
    merged = ssnn.frames(path, T=2, size=(34, 34), polarity="merged")
    both = ssnn.frames(path, T=2, size=(34, 34))
    np.testing.assert_array_equal(merged[:, 0], both.sum(1))
    clipped = ssnn.frames(path, T=2, size=(34, 34), clip=1)
    np.testing.assert_array_equal(clipped, both > 0)
    crop = ssnn.frames(path, T=2, sensor=(34, 34), crop=(10, 12, 4, 6))
    assert crop.shape == (2, 2, 12, 10)
    timed = ssnn.frames(
        path, T=3, size=(34, 34), split="fixed-duration", each=50_000, overlap=10_000
    )
    events = ssnn.read(path)
    since = events["t"] - events["t"][0]
    assert timed[1].sum() == np.sum((since >= 40_000) & (since < 90_000))
    surface = ssnn.frames(path, T=2, size=(34, 34), values="surface", tau=10_000)
    assert 0 < surface.max() <= 1


def test_small_sensors_add_up(recordings):
    path = recordings / "evt2_sample.raw"
    small = ssnn.frames(path, T=1, size=(64, 48))
    large = ssnn.frames(path, T=1)
    assert large.shape == (1, 2, 480, 640)
    np.testing.assert_array_equal(small, large.reshape(1, 2, 48, 10, 64, 10).sum((3, 5)))


def test_windows_of_time(recordings):
    path = recordings / "evt2_sample.raw"
    events = ssnn.read(path)
    middle = int(events["t"][len(events) // 2])
    first, second = ssnn.read(path, until_us=middle), ssnn.read(path, from_us=middle)
    np.testing.assert_array_equal(np.concatenate([first, second]), events)
    assert first["t"].max() < middle <= second["t"].min()


@pytest.mark.parametrize("size", [{"events": 10_000}, {"us": 5_000}])
@pytest.mark.parametrize("stream", [False, True])
def test_chunks(recordings, size, stream):
    path = recordings / "evt3_sample.raw"
    events = ssnn.read(path)
    with open(path, "rb") as file:
        all = list(ssnn.chunks(file if stream else path, **size))
    np.testing.assert_array_equal(np.concatenate(all), events)
    if "us" in size:
        begin = events["t"][0]
        for chunk in all:
            assert len({(t - begin) // 5_000 for t in chunk["t"][[0, -1]]}) == 1
    else:
        assert {len(chunk) for chunk in all[:-1]} == {10_000}


def test_chunks_of_a_pipe_come_while_it_is_open(recordings):
    reading, writing = os.pipe()
    data = (recordings / "nmnist-0-00002.bin").read_bytes()
    os.write(writing, data[:5000])
    with open(reading, "rb", buffering=0) as file:
        chunks = ssnn.chunks(file, events=100, format="bin")
        assert len(next(chunks)) == 100  # the other end is open still
        chunks.close()
    os.close(writing)
    assert ssnn.info(data, format="bin").events == 5028  # that worker, or another, answers


def test_info_is_what_the_command_says(recordings):
    path = recordings / "evt3_sample.raw"
    said = subprocess.run(
        [sys.executable, "-m", "ssnn", "events", "--json", path], check=True, capture_output=True
    )
    assert vars(ssnn.info(path)) == {**json.loads(said.stdout), "filters": []}


@pytest.mark.parametrize("ending", ["aedat", "raw", "dat", "es", "npz", "csv", "bin"])
def test_written_is_read(recordings, tmp_path, ending):
    events = ssnn.read(recordings / "nmnist-0-00002.bin")
    path = tmp_path / f"x.{ending}"
    ssnn.write(path, _unpadded(events), sensor=(34, 34))
    np.testing.assert_array_equal(ssnn.read(path), events)


def test_errors(recordings, tmp_path):
    with pytest.raises(ssnn.MissingError, match="no such file"):
        ssnn.read(tmp_path / "nothing.raw")
    with pytest.raises(FileNotFoundError):
        ssnn.info(tmp_path / "nothing.raw")
    cut = (recordings / "sample_ncars.dat").read_bytes()[:-3]
    with pytest.raises(ssnn.FormatError, match="byte"):
        ssnn.read(cut)
    with pytest.raises(ValueError, match="timesteps"):
        ssnn.frames(recordings / "gesture-1.bin", T=0, size=(128, 128))
    with pytest.raises(ssnn.Error, match="inside the sensor of 34x34"):
        ssnn.frames(recordings / "gesture-1.bin", size=(34, 34))
    with pytest.raises(ssnn.ArgumentError, match="how large its sensor is"):
        ssnn.frames(ssnn.read(recordings / "gesture-1.bin"))
    with pytest.raises(TypeError, match="size 34, want .width, height. in pixels"):
        ssnn.frames(recordings / "gesture-1.bin", size=34)
    with pytest.raises(TypeError, match="source None, want a path"):
        ssnn.read(None)
    with pytest.raises(TypeError, match="from_us"):
        ssnn.read(recordings / "gesture-1.bin", start=3)
    with pytest.raises(ssnn.ArgumentError, match="fields x, y, t, p"):
        ssnn.write(tmp_path / "x.dat", np.zeros(3))
    with pytest.raises(ssnn.ArgumentError, match="0 to 65535"):
        ssnn.write(tmp_path / "x.dat", np.full(3, -1, [(n, "i4") for n in "xytp"]))
    with pytest.raises(ssnn.Error, match="time of the one before"):
        ssnn.write(tmp_path / "x.dat", ssnn.read(recordings / "nmnist-0-00002.bin")[::-1])
    with pytest.raises(ssnn.ArgumentError, match="255"):
        ssnn.frames(np.zeros(256, ssnn.EVENT), T=1, size=(1, 1), dtype="uint8")
    assert not list(tmp_path.iterdir())


def test_what_is_skipped_is_said(recordings):
    events = ssnn.read(recordings / "nmnist-0-00002.bin")
    file = io.BytesIO()
    file.write(b"".join(b"%d,%d,%d,%d\n" % (e["t"], e["x"], e["y"], e["p"]) for e in events[:10]))
    with pytest.warns(ssnn.Notice, match="skipped"):
        few = ssnn.read(file.getvalue(), format="csv", sensor=(10, 34), skip_invalid=True)
    assert len(few) < 10
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ssnn.read(file.getvalue(), format="csv")


def test_no_events():
    events = np.zeros(0, ssnn.EVENT)
    with pytest.raises(ssnn.Error, match="no events"):
        ssnn.frames(events, size=(3, 3))
    assert len(ssnn.read(b"t,x,y,p\n")) == 0


def test_more_arrays_than_descriptors(recordings):
    data = (recordings / "evt2_sample.raw").read_bytes()[:400_000]
    all = [ssnn.read(data[: len(data) - 4 * i]) for i in range(230)]
    assert [len(e) for e in all] == sorted((len(e) for e in all), reverse=True)
    np.testing.assert_array_equal(all[0][: len(all[-1])], all[-1])


def test_arrays_outlive_the_worker(recordings):
    events = ssnn.read(recordings / "evt2_sample.raw")
    from ssnn import _process

    _process._end_all()
    assert int(events["x"].max()) == 599


def test_filters_are_the_program_s(recordings, tmp_path):
    path = recordings / "nmnist-0-00002.bin"
    filters = ["background:us=3000", "refractory:us=1000", "region:x=5,width=20"]
    out = tmp_path / "left.csv"
    command = [_process.program(), "convert", path, out]
    for one in filters:
        command += ["--filter", one]
    subprocess.run(command, check=True, capture_output=True)
    want = ssnn.read(out)
    all = ssnn.read(path)
    assert 0 < len(want) < len(all)
    np.testing.assert_array_equal(ssnn.read(path, filters=filters), want)
    np.testing.assert_array_equal(ssnn.read(all, filters=filters), want)  # events in memory
    np.testing.assert_array_equal(ssnn.read(all[::-1], filters=filters, sort=True)["t"], want["t"])
    parts = list(ssnn.chunks(path, events=100, filters=filters))
    np.testing.assert_array_equal(np.concatenate(parts), want)
    np.testing.assert_array_equal(
        ssnn.frames(path, T=4, size=(34, 34), filters=filters),
        ssnn.frames(want, T=4, size=(34, 34)),
    )
    np.testing.assert_array_equal(
        ssnn.frames([path, path], T=4, size=(34, 34), filters=filters)[1],
        ssnn.frames(want, T=4, size=(34, 34)),
    )
    info = ssnn.info(path, filters=filters)
    assert info.events == len(want) and info.filters[0]["events"] == len(all)
    assert [f["filter"] for f in info.filters][0] == filters[0]
    assert info.filters[-1]["left"] == len(want)
    on = ssnn.read(path, filters="polarity:keep=on")
    np.testing.assert_array_equal(on, all[all["p"]])
    for wrong in (["dance"], ["refractory:us=-1"], ["hot:list=nothing"]):
        with pytest.raises(ssnn.ArgumentError, match=wrong[0].partition(":")[0]):
            ssnn.read(path, filters=wrong)
    with pytest.raises(ssnn.Error, match="event 1 at .* sort=True"):
        ssnn.read(all[::-1], filters=filters)


def test_filter_of_a_list_is_found_from_here(recordings, tmp_path, monkeypatch):
    path = recordings / "nmnist-0-00002.bin"
    all = ssnn.read(path)  # the worker has begun elsewhere
    x, y = int(all["x"][0]), int(all["y"][0])
    (tmp_path / "hot.txt").write_text(f"{x}x{y}\n")
    monkeypatch.chdir(tmp_path)
    got = ssnn.read(path, filters=["hot:list=hot.txt"])
    np.testing.assert_array_equal(got, all[(all["x"] != x) | (all["y"] != y)])
