"""The front of accuracy over latency: dense networks as an engineer would ship them, and ours.

    python bench/dense/dense.py --set nmnist-1k --recipes bench/dense/recipes/digits-*.toml
    python bench/dense/dense.py --set FOLDER --test FOLDER --split duration --shift 2 \
        --recipes bench/dense/recipes/motion-*.toml

README.md beside it has the commands from nothing to the table and the figure.

A dense network sees a number of frames of the recording, stacked as channels: its name says kind,
width and frames. It is a VGG of six 3x3 convolutions, VGG-9, a small network of depthwise and
strided convolutions, or a tiny one of three strided convolutions, trained in PyTorch with AdamW, a
cycle of the learning rate, and shifts. ONNX Runtime runs it in float32, and in 8-bit integers by
its own static quantisation, calibrated on training recordings. Ours are trained by `ssnn train`
with the recipes; --exported also runs them in ONNX Runtime, as `ssnn export` writes them. What was
trained is kept in --keep and trained once.

Each latency is that of a process of its own, on --threads threads: the median and the 99th
percentile of --runs runs after 50 that do not count, the processor's time of a run, and the most
memory that the process had (VmHWM). The recording is the one of median density of the test set. It
prints a table of Markdown, and --json FILE keeps the numbers, which figure.py draws. Needs numpy,
torch, onnx, onnxruntime, safetensors and ssnn.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np


def network(kind, width, frames, classes):
    import torch.nn as nn

    def unit(a, b, stride=1, groups=1):
        return [
            nn.Conv2d(a, b, 3, stride, 1, groups=groups, bias=False),
            nn.BatchNorm2d(b),
            nn.ReLU(inplace=True),
        ]

    w = width
    if kind == "vgg":
        layers = [*unit(2 * frames, w), *unit(w, 2 * w), nn.MaxPool2d(2)]
        layers += [*unit(2 * w, 4 * w), *unit(4 * w, 4 * w), nn.MaxPool2d(2)]
        layers += [*unit(4 * w, 8 * w), *unit(8 * w, 8 * w), nn.AdaptiveAvgPool2d(1)]
        out = 8 * w
    elif kind == "vgg9":  # ours of that name, with ReLU for neurons: width 64 is the full one
        layers = [*unit(2 * frames, w), *unit(w, 2 * w), nn.AvgPool2d(2)]
        layers += [*unit(2 * w, 4 * w), *unit(4 * w, 4 * w), nn.AvgPool2d(2)]
        layers += [*unit(4 * w, 8 * w), *unit(8 * w, 8 * w), nn.AvgPool2d(2)]
        layers += [*unit(8 * w, 8 * w), *unit(8 * w, 8 * w), nn.AdaptiveAvgPool2d(1)]
        out = 8 * w
    elif kind == "separable":
        layers = unit(2 * frames, w, 2)
        for a, b, stride in (
            (w, 2 * w, 1),
            (2 * w, 4 * w, 2),
            (4 * w, 4 * w, 1),
            (4 * w, 8 * w, 2),
        ):
            layers += unit(a, a, stride, a)
            layers += [nn.Conv2d(a, b, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
        layers.append(nn.AdaptiveAvgPool2d(1))
        out = 8 * w
    else:  # tiny
        layers = [*unit(2 * frames, w, 2), *unit(w, 2 * w, 2), *unit(2 * w, 4 * w, 2)]
        layers.append(nn.AdaptiveAvgPool2d(1))
        out = 4 * w
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(out, classes))


def frames_of(data, split, flags, frames):
    import ssnn

    return ssnn.Dataset(
        data,
        split=split,
        T=frames,
        size=(flags.size, flags.size),
        sensor=(flags.sensor or flags.size,) * 2,
        frames={"split": flags.split},
    )


def recordings(data, split, flags, frames, folder):
    """Frames [N, T, 2, H, W] in bytes and labels [N] of a split, made once."""
    kept = folder / f"frames-{pathlib.Path(data).name}-{split}-{flags.split}-{frames}.npz"
    if not kept.exists():
        made = frames_of(data, split, flags, frames)
        x = np.stack([made[i][0] for i in range(len(made))])
        if x.max() > 255:
            raise SystemExit(f"{data}: a pixel counts {x.max():.0f} events, want at most 255")
        np.savez_compressed(kept, x=x.astype(np.uint8), y=np.array(made.targets))
    with np.load(kept) as file:
        return file["x"], file["y"]


def stacked(x):
    """Frames as channels, in float32."""
    return x.reshape(len(x), -1, *x.shape[-2:]).astype(np.float32)


def train(net, x, y, epochs, seed, shift):
    """Trains on images x [N, C, H, W]; each is shifted by up to so many pixels, anew each time."""
    import torch

    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    side = x.shape[2:]
    x = torch.nn.functional.pad(torch.from_numpy(x), [shift] * 4)
    y = torch.from_numpy(y)
    batch = 32
    steps = epochs * (len(x) // batch)
    adam = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 4e-3, total_steps=steps)
    net.train()
    for _ in range(epochs):
        order = draw.permutation(len(x))[: len(x) // batch * batch]
        for which in order.reshape(-1, batch):
            corners = draw.integers(0, 2 * shift + 1, (batch, 2))
            images = [
                x[i, :, a : a + side[0], b : b + side[1]]
                for i, (a, b) in zip(which, corners, strict=True)
            ]
            adam.zero_grad()
            torch.nn.functional.cross_entropy(net(torch.stack(images)), y[which]).backward()
            adam.step()
            rate.step()
    net.eval()


def export(net, x, folder):
    """The network as ONNX in float32, and quantised by ONNX Runtime."""
    import onnxruntime.quantization as quantization
    import torch

    plain, prepared, small = (str(folder / name) for name in ("32.onnx", "ready.onnx", "8.onnx"))
    torch.onnx.export(
        net,
        (torch.from_numpy(x[:1]),),
        plain,
        input_names=["frames"],
        dynamic_axes={"frames": {0: "batch"}},
        dynamo=False,
    )
    quantization.shape_inference.quant_pre_process(plain, prepared)

    class Calibration(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter(np.array_split(x[:: max(1, len(x) // 200)], 20))

        def get_next(self):
            part = next(self.left, None)
            return None if part is None else {"frames": part}

    quantization.quantize_static(
        prepared,
        small,
        Calibration(),
        per_channel=True,
        quant_format=quantization.QuantFormat.QDQ,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
    )


def session(path, threads):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def accuracy(path, x, y, axis=0):
    """Of x, whose recordings lie along the axis."""
    run = session(path, 1)
    parts = np.array_split(x, 20, axis)
    answers = [run.run(None, {"frames": part})[0].argmax(1) for part in parts]
    return float(np.mean(np.concatenate(answers) == y))


def time_onnx(path, frames, threads, runs):
    """What a process of its own prints, see main."""
    x = np.load(frames)
    run = session(path, threads)
    for _ in range(50):
        run.run(None, {"frames": x})
    times = []
    spent = time.process_time()
    for _ in range(runs):
        begin = time.perf_counter()
        run.run(None, {"frames": x})
        times.append(time.perf_counter() - begin)
    spent = time.process_time() - spent
    status = pathlib.Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"ms": 1e3 * np.median(times), "p99": 1e3 * np.quantile(times, 0.99),
                      "cpu": 1e3 * spent / runs, "mib": peak / 1024}))  # fmt: skip


def printed(*command):
    """The JSON that a command prints."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


