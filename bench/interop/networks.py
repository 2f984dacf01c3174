"""Networks of each library, with random weights at which all layers fire, and how each is run."""
from dataclasses import dataclass, field
from typing import Callable

import torch
import torch.nn as nn

import watch


@dataclass
class Network:
    """A network that is to come in. frames are [T, B, C, H, W]; run returns logits [B, classes]."""

    library: str
    name: str
    net: nn.Module
    frames: torch.Tensor
    run: Callable
    recipe: str  # [network] of the recipe; frames and timesteps follow from the frames
    options: list = field(default_factory=list)  # of ssnn import
    save: Callable = None  # save(path) writes what is imported; else the state_dict is
    kind: str = "pth"
    refused: str = ""  # what the refusal says, of what cannot come in


def liven(net, frames, run, gain=1.5):
    """Makes norms and weights such that currents have the deviation gain, layer after layer."""
    generator = torch.Generator().manual_seed(7)
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    for m in norms:
        m.weight.data.uniform_(gain * 0.7, gain * 1.3, generator=generator)
        m.bias.data.normal_(0.2, 0.3, generator=generator)
        m.momentum = 0.5
    if norms:
        net.train()
        with torch.no_grad():
            for _ in range(4):
                run(net, frames)
        for m in norms:
            m.momentum = 0.1
    net.eval()
    behind = {a for a, b in zip(list(net.modules()), list(net.modules())[1:])
              if isinstance(b, nn.BatchNorm2d)}
    layers = [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear)) and m not in behind]
    if norms:  # convolutions have theirs
        layers = [m for m in layers if isinstance(m, nn.Linear)]
    for m in layers:
        if m.bias is not None:
            m.bias.data.normal_(0, 0.2, generator=generator)
        seen = []
        handle = m.register_forward_hook(lambda _m, _i, out, seen=seen: seen.append(out.detach()))
        with torch.no_grad():
            run(net, frames)
        handle.remove()
        deviation = torch.cat([s.flatten() for s in seen]).std()
        m.weight.data *= gain / deviation.clamp(min=1e-3)
    return net


# SpikingJelly

def spikingjelly_run(net, frames):
    from spikingjelly.activation_based import functional

    functional.set_step_mode(net, "m")
    functional.reset_net(net)
    return net(frames).mean(0)


