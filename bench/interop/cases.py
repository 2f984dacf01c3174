"""Makes testdata/interop/cases.json: what the libraries themselves say of networks that a test of
cmd/ssnn imports.

    python cases.py ../../testdata/interop

The folder has the networks' files; those of SpikingJelly, narrow variants of the published ones
with random weights, are made here too. Each case of the list says the file, the recipe, the
options of ssnn import, and of each recording the logits, and whether membranes come so near to their
thresholds that the library itself says something else in float64.
"""
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import h5py
import torch
import torch.nn as nn

import networks
import watch

sys.path.insert(0, str(Path(__file__).parent / "../../python/src"))
import ssnn  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(sys.argv[1])
DIGITS = ["Test/%s.bin" % n for n in (
    "0/60004", "1/60003", "2/60002", "3/60019", "4/60005", "5/60009", "6/60012", "7/60001",
    "8/60062", "9/60008")]
GESTURE = ["gesture-1.bin"]


def frames(recordings, folder, T, **how):
    """[T, B, C, H, W]"""
    return torch.stack([torch.from_numpy(ssnn.frames(str(folder / r), T=T, **how))
                        for r in recordings], 1)


def case(name, file, recipe, options, net, run, recordings, x):
    want = run(net, x)
    near = ((run(net.double(), x.double()) - want).abs() > 1e-6 * want.abs().clamp(min=1)).any(1)
    assert want.std(0).max() > 1e-3 or len(recordings) == 1 and want.std() > 1e-3, name
    print(name, "near", int(near.sum()), "of", len(near), "spread", float(want.std()))
    return dict(name=name, file=file, recipe=recipe, options=options, recordings=recordings,
                logits=[[round(float(v), 7) for v in row] for row in want], near=near.tolist())


def recipe(x, network, **how):
    T, _, C, H, W = x.shape
    polarity = "" if C == 2 else 'polarity = "merged"\n'
    split = f'split = "{how["split"]}"\n' if "split" in how else ""
    size = f'size = "{W}x{H}"\n' if W == 28 else ""
    sensor = "128x128" if W == 128 else "34x34"
    return (f'[frames]\nsensor = "{sensor}"\n{size}{polarity}{split}[network]\ntimesteps = [{T}]\n'
            f"{network}\n")


def load(net, file):
    state = torch.load(OUT / file)
    shaped = {k: v for k, v in state.items() if k in net.state_dict()
              and net.state_dict()[k].shape == v.shape}
    missing, _ = net.load_state_dict(shaped, strict=False)
    assert not [m for m in missing if m.endswith("weight") or m.endswith("bias")], missing
    return net.eval()


def in_graph(file, **neurons):
    """A chain of NIR as modules; neurons makes those of a type for a node. Its file is read as
    HDF5, as the nir package refuses some that its earlier versions wrote."""
    with h5py.File(OUT / file) as f:
        nodes = {name: SimpleNamespace(**{k: v[()] for k, v in n.items() if k != "metadata"})
                 for name, n in f["node/nodes"].items()}
        edges = [(a.decode(), b.decode()) for a, b in f["node/edges"][()]]
    after, at, modules = dict(edges), "input", []
    while (at := after[at]) != "output":
        n = nodes[at]
        kind = n.type.decode()
        if kind == "Conv2d":
            m = nn.Conv2d(n.weight.shape[1], n.weight.shape[0], n.weight.shape[2:],
                          tuple(map(int, n.stride)), tuple(map(int, n.padding)))
        elif kind in ("Affine", "Linear"):
            m = nn.Linear(n.weight.shape[1], n.weight.shape[0], bias=kind == "Affine")
        elif kind in ("AvgPool2d", "SumPool2d"):
            size, stride = tuple(map(int, n.kernel_size)), tuple(map(int, n.stride))
            m = nn.AvgPool2d(size, stride) if kind == "AvgPool2d" else nn.LPPool2d(1, size, stride)
        elif kind == "Flatten":
            m = nn.Flatten()
        else:
            m = neurons[kind](n)
        if hasattr(n, "weight"):
            m.weight.data = torch.as_tensor(n.weight).float().clone()
        if getattr(n, "bias", None) is not None:
            m.bias.data = torch.as_tensor(n.bias).float().clone()
        modules.append(m)
    return modules