class Way:
    """One network, run in one way: its accuracies by seed, and what times it."""

    def __init__(self, whose, name, numbers, accuracies, timer):
        self.whose, self.name, self.numbers, self.accuracies = whose, name, numbers, accuracies
        self.timer, self.times = timer, {}


def dense(flags, folder):
    """The dense networks, trained, or as --keep has them; what is timed is that of seed 0."""
    import torch

    torch.set_num_threads(1)
    ways = {}
    for name in flags.networks:
        kind, width, frames = name.split("-")
        test_x, test_y = recordings(flags.test or flags.set, "test", flags, frames, folder)
        test_x = stacked(test_x)
        one = str(folder / f"one-{frames}.npy")
        np.save(one, test_x[middle(test_x)][None])
        for seed in range(flags.seeds):
            to = folder / f"{name}-{seed}"
            paths = {"float32": str(to / "32.onnx"), "int8": str(to / "8.onnx")}
            if not all(pathlib.Path(path).exists() for path in paths.values()):
                x, y = recordings(flags.set, "train", flags, frames, folder)
                x = stacked(x)
                torch.manual_seed(seed)
                net = network(kind, int(width), int(frames), int(y.max()) + 1)
                train(net, x, y, flags.epochs, seed, flags.shift)
                to.mkdir(exist_ok=True)
                export(net, x, to)
            for numbers, path in paths.items():
                found = accuracy(path, test_x, test_y)
                print(f"{name}, {numbers}, seed {seed}: {found:.4f}", file=sys.stderr, flush=True)

                timer = onnx_timer(path, one, flags.runs)
                way = Way("dense", name, f"onnxruntime, {numbers}", [], timer)
                ways.setdefault((name, numbers), way).accuracies.append(found)
    return list(ways.values())


