"""Makes the NIR graphs of this folder with h5py, as nir.write of the nir package lays them out: python3 make_nir.py

Beside the graph, where nir.read does not look, each file has frames [T, channels, height, width] and the answer to them: the mean over time of what the graph
hands on, by the equations of the primitives with Euler's steps, in float64. No membrane comes near its threshold, so that float32 gives the same spikes.
"""
import h5py
import numpy as np

DT = 1e-4


def write(path, nodes, edges, frames, answer, libver=None, chunks=None):
    def group(g, values):
        for k, v in values.items():
            if isinstance(v, str):
                g.create_dataset(k, data=v, dtype=h5py.string_dtype())
            elif isinstance(v, np.ndarray) and v.ndim:
                some = tuple(min(c, n) for c, n in zip(chunks, v.shape)) if chunks and v.ndim > 2 else True
                g.create_dataset(k, data=v, compression="gzip", chunks=some, shuffle=bool(chunks))
            elif isinstance(v, dict):
                group(g.create_group(k), v)
            else:
                g.create_dataset(k, data=v)

    with h5py.File(path, "w", libver=libver) as f:
        f.create_dataset("version", data="1.0", dtype=h5py.string_dtype())
        group(f.create_group("node"), {"type": "NIRGraph", "nodes": nodes, "edges": edges})
        f["frames"], f["answer"] = frames.astype("f4"), answer
        f["node/nodes/input"].create_group("metadata")["of"] = "frames"


def windows(x, k, stride, padding):
    """All windows [channels, height, width, k, k] of an image."""
    p = np.pad(x, ((0, 0), (padding[0],) * 2, (padding[1],) * 2))
    return np.lib.stride_tricks.sliding_window_view(p, k, (1, 2))[:, :: stride[0], :: stride[1]]


def pair(v):
    return tuple(int(e) for e in np.broadcast_to(v, 2))


class Machine:
    """Runs a chain of nodes, and remembers how near membranes came to thresholds."""

    def __init__(self, nodes):
        self.nodes, self.v, self.nearest, self.fired = nodes, {}, np.inf, []

    def step(self, x):
        for name, n in self.nodes.items():
            x = getattr(self, n["type"])(name, n, x)
        return x

    def Input(self, name, n, x):
        return x

    Output = Input

    def Conv2d(self, name, n, x):
        k = n["weight"].shape[2:]
        padding = (k[0] // 2, k[1] // 2) if isinstance(n["padding"], str) else pair(n["padding"])
        y = np.einsum("chwij,ocij->ohw", windows(x, k, pair(n["stride"]), padding), n["weight"].astype("f8"))
        return y + n["bias"][:, None, None]

    def SumPool2d(self, name, n, x):
        return windows(x, pair(n["kernel_size"]), pair(n["stride"]), pair(n["padding"])).sum((3, 4))

    def AvgPool2d(self, name, n, x):
        return windows(x, pair(n["kernel_size"]), pair(n["stride"]), pair(n["padding"])).mean((3, 4))

    def Flatten(self, name, n, x):
        return x.reshape(-1)

    def Linear(self, name, n, x):
        return n["weight"].astype("f8") @ x + n.get("bias", 0)

    Affine = Linear

    def Threshold(self, name, n, x):
        return (x > n["threshold"]).astype("f8")

    def LIF(self, name, n, x):
        v = self.v.get(name, np.zeros_like(x) + n.get("v_reset", 0))
        if n["type"] == "LIF":
            v = v + DT * ((n["v_leak"] - v) + n["r"] * x) / n["tau"]
        else:
            v = v + DT * n["r"] * x
        self.nearest = min(self.nearest, np.abs(v - n["v_threshold"]).min())
        s = v > n["v_threshold"]
        self.v[name] = np.where(s, n.get("v_reset", 0), v)
        self.fired.append(s.mean())
        return s.astype("f8")

    IF = LIF


def make(path, build, **options):
    """Draws weights until no membrane is near its threshold."""
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        nodes = build(rng)
        frames = rng.integers(0, 4, (5, *nodes["input"]["shape"]))
        m = Machine(nodes)
        answer = np.mean([m.step(f.astype("f8")) for f in frames], 0)
        if m.nearest > 1e-4 and 0.05 < min(np.reshape(m.fired, (5, -1)).mean(0)):
            break
    print(path, "seed", seed, "nearest", m.nearest, "firing", np.reshape(m.fired, (5, -1)).mean(0), "answer", answer)
    names = list(nodes)
    write(path, nodes, list(zip(names, names[1:])), frames, answer, **options)


def weight(rng, *shape):
    return (rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))).astype("f4")


