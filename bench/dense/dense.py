"""Trains dense networks for a task of ours, quantises them as an engineer would, and times them
beside models of ssnn, one recording at a time:

    python bench/dense/dense.py --set nmnist-1k --size 34 --model NAME=RUN ... --ssnn PROGRAM
    python bench/dense/dense.py --set motion --test FOLDER --size 34 --split duration --model ...

A dense network sees what a plain spiking one of five timesteps sees: five frames of the recording,
stacked as ten channels. It is a VGG of six 3x3 convolutions at several widths, a small network
of depthwise and strided convolutions, or a tiny one of three strided convolutions, trained in
PyTorch with Adam and the recipe's shifts, several seeds. ONNX Runtime runs it in float32, and in
8-bit integers by its own static quantisation, calibrated on training recordings.

Each latency is that of a process of its own, on --threads threads: the median and the 99th
percentile of --runs runs after 50 that do not count, and the most memory that the process had
(VmHWM). It prints a table of Markdown, and --json FILE keeps the numbers. Needs numpy, torch,
onnx, onnxruntime and ssnn.
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

STEPS = 5


def network(kind, width, classes):
    import torch.nn as nn

    def unit(a, b, stride=1, groups=1):
        return [
            nn.Conv2d(a, b, 3, stride, 1, groups=groups, bias=False),
            nn.BatchNorm2d(b),
            nn.ReLU(inplace=True),
        ]

    w = width
    if kind == "vgg":
        layers = [*unit(2 * STEPS, w), *unit(w, 2 * w), nn.MaxPool2d(2)]
        layers += [*unit(2 * w, 4 * w), *unit(4 * w, 4 * w), nn.MaxPool2d(2)]
        layers += [*unit(4 * w, 8 * w), *unit(8 * w, 8 * w), nn.AdaptiveAvgPool2d(1)]
        out = 8 * w
    elif kind == "separable":
        layers = unit(2 * STEPS, w, 2)
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
        layers = [*unit(2 * STEPS, w, 2), *unit(w, 2 * w, 2), *unit(2 * w, 4 * w, 2)]
        layers.append(nn.AdaptiveAvgPool2d(1))
        out = 4 * w
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(out, classes))


def frames_of(data, split, flags, T):
    import ssnn

    return ssnn.Dataset(
        data,
        split=split,
        T=T,
        size=(flags.size, flags.size),
        sensor=(flags.size, flags.size) if flags.test or flags.set == "motion" else None,
        frames={"split": flags.split},
    )


def recordings(data, split, flags):
    """Frames [N, 10, H, W] and labels [N] of a split."""
    made = frames_of(data, split, flags, STEPS)
    x = np.stack([made[i][0] for i in range(len(made))])
    return x.reshape(len(x), 2 * STEPS, flags.size, flags.size), np.array(made.targets)


def train(net, x, y, epochs, seed, shift):
    import torch

    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    batch = 32
    steps = epochs * (len(x) // batch)
    adam = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 4e-3, total_steps=steps)
    net.train()
    for _ in range(epochs):
        order = torch.from_numpy(draw.permutation(len(x)))
        for which in order[: len(x) // batch * batch].split(batch):
            dx, dy = draw.integers(-shift, shift + 1, 2)
            images = torch.roll(x[which], (int(dy), int(dx)), (2, 3))
            adam.zero_grad()
            torch.nn.functional.cross_entropy(net(images), y[which]).backward()
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


def accuracy(path, x, y):
    run = session(path, 1)
    answers = [run.run(None, {"frames": part})[0].argmax(1) for part in np.array_split(x, 20)]
    return float(np.mean(np.concatenate(answers) == y))


def time_onnx(path, frames, threads, runs):
    """What a process of its own prints, see main."""
    x = np.load(frames)
    run = session(path, threads)
    for _ in range(50):
        run.run(None, {"frames": x})
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        run.run(None, {"frames": x})
        times.append(time.perf_counter() - begin)
    status = pathlib.Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"ms": 1e3 * np.median(times), "p99": 1e3 * np.quantile(times, 0.99),
                      "mib": peak / 1024}))  # fmt: skip


def printed(*command):
    """The JSON that a command prints."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


class Way:
    """One network, run in one way: its accuracies by seed, and what times it."""

    def __init__(self, name, numbers, accuracies, timer):
        self.name, self.numbers, self.accuracies = name, numbers, accuracies
        self.timer, self.times = timer, {}