def onnx_timer(path, one, runs):
    """Times a network of ONNX on the frames of a file, in a process of its own."""

    def timer(threads):
        return printed(sys.executable, __file__, "--time", path, one, str(threads), str(runs))

    return timer


def middle(frames):
    """The number of the sample of median density."""
    return int(np.argsort(frames.astype(bool).reshape(len(frames), -1).sum(1))[len(frames) // 2])


def trained(flags, folder):
    """The runs of ssnn by name: those of --model, and those of the recipes, trained where --keep
    has none."""
    found = {}
    for model in flags.model:
        name, runs = model.rsplit("=", 1)
        found[name] = runs.split(",")
    for recipe in flags.recipes:
        name = pathlib.Path(recipe).stem
        found[name] = [str(folder / f"{name}-{seed}") for seed in range(flags.seeds)]
        for seed, run in enumerate(found[name]):
            if (pathlib.Path(run) / "model.safetensors").exists():
                continue
            command = [flags.ssnn, "train", recipe, "--seed", str(seed), "--out", run]
            command += ["--threads", "1", "--cache", str(folder / "cache")]
            command += ["--resume"] if (pathlib.Path(run) / "last.safetensors").exists() else []
            command += ["--data", flags.set] if pathlib.Path(flags.set).is_dir() else []
            subprocess.run(command, check=True, stdout=sys.stderr)
    return found


def spiking(flags, folder):
    """The models of ssnn."""
    import ssnn
    from safetensors.numpy import save_file

    ways = []
    for name, runs in trained(flags, folder).items():
        frames = ssnn.Model(runs[0]).shape[0]
        samples, labels = recordings(flags.test or flags.set, "test", flags, frames, folder)
        one = str(folder / f"one-{frames}.safetensors")
        sample = samples[middle(samples)][:, None].astype(np.float32)
        save_file({"input": np.ascontiguousarray(sample)}, one)
        for bits in flags.bits:
            tested = []
            for run in runs:
                command = [flags.ssnn, "eval", run, "--json", "--bits", bits, "--threads", "1"]
                command += ["--cache", str(folder / "cache")]
                command += ["--data", flags.test or flags.set]
                tested.append(printed(*command)["accuracy"])
                print(f"{name}, {bits} bits, {run}: {tested[-1]:.4f}", file=sys.stderr, flush=True)

            def timer(threads, run=runs[0], one=one, bits=bits):
                command = [flags.ssnn, "bench", "infer", "--model", run, "--input", one, "--json"]
                command += ["--bits", bits, "--threads", str(threads), "--runs", str(flags.runs)]
                took = printed(*command)
                return {"ms": 1e3 * took["median_s"], "p99": 1e3 * took["p99_s"],
                        "cpu": 1e3 * took["cpu_s"], "mib": took["peak_rss_mib"]}  # fmt: skip

            ways.append(Way("ssnn", name, f"ssnn, {bits} bits", tested, timer))
        if flags.exported:
            graph, one = str(folder / f"exported-{name}.onnx"), str(folder / f"one-{frames}-t.npy")
            subprocess.run(
                [flags.ssnn, "export", runs[0], "--out", graph], check=True, stdout=sys.stderr
            )
            np.save(one, sample)
            found = accuracy(graph, samples.swapaxes(0, 1).astype(np.float32), labels, 1)
            print(f"{name}, exported: {found:.4f}", file=sys.stderr, flush=True)
            timer = onnx_timer(graph, one, max(50, flags.runs // 20))
            ways.append(Way("exported", name, "onnxruntime, float32", [found], timer))
    return ways


def show(flags, ways):
    heads = [f"{t} thread{'s' * (t > 1)}, ms | 99 % within | CPU | MiB" for t in flags.threads]
    print("| network | numbers | accuracy, % | " + " | ".join(heads) + " |")
    print("|---|---|---|" + "---|" * 4 * len(heads))
    for way in sorted(ways, key=lambda way: -np.mean(way.accuracies)):
        spread = f"{100 * np.mean(way.accuracies):.1f}"
        if len(way.accuracies) > 1:
            spread += f" ± {100 * np.std(way.accuracies, ddof=1):.1f} ({len(way.accuracies)})"
        cells = [
            f"{t['ms']:.3f} | {t['p99']:.3f} | {t['cpu']:.3f} | {t['mib']:.0f}"
            for t in way.times.values()
        ]
        print(f"| {way.name} | {way.numbers} | {spread} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser()
    add = parser.add_argument
    add("--set", default="nmnist-1k", help="what is trained on: nmnist-1k or a folder")
    add("--test", help="a folder whose split test is tested on, instead of that of --set")
    add("--size", type=int, default=34, help="pixels of a frame's side")
    add("--sensor", type=int, help="pixels of the sensor's side, where they are not the frame's")
    add("--split", default="count", help="which events a frame is made of")
    add("--shift", type=int, default=2, help="pixels by which images are shifted at random")
    networks = "tiny-8-5 tiny-16-5 tiny-32-5 separable-8-5 separable-16-5 vgg-4-5 vgg-8-5"
    add("--networks", nargs="*", default=networks.split(), help="KIND-WIDTH-FRAMES")
    add("--epochs", type=int, default=60)
    add("--seeds", type=int, default=3)
    add("--threads", type=int, nargs="+", default=[1, 2])
    add("--runs", type=int, default=2000)
    add("--rounds", type=int, default=3, help="each is timed so often, in turn; the least counts")
    add("--model", nargs="*", default=[], help="NAME=RUN[,RUN...] of ssnn, a run a seed")
    add("--recipes", nargs="*", default=[], help="recipes that ssnn trains, a run a seed")
    add("--exported", action="store_true", help="run ours in ONNX Runtime too, as exported")
    add("--bits", nargs="+", default=["32", "16", "8"], help="of the weights of ssnn")
    add("--ssnn", default="ssnn", help="the program")
    add("--keep", help="a folder for the trained networks, which are trained once")
    add("--json", help="a file for the numbers")
    add("--time", nargs=4, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.time:
        path, frames, threads, runs = flags.time
        time_onnx(path, frames, int(threads), int(runs))
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(flags.keep or folder)
        folder.mkdir(parents=True, exist_ok=True)
        ways = dense(flags, folder) + spiking(flags, folder)
        for threads in flags.threads:
            for _ in range(flags.rounds):  # in turn, so that all meet the same machine
                for way in ways:
                    took = way.timer(threads)
                    if took["ms"] < way.times.get(threads, took)["ms"] or threads not in way.times:
                        way.times[threads] = took
    if flags.json:
        pathlib.Path(flags.json).parent.mkdir(parents=True, exist_ok=True)
        kept = [{k: v for k, v in vars(way).items() if k != "timer"} for way in ways]
        pathlib.Path(flags.json).write_text(json.dumps(kept, indent=1))
    show(flags, ways)


if __name__ == "__main__":
    main()
