"""What ssnn writes, read by the other libraries and by onnxruntime, on the same frames."""
import os
import subprocess

import torch


def export(model, name, *options):
    """Writes a model; returns the path, or raises with what was said."""
    path = model.parent / name
    done = subprocess.run([os.environ["SSNN_PROGRAM"], "export", model.name, "-o", name, *options],
                          cwd=model.parent, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("not written: " + done.stderr.strip().split(": nir: ")[-1])
    return path, "no soft reset" in done.stderr


def graph(model):
    """What the nir package reads. Its check of types, of 1.0.8, refuses convolutions in groups and
    kernels that are not square."""
    import nir

    path, _ = export(model, "out.nir")
    try:
        return nir.read(str(path))
    except ValueError:
        return nir.read(str(path), type_check=False)


def onnxruntime(model, frames):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(export(model, "out.onnx")[0]))
    return torch.from_numpy(session.run(None, {"frames": frames.numpy()})[0])


def unbatched(run, frames):
    """The libraries' Flatten of a NIR graph takes the batch for a part of the image."""
    return torch.stack([run(frames[:, b]) for b in range(frames.shape[1])])


def spikingjelly(model, frames):
    from spikingjelly.activation_based.nir_exchange import import_from_nir

    net = import_from_nir(graph(model))

    def run(net, frames):
        state, out = None, []
        for x in frames:
            y, state = net(x, state)
            out.append(y)
        return torch.stack(out).mean(0)

    return run(net, frames)


def snntorch(model, frames):
    from snntorch.import_nir import import_from_nir

    g = graph(model)

    def run(frames):
        net, state, out = import_from_nir(g), None, []
        for x in frames:
            y, state = net(x, state)
            out.append(y)
        return torch.stack(out).mean(0)

    return unbatched(run, frames)


def norse(model, frames):
    import norse.torch as nt

    net = nt.from_nir(graph(model), dt=1e-4)

    def run(frames):
        state, out = None, []
        for x in frames:
            y, state = net(x, state)
            out.append(y)
        return torch.stack(out).mean(0)

    return unbatched(run, frames)


def sinabs(model, frames):
    from sinabs.nir import from_nir

    g = graph(model)

    def run(frames):
        net = from_nir(g, batch_size=1)
        out = net(frames)
        return (out[0] if isinstance(out, tuple) else out).mean(0)

    return unbatched(run, frames)


READERS = [onnxruntime, spikingjelly, snntorch, norse, sinabs]


def take_out(case, model, ours, compare, readers):
    """Yields (reader, comparison or what was wrong, whether it fails the bench)."""
    want = ours(model, case.frames)
    for reader in READERS:
        name = reader.__name__
        if name not in readers.split(","):
            continue
        try:
            r = compare(reader(model, case.frames), want, case.near)
            if r["wrong"] and reader is not onnxruntime and export(model, "out.nir")[1]:
                yield name, "NIR has no soft reset, which a warning says", False
            elif r["wrong"] and reader is sinabs:
                yield name, "IF becomes IAF of several spikes a timestep, with a floor", False
            else:
                yield name, r, r["wrong"] > 0
        except Exception as e:
            said = (str(e).splitlines() or [type(e).__name__])[0][:140]
            yield name, f"{type(e).__name__}: {said}", False