def dense(flags, folder):
    """The dense networks, trained, or as --keep has them; what is timed is that of seed 0."""
    import torch

    torch.set_num_threads(max(flags.threads))
    x, y = recordings(flags.set, "train", flags)
    test_x, test_y = recordings(flags.test or flags.set, "test", flags)
    one = str(folder / "one.npy")
    np.save(one, test_x[middle(test_x)][None])
    ways = {}
    for name in flags.networks:
        kind, width = name.split("-")
        for seed in range(flags.seeds):
            to = folder / f"{name}-{seed}"
            paths = {"float32": str(to / "32.onnx"), "int8": str(to / "8.onnx")}
            if not all(pathlib.Path(path).exists() for path in paths.values()):
                torch.manual_seed(seed)
                net = network(kind, int(width), int(y.max()) + 1)
                train(net, x, y, flags.epochs, seed, flags.shift)
                to.mkdir(exist_ok=True)
                export(net, x, to)
            for numbers, path in paths.items():
                found = accuracy(path, test_x, test_y)
                print(f"{name}, {numbers}, seed {seed}: {found:.4f}", file=sys.stderr, flush=True)

                def timer(threads, path=path):
                    command = (sys.executable, __file__, "--time", path, one, str(threads))
                    return printed(*command, str(flags.runs))

                way = ways.setdefault((name, numbers), Way(name, numbers, [], timer))
                way.accuracies.append(found)
    return list(ways.values())


def middle(frames):
    """The number of the sample of median density."""
    return int(np.argsort(frames.astype(bool).reshape(len(frames), -1).sum(1))[len(frames) // 2])


def spiking(flags, folder):
    """The models of ssnn."""
    import ssnn
    from safetensors.numpy import save_file

    ways = []
    for k, model in enumerate(flags.model):
        name, runs = model.split("=")
        runs = runs.split(",")
        T = ssnn.Model(runs[0]).shape[0]
        made = frames_of(flags.test or flags.set, "test", flags, T)
        samples = np.stack([made[i][0] for i in range(len(made))])
        one = str(folder / f"{k}.safetensors")
        save_file({"input": np.ascontiguousarray(samples[middle(samples)][:, None])}, one)
        for bits in ("32", "16", "8"):
            tested = []
            for run in runs:
                command = [flags.ssnn, "eval", run, "--json", "--bits", bits]
                command += ["--data", flags.test] if flags.test else []
                tested.append(printed(*command)["accuracy"])

            def timer(threads, run=runs[0], one=one, bits=bits):
                command = [flags.ssnn, "bench", "infer", "--model", run, "--input", one, "--json"]
                command += ["--bits", bits, "--threads", str(threads), "--runs", str(flags.runs)]
                took = printed(*command)
                return {"ms": 1e3 * took["median_s"], "p99": 1e3 * took["p99_s"],
                        "mib": took["peak_rss_mib"]}  # fmt: skip

            ways.append(Way(name, f"ssnn, {bits} bits", tested, timer))
    return ways


def show(flags, ways):
    heads = [f"{t} thread{'s' * (t > 1)}, ms | 99 % within | MiB" for t in flags.threads]
    print("| network | numbers | accuracy, % | " + " | ".join(heads) + " |")
    print("|---|---|---|" + "---|" * 3 * len(heads))
    for way in sorted(ways, key=lambda way: -np.mean(way.accuracies)):
        spread = f"{100 * np.mean(way.accuracies):.1f}"
        if len(way.accuracies) > 1:
            spread += f" ± {100 * np.std(way.accuracies, ddof=1):.1f} ({len(way.accuracies)})"
        cells = [f"{t['ms']:.3f} | {t['p99']:.3f} | {t['mib']:.0f}" for t in way.times.values()]
        print(f"| {way.name} | {way.numbers} | {spread} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser()
    add = parser.add_argument
    add("--set", default="nmnist-1k", help="what is trained on")
    add("--test", help="a folder whose split test is tested on, instead of that of --set")
    add("--size", type=int, default=34, help="pixels of a side")
    add("--split", default="count", help="which events a frame is made of")
    add("--shift", type=int, default=2, help="pixels by which images are shifted at random")
    networks = "tiny-8 tiny-16 tiny-32 separable-8 separable-16 vgg-4 vgg-8 vgg-16 vgg-32"
    add("--networks", nargs="*", default=networks.split(), help="KIND-WIDTH")
    add("--epochs", type=int, default=30)
    add("--seeds", type=int, default=3)
    add("--threads", type=int, nargs="+", default=[1, 2])
    add("--runs", type=int, default=2000)
    add("--rounds", type=int, default=3, help="each is timed so often, in turn; the least counts")
    add("--model", nargs="*", default=[], help="NAME=RUN[,RUN...] of ssnn, a run a seed")
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
        kept = [{k: v for k, v in vars(way).items() if k != "timer"} for way in ways]
        pathlib.Path(flags.json).write_text(json.dumps(kept, indent=1))
    show(flags, ways)


if __name__ == "__main__":
    main()
