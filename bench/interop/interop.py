"""Takes networks of other libraries into ssnn and back out, and compares what all say of the same
frames. See README.md."""
import argparse
import contextlib
import importlib.metadata
import logging
import os
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import torch

import networks
import readers
import watch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "../../python/src"))
import ssnn  # noqa: E402

NEAR = 1e-4  # of a float64 membrane to its threshold: rounding may decide whether it fires
SAME = 1e-5  # of logits


def recipe(case):
    """The recipe of a network and its frames, as TOML."""
    T, _, C, H, W = case.frames.shape
    polarity = {1: "merged", 2: "both"}[C]
    return (f'[frames]\nsensor = "{W}x{H}"\npolarity = "{polarity}"\n'
            f"[network]\ntimesteps = [{T}]\n{case.recipe}\n")


def import_(case, classes, folder):
    """Saves a network and imports it; returns the model's path, or None and what was said."""
    path, model = folder / f"net.{case.kind}", folder / "model.safetensors"
    if case.save:
        case.save(str(path))
    else:
        torch.save(case.net.state_dict(), path)
    (folder / "recipe.toml").write_text(recipe(case))
    (folder / "vote.toml").write_text('fill = { fc = "vote" }\n')
    model.unlink(missing_ok=True)
    done = subprocess.run(
        [os.environ["SSNN_PROGRAM"], "import", path.name, "-o", model.name, "--config=recipe.toml",
         "--classes=" + ",".join(f"c{i}" for i in range(classes)), *case.options],
        cwd=folder, capture_output=True, text=True)
    return (model if done.returncode == 0 else None), done.stderr.strip()


def ours(model, frames):
    """Logits [B, classes] of a model for frames [T, B, C, H, W]."""
    run = ssnn.Model(str(model), threads=1)
    return torch.stack([torch.from_numpy(run(frames[:, b].numpy())) for b in range(frames.shape[1])])


def distances(case):
    """How near a membrane comes to its threshold in float64, by recording."""
    net, all_ = case.net.double(), []
    for b in range(case.frames.shape[1]):
        watch.start()
        case.run(net, case.frames[:, b:b + 1].double())
        all_.append(watch.nearest)
    case.net.float()
    return torch.tensor(all_)


def compare(got, want, near):
    """Rows of a table: answers that agree, logits that agree, and recordings that are near."""
    off = (got - want).abs().amax(1)
    far = near > NEAR
    return dict(answers=int((got.argmax(1) == want.argmax(1)).sum()), same=int((off <= SAME).sum()),
                near=int((~far).sum()), all=len(off), wrong=int((off[far] > SAME).sum()),
                largest=float(off[far].max()) if far.any() else 0.0)


def words(r):
    text = f"{r['answers']} | {r['same']} | {r['near']}"
    return text + (f" | **{r['wrong']} differ, by {r['largest']:.1e}**" if r["wrong"] else " | ")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--ssnn", default=os.environ.get("SSNN_PROGRAM", "ssnn"), help="the program")
    p.add_argument("--recordings", type=int, default=20)
    p.add_argument("--library", default="", help="libraries whose networks are taken, with commas")
    p.add_argument("--only", default="", help="text in the names of the networks")
    p.add_argument("--readers", default="onnxruntime,spikingjelly,snntorch,norse",
                   help="libraries that read what ssnn exports, with commas")
    p.add_argument("--keep", help="folder for what is written")
    a = p.parse_args()
    os.environ["SSNN_PROGRAM"] = str(Path(a.ssnn).resolve())
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    logging.disable()
    with open(os.devnull, "w") as nothing:
        failed = run(a, sys.stdout, nothing)
    sys.exit(failed > 0)


def run(a, table, nothing):
    """Makes, imports and exports the networks, and writes the tables; the libraries' talk is left
    out. Returns how many networks failed."""
    def print(text):  # noqa: A001
        table.write(text + "\n")
        table.flush()

    digits, gestures = data(a.recordings)
    warnings.simplefilter("ignore")
    versions = [f"{n} {importlib.metadata.version(n)}" for n in (
        "spikingjelly", "snntorch", "sinabs", "norse", "nir", "nirtorch", "torch", "onnxruntime")]
    print(", ".join(versions) + f"; {a.recordings} recordings\n")
    print("| library | network | answers equal | logits equal | near | |\n|---|---|---|---|---|---|")
    failed, out = 0, []
    for library in networks.ALL:
        if a.library and library.__name__ not in a.library.split(","):
            continue
        with contextlib.redirect_stdout(nothing):
            cases = list(library(digits, gestures))
        for case in cases:
            if a.only not in f"{case.library} {case.name}":
                continue
            folder = Path(a.keep or tempfile.mkdtemp()) / f"{case.library} {case.name}".replace(
                "/", " ")
            folder.mkdir(parents=True, exist_ok=True)
            with contextlib.redirect_stdout(nothing):
                row, bad, model = take_in(case, folder)
            failed += bad
            print(f"| {case.library} | {case.name} | {row} |")
            if not model:
                continue
            with contextlib.redirect_stdout(nothing):
                for reader, result, bad in readers.take_out(case, model, ours, compare, a.readers):
                    out.append((case, reader, result))
                    failed += bad
    print("\n| network | read by | answers equal | logits equal | near | |\n|---|---|---|---|---|---|")
    for case, reader, result in out:
        text = words(result) if isinstance(result, dict) else f" | | | {result}"
        print(f"| {case.library}: {case.name} | {reader} | {text} |")
    return failed


def take_in(case, folder):
    try:
        want = case.run(case.net, case.frames)
        model, said = import_(case, want.shape[1], folder)
    except Exception as e:  # a library that cannot write its own network is a row of the table
        traceback.print_exc(limit=-2)
        return f"| | | not written by {case.library}: {first_line(e)}", 0, None
    if model is None:
        ok = case.refused and case.refused in said
        return f"| | | {'' if ok else '**'}refused: {first_line(said)}{'' if ok else '**'}", not ok, None
    if case.refused:
        return f"| | | **imported, want it refused for {case.refused}**", 1, None
    case.near = distances(case)
    r = compare(ours(model, case.frames), want, case.near)
    if want.std(0).max() < 1e-3:
        return words(r) + " **all alike**", 1, model
    return words(r), r["wrong"] > 0, model


def first_line(e):
    return (str(e).splitlines() or [type(e).__name__])[-1][:160]


def data(n):
    """Frames [T, B, 2, H, W]: test recordings of N-MNIST, and random spikes as large as gestures."""
    every = ssnn.Dataset("nmnist-1k", split="test", T=8)
    step = len(every) // n
    digits = torch.stack([torch.from_numpy(every[i * step][0]) for i in range(n)], 1)
    generator = torch.Generator().manual_seed(1)
    spikes = torch.rand((4, max(n // 5, 2), 2, 128, 128), generator=generator) < 0.05
    return digits.contiguous(), spikes.float()


if __name__ == "__main__":
    main()