def of_snntorch(folder):
    import snntorch as snn

    def leaky(beta, **options):
        return snn.Leaky(beta=beta, init_hidden=True, spike_grad=watch.Surrogate(strict=True),
                         **options)

    x = frames(DIGITS, folder, 8, size=(34, 34))
    net = nn.Sequential(nn.Conv2d(2, 12, 3, padding=1), nn.MaxPool2d(2), leaky(0.5),
                        nn.Conv2d(12, 32, 3, padding=1), nn.MaxPool2d(2), leaky(0.5), nn.Flatten(),
                        nn.Linear(32 * 64, 10), leaky(0.5, output=True))
    file = "snntorch_subtract_beta05_3x3.pth"
    stages = '"current 12", "maxpool 2", "lif", "current 32", "maxpool 2", "lif", "linear 10", "lif"'
    yield case("snnTorch, Leaky, reset subtract", file, recipe(x, f"stages = [[{stages}]]"),
               ["--fill=fc=vote"], load(net, file), networks.snntorch_run, DIGITS, x)
    file = "snntorch_two_betas.pth"
    state = torch.load(OUT / file)
    betas = [float(v) for k, v in state.items() if k.endswith("beta")]
    resets = [int(v) for k, v in state.items() if k.endswith("reset_mechanism_val")]
    reset = ("subtract", "zero")[resets[0]]
    names = [k.split(".")[0] for k in state if k.endswith("beta")]
    a, b, c = (leaky(beta, reset_mechanism=reset) for beta in betas)
    c.output = True
    if names == ["1", "4", "8"]:  # neurons in front of the pooling
        net = nn.Sequential(nn.Conv2d(2, 12, 3, padding=1), a, nn.MaxPool2d(2),
                            nn.Conv2d(12, 32, 3, padding=1), b, nn.MaxPool2d(2), nn.Flatten(),
                            nn.Linear(32 * 64, 10), c)
        stages = '"conv 12", "maxpool 2", "conv 32", "maxpool 2", "linear 10", "lif"'
    else:
        assert names == ["2", "5", "8"], names
        net = nn.Sequential(nn.Conv2d(2, 12, 3, padding=1), nn.MaxPool2d(2), a,
                            nn.Conv2d(12, 32, 3, padding=1), nn.MaxPool2d(2), b, nn.Flatten(),
                            nn.Linear(32 * 64, 10), c)
    yield case("snnTorch, a beta for each layer", file, recipe(x, f"stages = [[{stages}]]"),
               ["--fill=fc=vote"], load(net, file), networks.snntorch_run, DIGITS, x)

    file = "snntorch_subtract_export.nir"
    beta = lambda n: 1 - 1e-4 / float(n.tau.flatten()[0])  # noqa: E731
    chain = in_graph(file, LIF=lambda n: leaky(round(beta(n), 6)))
    chain[-1].output = True
    yield case("snnTorch's export to NIR", file, recipe(x, ""),
               ["--set=network.reset=soft", "--set=network.reset_amount=2"],
               nn.Sequential(*chain).eval(), networks.snntorch_run, DIGITS, x)

    net = nn.Sequential(nn.Conv2d(2, 6, 5), nn.MaxPool2d(2), leaky(0.5), nn.Conv2d(6, 8, 5),
                        nn.MaxPool2d(2), leaky(0.7), nn.Flatten(), nn.Linear(8 * 25, 10),
                        leaky(0.5, output=True))
    file = "snntorch_tutorial7.pth"
    networks.liven(net, x, networks.snntorch_run)
    torch.save(net.state_dict(), OUT / file)
    stages = '"current 6 5 1 0", "maxpool 2", "lif", "current 8 5 1 0", "maxpool 2", "lif", ' \
             '"linear 10", "lif"'
    yield case("snnTorch, tutorial 7, 5x5 without padding", file,
               recipe(x, f"stages = [[{stages}]]"), ["--fill=fc=vote"], net,
               networks.snntorch_run, DIGITS, x)


def of_sinabs(folder):
    import sinabs.layers as sl
    from sinabs.activation import MembraneReset

    def iaf(**options):
        return lambda n: sl.IAFSqueeze(min_v_mem=None, spike_fn=watch.sinabs_spike(), batch_size=1,
                                       spike_threshold=torch.as_tensor(n.v_threshold).flatten()[0],
                                       **options)

    x = frames(DIGITS, folder, 8, size=(34, 34))
    for file, x, split in (("sinabs_if_r1.nir", x, {}),
                           ("cnn_sinabs.nir",
                            frames(DIGITS, folder, 30, size=(34, 34), split="duration"),
                            dict(split="duration"))):
        for word, options in ("soft", {}), ("hard", dict(reset_fn=MembraneReset())):
            net = nn.Sequential(*in_graph(file, IF=iaf(**options))).eval()
            yield case(f"{file}, reset {word}", file, recipe(x, "", **split),
                       [f"--set=network.reset={word}"], net, networks.sinabs_run, DIGITS, x)


def of_sinabs_checkpoint(folder):
    import sinabs.layers as sl

    x = frames(DIGITS, folder, 8, size=(34, 34))
    neuron = dict(min_v_mem=None, spike_fn=watch.sinabs_spike(), batch_size=1)
    net = nn.Sequential(nn.Conv2d(2, 8, 5, 2, 1, bias=False), sl.IAFSqueeze(**neuron),
                        sl.SumPool2d(2), nn.Conv2d(8, 12, 3, 1, 1, bias=False),
                        sl.IAFSqueeze(**neuron), sl.SumPool2d(2), nn.Flatten(),
                        nn.Linear(12 * 16, 10, bias=False), sl.IAFSqueeze(**neuron))
    networks.liven(net, x, networks.sinabs_run)
    networks.sinabs_run(net, x[:, :1])  # the checkpoint has the membranes of one recording
    file = "sinabs_iaf_single.pth"
    torch.save(net.state_dict(), OUT / file)
    stages = '"conv 8 5 2 1", "sumpool 2", "conv 12", "sumpool 2", "linear 10", "lif"'
    yield case("sinabs, IAF of one spike a timestep", file, recipe(x, f"stages = [[{stages}]]"),
               ["--neuron=sinabs.spike_fn=single", "--fill=fc=vote"], net, networks.sinabs_run,
               DIGITS, x)