def conv(rng, out, channels, **values):
    return {"type": "Conv2d", "weight": weight(rng, out, channels, 3, 3), "bias": 0.1 * weight(rng, out, 1)[:, 0], "stride": (1, 1),
            "padding": (1, 1), "dilation": (1, 1), "groups": 1, **values}


def snntorch(rng):
    """As its exporter writes Leaky(beta=0.9): values without a shape, r = tau/dt; a chain that ends in neurons."""
    tau = np.array(DT / (1 - 0.9), "f4")
    leaky = {"type": "LIF", "tau": tau, "r": np.array(tau / DT, "f4"), "v_leak": np.zeros((), "f4"), "v_threshold": np.array([1.0], "f4"),
             "v_reset": np.zeros(1, "f4")}
    return {
        "input": {"type": "Input", "shape": np.array([2, 8, 6])},
        "0": conv(rng, 5, 2), "1": leaky,
        "2": {"type": "AvgPool2d", "kernel_size": 2, "stride": 2, "padding": (0, 0)},
        "3": {"type": "Flatten", "start_dim": 0, "end_dim": -1},
        "4": {"type": "Linear", "weight": 3 * weight(rng, 7, 60)}, "5": leaky,
        "6": {"type": "Affine", "weight": 2 * weight(rng, 4, 7), "bias": weight(rng, 4, 1)[:, 0]}, "7": leaky,
        "output": {"type": "Output", "shape": np.array([4])},
    }


def spikingjelly(rng):
    """As its exporter writes ParametricLIFNode with decay_input and a v_reset: arrays of every neuron, of float64; layers of other tau."""
    def lif(tau, *shape):
        full = lambda v: np.full(shape, v)
        return {"type": "LIF", "tau": full(tau * DT), "r": full(1.0), "v_leak": full(-0.25), "v_reset": full(-0.25), "v_threshold": full(0.25)}
    return {
        "input": {"type": "Input", "shape": np.array([2, 7, 9])},
        "conv1": conv(rng, 6, 2, input_shape=np.array([7, 9])), "lif1": lif(2.0, 6, 7, 9),
        "pool": {"type": "AvgPool2d", "kernel_size": np.array([2, 2]), "stride": np.array([2, 2]), "padding": np.array([0, 0])},
        "conv2": conv(rng, 9, 6, weight=4 * weight(rng, 9, 6, 3, 3), bias=np.zeros(9)), "lif2": lif(1.7, 9, 3, 4),
        "flatten": {"type": "Flatten", "start_dim": 0, "end_dim": -1, "input_type": np.array([9, 3, 4])},
        "fc": {"type": "Linear", "weight": weight(rng, 3, 108)},
        "output": {"type": "Output", "shape": np.array([3])},
    }


def pools(rng):
    """Sums, which sinabs has, a maximum of spikes, a convolution without neurons, neurons without a leak and with other thresholds and r."""
    def iaf(r, threshold, *shape):
        return {"type": "IF", "r": np.full(shape, r, "f4"), "v_threshold": np.full(shape, threshold, "f4")}
    return {
        "input": {"type": "Input", "shape": np.array([1, 12, 8])},
        "a": conv(rng, 4, 1, padding="same"), "b": iaf(1 / DT, 1.5, 4, 12, 8),
        "c": {"type": "SumPool2d", "kernel_size": np.array([3, 3]), "stride": np.array([2, 2]), "padding": np.array([1, 1])},
        "d": {"type": "Threshold", "threshold": np.full((4, 6, 4), 0.5, "f4")},
        "e": conv(rng, 5, 4), "f": iaf(2 / DT, 0.7, 5, 6, 4),
        "g": {"type": "SumPool2d", "kernel_size": 2, "stride": 2, "padding": 0},
        "h": conv(rng, 6, 5),
        "i": {"type": "AvgPool2d", "kernel_size": np.array([3, 2]), "stride": np.array([3, 2]), "padding": np.array([0, 0])},
        "j": {"type": "Flatten", "start_dim": 0, "end_dim": -1},
        "k": {"type": "Affine", "weight": weight(rng, 8, 6), "bias": weight(rng, 8, 1)[:, 0]}, "l": iaf(0.5 / DT, 0.3, 8),
        "m": {"type": "Linear", "weight": weight(rng, 3, 8)},
        "output": {"type": "Output", "shape": np.array([3])},
    }


make("snntorch.nir", snntorch)
make("spikingjelly.nir", spikingjelly, chunks=(4, 2, 2, 3))
make("pools.nir", pools, libver="latest", chunks=(2, 3, 2, 3))