def spikingjelly(digits, gestures):
    from spikingjelly.activation_based import layer, neuron
    from spikingjelly.activation_based.examples import conv_fashion_mnist
    from spikingjelly.activation_based.model import parametric_lif_net, sew_resnet, spiking_resnet

    def made(name, net, frames, recipe, *options, **more):
        for m in net.modules():
            if hasattr(m, "surrogate_function"):
                m.surrogate_function = watch.Surrogate(strict=False)
        liven(net, frames, spikingjelly_run)
        return Network("SpikingJelly", name, net, frames, spikingjelly_run, recipe, list(options),
                       **more)

    lif = "--neuron=spikingjelly.tau=2.0"
    plif = "--neuron=spikingjelly.node=ParametricLIFNode"
    vote = "--mapping=vote.toml"
    digit = '[["conv 128", "maxpool 2", "conv 128", "maxpool 2", "linear 2048", "lif", ' \
            '"linear 100", "lif"]]'
    yield made("NMNISTNet, LIFNode",
               parametric_lif_net.NMNISTNet(128, neuron.LIFNode, tau=2.0, detach_reset=True),
               digits, f"stages = {digit}", vote, lif)
    yield made("NMNISTNet, ParametricLIFNode, v_reset None",
               parametric_lif_net.NMNISTNet(16, neuron.ParametricLIFNode, v_reset=None),
               digits, f"stages = {digit}".replace("conv 128", "conv 16"), vote, plif,
               "--neuron=spikingjelly.v_reset=none")
    five = ", ".join(['"conv 128", "maxpool 2"'] * 5)
    yield made("DVSGestureNet, LIFNode",
               parametric_lif_net.DVSGestureNet(128, neuron.LIFNode, tau=2.0, detach_reset=True),
               gestures, f'stages = [[{five}, "linear 512", "lif", "linear 110", "lif"]]', vote, lif)
    T = len(digits)
    csnn = conv_fashion_mnist.CSNN(T, 32)
    csnn.forward = lambda x_seq: csnn.conv_fc(x_seq)
    merged = digits.sum(2, keepdim=True)[..., 3:31, 3:31].contiguous()
    yield made("CSNN (Fashion-MNIST)", csnn, merged,
               'stages = [["conv 32", "maxpool 2", "conv 32", "maxpool 2", "linear 512", "lif", '
               '"linear 10", "lif"]]', vote, "--neuron=spikingjelly.node=IFNode")
    for width, scale in ("", 1), (" of 8 channels", 8):
        net = sew_resnet.sew_resnet18(spiking_neuron=neuron.LIFNode, cnf="ADD", num_classes=10,
                                      tau=2.0, detach_reset=True)
        net.conv1 = layer.Conv2d(2, 64, 7, 2, 3, bias=False)
        if scale > 1:
            narrow(net, scale)
        c = [64 // scale, 128 // scale, 256 // scale, 512 // scale]
        blocks = ", ".join(f'"sew {n} {s}", "sew {n} 1"' for n, s in zip(c, (1, 2, 2, 2)))
        stem = f'"conv {c[0]} 7 2 3", "maxpool 3 2 1"'
        yield made("SEW-ResNet-18, 7x7 stem" + width, net, digits,
                   f'stages = [[{stem}, {blocks}, "globalpool"]]', lif)
    net = spiking_resnet.spiking_resnet18(spiking_neuron=neuron.LIFNode, num_classes=10, tau=2.0)
    net.conv1 = layer.Conv2d(2, 64, 7, 2, 3, bias=False)
    narrow(net, 8)
    blocks = ", ".join(f'"block {n} {s}", "block {n} 1"'
                       for n, s in zip((8, 16, 32, 64), (1, 2, 2, 2)))
    yield made("Spiking ResNet-18 of 8 channels", net, digits,
               f'stages = [["conv 8 7 2 3", "maxpool 3 2 1", {blocks}, "globalpool"]]', lif)
    net = nn.Sequential(
        layer.Conv2d(2, 8, 3, 2, bias=True), neuron.LIFNode(tau=2.0),
        layer.Conv2d(8, 12, 2, 2), neuron.IFNode(), layer.AvgPool2d(2), layer.Flatten(),
        layer.Linear(12 * 4 * 4, 10), neuron.LIFNode(tau=4.0, decay_input=False))
    yield made("NIR: convolutions of stride 2, LIFNode, IFNode", net, digits, "", kind="nir",
               save=lambda path, net=net: spikingjelly_nir(net, digits, path))
    net = nn.Sequential(layer.Flatten(), layer.Linear(2312, 40),
                        neuron.CUBALIFNode(0.5, 0.75), layer.Linear(40, 10),
                        neuron.CUBALIFNode(0.25, 0.5))
    yield made("NIR: CUBALIFNode", net, digits, "", kind="nir",
               save=lambda path, net=net: spikingjelly_nir(net, digits, path))


def narrow(net, scale):
    """Makes all but the frames and the classes of a ResNet as many times fewer."""
    from spikingjelly.activation_based import layer

    for parent in list(net.modules()):
        for name, m in list(parent.named_children()):
            if isinstance(m, layer.Conv2d):
                inputs = m.in_channels if m.in_channels == 2 else m.in_channels // scale
                setattr(parent, name, layer.Conv2d(inputs, m.out_channels // scale, m.kernel_size,
                                                   m.stride, m.padding, bias=m.bias is not None))
            elif isinstance(m, layer.BatchNorm2d):
                setattr(parent, name, layer.BatchNorm2d(m.num_features // scale))
    net.fc = layer.Linear(net.fc.in_features // scale, net.fc.out_features)


def spikingjelly_nir(net, frames, path):
    from spikingjelly.activation_based import functional, nir_exchange

    functional.set_step_mode(net, "s")
    functional.reset_net(net)
    nir_exchange.export_to_nir(net, frames[0, :1], save_path=path)
    functional.reset_net(net)


# snnTorch

def snntorch_run(net, frames):
    from snntorch import utils

    utils.reset(net)
    out = []
    for x in frames:
        y = net(x)
        out.append(y[0] if isinstance(y, tuple) else y)
    return torch.stack(out).mean(0)


def snntorch(digits, gestures):
    import snntorch as snn

    def made(name, net, recipe, *options, **more):
        for m in net.modules():
            if hasattr(m, "spike_grad"):
                m.spike_grad = watch.Surrogate(strict=True)
        liven(net, digits, snntorch_run)
        return Network("snnTorch", name, net, digits, snntorch_run, recipe, list(options), **more)

    def tutorial(leaky, **last):
        return nn.Sequential(
            nn.Conv2d(2, 12, 5), nn.MaxPool2d(2), leaky(0), nn.Conv2d(12, 32, 5), nn.MaxPool2d(2),
            leaky(1), nn.Flatten(), nn.Linear(32 * 5 * 5, 10), leaky(2, output=True))

    stages = 'stages = [["current 12 5 1 0", "maxpool 2", "lif", "current 32 5 1 0", "maxpool 2", ' \
             '"lif", "linear 10", "lif"]]'
    yield made("tutorial 7, Leaky(0.5), reset subtract",
               tutorial(lambda _, **o: snn.Leaky(beta=0.5, init_hidden=True, **o)), stages,
               "--mapping=vote.toml")
    yield made("tutorial 7, a beta and a threshold for each layer, reset zero",
               tutorial(lambda i, **o: snn.Leaky(
                   beta=(0.9, 0.5, 0.8)[i], threshold=(1.0, 0.75, 1.25)[i], init_hidden=True,
                   reset_mechanism="zero", **o)), stages, "--mapping=vote.toml")
    yield made("tutorial 7, Synaptic(0.8, 0.6), reset subtract",
               tutorial(lambda _, **o: snn.Synaptic(alpha=0.8, beta=0.6, init_hidden=True, **o)),
               stages, "--mapping=vote.toml")
    yield made("tutorial 7, Synaptic, reset zero",
               tutorial(lambda _, **o: snn.Synaptic(alpha=0.8, beta=0.6, init_hidden=True,
                                                    reset_mechanism="zero", **o)),
               stages, "--mapping=vote.toml", refused="reset_mechanism zero of Synaptic")
    yield made("RLeaky", nn.Sequential(
        nn.Flatten(), nn.Linear(2312, 20),
        snn.RLeaky(beta=0.5, linear_features=20, init_hidden=True), nn.Linear(20, 10),
        snn.Leaky(beta=0.5, init_hidden=True, output=True)),
        'stages = [["linear 20", "lif", "linear 10", "lif"]]', "--mapping=vote.toml",
        refused="recurrent")

    def leaky(shape, **o):  # its exporter wants a value for each neuron
        return snn.Leaky(beta=torch.full(shape, 0.6), threshold=torch.ones(shape), init_hidden=True,
                         **o)

    def synaptic(shape, **o):
        return snn.Synaptic(alpha=torch.full(shape, 0.5), beta=torch.full(shape, 0.75),
                            threshold=torch.ones(shape), init_hidden=True, **o)

    for name, neuron in ("Leaky", leaky), ("Synaptic", synaptic):
        net = nn.Sequential(nn.Conv2d(2, 8, 5, stride=2), neuron((8, 15, 15)), nn.AvgPool2d(3),
                            nn.Flatten(), nn.Linear(8 * 5 * 5, 10), neuron((10,), output=True))
        options = ["--set=network.reset=soft"]
        options += [f"--set=network.reset_amount={1 / (0.6 if name == 'Leaky' else 0.75)}"]
        yield made(f"NIR: {name}, reset subtract", net, "", *options, kind="nir",
                   save=lambda path, net=net: snntorch_nir(net, digits, path))


def snntorch_nir(net, frames, path):
    import nir
    from snntorch import utils
    from snntorch.export_nir import export_to_nir

    utils.reset(net)
    nir.write(path, export_to_nir(net, frames[0, :1], ignore_dims=[0]))
    utils.reset(net)


# sinabs

def sinabs_run(net, frames):
    import sinabs

    sinabs.reset_states(net)
    T, B = frames.shape[:2]
    for m in net.modules():
        if hasattr(m, "batch_size"):
            m.batch_size, m.num_timesteps = B, -1
    out = net(frames.transpose(0, 1).flatten(0, 1))
    return out.unflatten(0, (B, T)).mean(1)


def sinabs(digits, gestures):
    import sinabs.layers as sl
    from sinabs.activation import MembraneReset

    single = watch.sinabs_spike()

    def made(name, layers, recipe, *options, **more):
        net = nn.Sequential(*layers)
        liven(net, digits, sinabs_run)
        return Network("sinabs", name, net, digits, sinabs_run, recipe, list(options), **more)

    def layers(neuron, pool):
        return (nn.Conv2d(2, 8, 5, 2, 1, bias=False), neuron(), pool(),
                nn.Conv2d(8, 12, 3, 1, 1, bias=False), neuron(), pool(),
                nn.Flatten(), nn.Linear(12 * 16, 10, bias=False), neuron())

    def stages(pool):
        return f'stages = [["conv 8 5 2 1", "{pool} 2", "conv 12", "{pool} 2", "linear 10", "lif"]]'

    iaf = dict(min_v_mem=None, spike_fn=single, batch_size=1)
    said = "--neuron=sinabs.spike_fn=single"
    vote = "--mapping=vote.toml"
    yield made("IAFSqueeze, SingleSpike, SumPool2d",
               layers(lambda: sl.IAFSqueeze(**iaf), lambda: sl.SumPool2d(2)), stages("sumpool"),
               vote, said)
    yield made("LIFSqueeze(5), SingleSpike, AvgPool2d",
               layers(lambda: sl.LIFSqueeze(tau_mem=5.0, **iaf), lambda: nn.AvgPool2d(2)),
               stages("avgpool"), vote, said)
    yield made("LIFSqueeze(5), norm_input False",
               layers(lambda: sl.LIFSqueeze(tau_mem=5.0, norm_input=False, **iaf),
                      lambda: nn.AvgPool2d(2)), stages("avgpool"),
               vote, said, "--neuron=sinabs.norm_input=false")
    yield made("LIFSqueeze(5), tau_syn 2",
               layers(lambda: sl.LIFSqueeze(tau_mem=5.0, tau_syn=2.0, **iaf),
                      lambda: nn.AvgPool2d(2)), stages("avgpool"), vote, said)
    yield made("IAFSqueeze, tau_syn 3, MembraneReset",
               layers(lambda: sl.IAFSqueeze(tau_syn=3.0, reset_fn=MembraneReset(), **iaf),
                      lambda: sl.SumPool2d(2)), stages("sumpool"),
               vote, said, "--neuron=sinabs.reset_fn=reset")
    yield made("ExpLeakSqueeze", layers(lambda: sl.ExpLeakSqueeze(tau_mem=5.0, batch_size=1),
                                        lambda: nn.AvgPool2d(2)), stages("avgpool"),
               vote, said, refused="ExpLeak")
    yield made("IAFSqueeze, min_v_mem -1",
               layers(lambda: sl.IAFSqueeze(min_v_mem=-1.0, batch_size=1), lambda: nn.AvgPool2d(2)),
               stages("avgpool"), vote, refused="min_v_mem")
    yield made("IAFSqueeze, MultiSpike",
               layers(lambda: sl.IAFSqueeze(min_v_mem=None, batch_size=1),
                      lambda: nn.AvgPool2d(2)), stages("avgpool"), vote, refused="spike_fn")
    for name, pool, reset, word in (("subtract", sl.SumPool2d, None, "soft"),
                                    ("MembraneReset", sl.SumPool2d, MembraneReset(), "hard")):
        own = iaf | (dict(reset_fn=reset) if reset else {})
        net = made(f"NIR: IAFSqueeze, SumPool2d, {name}",
                   layers(lambda: sl.IAFSqueeze(**own), lambda: pool(2)), "",
                   f"--set=network.reset={word}", kind="nir")
        net.save = lambda path, net=net: sinabs_nir(net.net, digits, path)
        yield net


def sinabs_nir(net, frames, path):
    import nir
    import sinabs
    from sinabs.nir import to_nir

    sinabs.reset_states(net)
    for m in net.modules():
        if hasattr(m, "batch_size"):
            m.batch_size = 1
    graph = to_nir(net, frames[0, :1])
    graph.infer_types()  # sinabs leaves the sizes of images out, which nir cannot write
    nir.write(path, graph)
    sinabs.reset_states(net)


# norse

def norse_run(net, frames):
    state, out = None, []
    for x in frames:
        y, state = net(x, state)
        out.append(y)
    return torch.stack(out).mean(0)


def norse(digits, gestures):
    import norse.torch as nt
    from norse.torch.functional.reset import reset_subtract

    watch.patch_norse()

    def made(name, neuron, *options, recipe="", **more):
        net = nt.SequentialState(
            nn.Conv2d(2, 8, 5, 2), neuron(), nn.Conv2d(8, 12, 3, 2), neuron(), nn.Flatten(),
            nn.Linear(12 * 49, 10), neuron())
        liven(net, digits, norse_run)
        return Network("norse", name, net, digits, norse_run, recipe, list(options), **more)

    def to_nir(net, path):
        import nir
        from norse.torch.utils import export_nir
        graph = export_nir.to_nir(net, digits[0, 0], dt=1)  # norse 1.1 writes dt times tau
        graph.infer_types()  # norse leaves the sizes of images out, which nir cannot write
        nir.write(path, graph)

    stages = 'stages = [["conv 8 5 2 0", "conv 12 3 2 0", "linear 10", "lif"]]\n'
    p = nt.LIFBoxParameters(tau_mem_inv=torch.tensor(400.0), v_th=torch.tensor(0.5))
    soft = p._replace(reset_method=reset_subtract)
    yield made("LIFBoxCell", lambda: nt.LIFBoxCell(p=p), "--mapping=vote.toml", "--neuron=recipe",
               recipe=stages + "tau = 0.6\ndecay_input = true\nv_th = 0.5")
    yield made("LIFBoxCell, reset_subtract", lambda: nt.LIFBoxCell(p=soft), "--mapping=vote.toml",
               "--neuron=recipe", recipe=stages + 'tau = 0.6\ndecay_input = true\nv_th = 0.5\n'
                                                  'reset = "soft"')
    yield made("IAFCell", lambda: nt.IAFCell(), "--mapping=vote.toml",
               "--neuron=recipe", recipe=stages + "tau = 1.0\nv_th = 1.0")

    def in_nir(name, make, *options):
        """Without Flatten, which norse does not write, and with a value for each neuron."""
        shapes = [(8, 15, 15), (12, 7, 7), (10, 1, 1)]
        a, b, c = (make(lambda v, shape=shape: torch.full(shape, v)) for shape in shapes)
        padding = dict(padding=(0, 0))
        net = nt.SequentialState(nn.Conv2d(2, 8, 5, (2, 2), **padding), a,
                                 nn.Conv2d(8, 12, 3, (2, 2), **padding), b,
                                 nn.Conv2d(12, 10, 7, **padding), c)
        run = lambda net, frames: norse_run(net, frames).flatten(1)  # noqa: E731
        liven(net, digits, run)
        return Network("norse", f"NIR: {name}", net, digits, run, "", list(options), kind="nir",
                       save=lambda path: to_nir(net, path))

    yield in_nir("LIFBoxCell", lambda full: nt.LIFBoxCell(p=nt.LIFBoxParameters(
        tau_mem_inv=full(400.0), v_th=full(0.5), v_leak=full(0.0))),
        "--dt=0.001", "--set=network.reset=hard")
    yield in_nir("IAFCell", lambda full: nt.IAFCell(p=nt.IAFParameters(v_th=full(1.0))),
                 "--set=network.reset=hard")
    # norse leaves w_in out, which NIR's equations then take for 1: its currents are tau_syn/dt larger.
    yield in_nir("LIFCell", lambda full: nt.LIFCell(p=nt.LIFParameters(
        tau_syn_inv=full(500.0), tau_mem_inv=full(400.0), v_th=full(0.5), v_leak=full(0.0))),
        "--dt=0.001", "--set=network.reset=hard", "--set=network.v_th=1.25")
    cuba = nt.LIFParameters(tau_syn_inv=torch.tensor(500.0), tau_mem_inv=torch.tensor(400.0),
                            v_th=torch.tensor(0.5))
    yield made("LIFCell", lambda: nt.LIFCell(p=cuba), "--mapping=vote.toml", "--neuron=recipe",
               recipe=stages + "synapse = 0.5\ntau = 0.6\ndecay_input = true\nv_th = 0.5")


# PyTorch, without a library

class LIF(nn.Module):
    def forward(self, x, memory):
        u = 0.5 * memory.get(self, 0.0) + x
        watch.see(u - 1.0)
        s = (u >= 1.0).to(x)
        memory[self] = u * (1 - s)
        return s


def pytorch_run(net, frames):
    memory, out = {}, []
    for x in frames:
        for m in net:
            x = m(x, memory) if isinstance(m, LIF) else m(x)
        out.append(x)
    return torch.stack(out).mean(0)


def pytorch(digits, gestures):
    def made(name, layers, recipe, *options):
        net = liven(nn.Sequential(*layers), digits, pytorch_run)
        return Network("PyTorch", name, net, digits, pytorch_run, recipe + "\ntau = 0.5",
                       ["--neuron=recipe", *options])

    yield made("depthwise and pointwise convolutions, biases and norms",
               [nn.Conv2d(2, 8, 3, 2, 1), nn.BatchNorm2d(8), LIF(),
                nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8), LIF(),
                nn.Conv2d(8, 16, 1), nn.BatchNorm2d(16), LIF(), nn.AvgPool2d(17), nn.Flatten(),
                nn.Linear(16, 10)],
               'stages = [["conv 8 3 2 1", "depthwise 3", "conv 16 1", "globalpool"]]')
    yield made("kernels of 5x3, dilation 2, groups 4, no biases",
               [nn.Conv2d(2, 8, (3, 5), 1, (0, 2), bias=False), LIF(), nn.MaxPool2d(3, 2, 1),
                nn.Conv2d(8, 16, 3, 1, 2, dilation=2, groups=4, bias=False), LIF(), nn.AvgPool2d(4),
                nn.Flatten(), nn.Linear(16 * 16, 10, bias=False)],
               'stages = [["conv 8 5x3 1 2x0", "maxpool 3 2 1", "conv 16 3 1 2 2 4", "avgpool 4"]]')
    yield made("a convolution without a bias among those with one",
               [nn.Conv2d(2, 8, 3, 2), LIF(), nn.Conv2d(8, 8, 3, 2, bias=False), LIF(),
                nn.Flatten(), nn.Linear(8 * 49, 20, bias=False), LIF(), nn.Linear(20, 10)],
               'stages = [["conv 8 3 2 0", "conv 8 3 2 0", "linear 20", "lif"]]')


ALL = [spikingjelly, snntorch, sinabs, norse, pytorch]