def of_norse(folder):
    import norse.torch as nt

    watch.patch_norse()
    x = frames(DIGITS, folder, 8, size=(34, 34))
    p = nt.LIFBoxParameters(tau_mem_inv=torch.tensor(400.0))
    net = nt.SequentialState(nn.Conv2d(2, 8, 5, 2), nt.LIFBoxCell(p=p), nn.Conv2d(8, 12, 3, 2),
                             nt.LIFBoxCell(p=p), nn.Flatten(), nn.Linear(12 * 49, 10))
    networks.liven(net, x, networks.norse_run)
    file = "norse_lifbox.pth"
    torch.save(net.state_dict(), OUT / file)
    network = 'stages = [["conv 8 5 2 0", "conv 12 3 2 0"]]\ntau = 0.6\ndecay_input = true'
    yield case("norse, LIFBoxCell", file, recipe(x, network), ["--neuron=recipe"], net,
               networks.norse_run, DIGITS, x)


def of_spikingjelly(folder):
    from spikingjelly.activation_based import layer, neuron
    from spikingjelly.activation_based.examples import conv_fashion_mnist
    from spikingjelly.activation_based.model import parametric_lif_net, sew_resnet

    def made(name, file, net, x, recordings, stages, *options):
        for m in net.modules():
            if hasattr(m, "surrogate_function"):
                m.surrogate_function = watch.Surrogate(strict=False)
        networks.liven(net, x, networks.spikingjelly_run)
        torch.save(net.state_dict(), OUT / file)
        return case(name, file, recipe(x, f"stages = [[{stages}]]"), list(options), net,
                    networks.spikingjelly_run, recordings, x)

    lif, fill = "--neuron=spikingjelly.tau=2.0", "--fill=fc=vote"
    x = frames(DIGITS, folder, 4, size=(34, 34))
    net = parametric_lif_net.NMNISTNet(4, neuron.LIFNode, tau=2.0)
    net.conv_fc[-6], net.conv_fc[-3] = layer.Linear(4 * 64, 30), layer.Linear(30, 100)
    two = '"conv 4", "maxpool 2", "conv 4", "maxpool 2"'
    yield made("SpikingJelly, NMNISTNet", "spikingjelly_nmnistnet.pth", net, x, DIGITS,
               f'{two}, "linear 30", "lif", "linear 100", "lif"', lif, fill)
    g = frames(GESTURE, ROOT / "testdata/recordings", 8, size=(128, 128))
    net = parametric_lif_net.DVSGestureNet(4, neuron.LIFNode, tau=2.0)
    net.conv_fc[-6], net.conv_fc[-3] = layer.Linear(4 * 16, 30), layer.Linear(30, 110)
    five = ", ".join(['"conv 4", "maxpool 2"'] * 5)
    yield made("SpikingJelly, DVSGestureNet", "spikingjelly_dvsgesturenet.pth", net, g, GESTURE,
               f'{five}, "linear 30", "lif", "linear 110", "lif"', lif, fill)
    m = frames(DIGITS, folder, 4, size=(28, 28), sensor=(34, 34),
               polarity="merged")
    net = conv_fashion_mnist.CSNN(4, 4)
    net.forward = net.conv_fc.forward
    yield made("SpikingJelly, CSNN", "spikingjelly_csnn.pth", net, m, DIGITS,
               f'{two}, "linear 64", "lif", "linear 10", "lif"',
               "--neuron=spikingjelly.node=IFNode", fill)
    net = sew_resnet.sew_resnet18(spiking_neuron=neuron.LIFNode, cnf="ADD", num_classes=10, tau=2.0)
    net.conv1 = layer.Conv2d(2, 64, 7, 2, 3, bias=False)
    networks.narrow(net, 16)
    blocks = ", ".join(f'"sew {n} {s}", "sew {n} 1"' for n, s in zip((4, 8, 16, 32), (1, 2, 2, 2)))
    yield made("SpikingJelly, SEW-ResNet-18 with a 7x7 stem", "spikingjelly_sew.pth", net, x,
               DIGITS, f'"conv 4 7 2 3", "maxpool 3 2 1", {blocks}, "globalpool"', lif)


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    torch.manual_seed(1)
    folder = Path(tempfile.mkdtemp())
    raw = (ROOT / "dataset/nmnist1k/nmnist1k.zip").read_bytes()
    zipfile.ZipFile(io.BytesIO(raw)).extractall(folder)
    cases = [c for of in (of_snntorch, of_sinabs, of_spikingjelly, of_sinabs_checkpoint, of_norse)
             for c in of(folder)]
    lines = ",\n".join(json.dumps(c) for c in cases)
    (OUT / "cases.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
