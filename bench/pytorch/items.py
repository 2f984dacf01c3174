"""Small networks, one or two for each kind of item: what make_cases.py --options writes too."""
import ssnn_torch as S


def case(stages, T, height=6, width=5, **kw):
    """the network and the loss"""
    return dict(in_channels=2, height=height, width=width, classes=3, stages=stages, T=T, bn_momentum=0.3, **kw), S.LOSS


CASES = {
    # Both shortcuts, on frames, spikes, a transformer's output and the whole numbers of the block before.
    "sew_t2": case([[["sew", 2, 1], ["sew", 5, 1], ["sew", 5, 2]]], [2]),
    "sew_t32_early": case([[["conv", 4], ["sew", 4, 1]], [["sew", 4, 1], ["sew", 5, 2]]], [3, 2], early=True, surrogate="atan"),
    "sew_mlf_t2": case([[["conv", 4], ["sew", 4, 1], ["sew", 5, 2]]], [2], neuron="mlf", v_th=0.6, levels=2),
    # DS-ResNet as its authors run it: their multi-level neurons and norm, and the cut of ds-resnet14.
    "sew_ds_resnet_t3221": case([[["conv", 3], ["sew", 3, 1]], [["sew", 3, 1], ["sew", 5, 2]], [["sew", 5, 1], ["sew", 6, 2]],
                                 [["sew", 6, 1], ["globalpool"]]], [3, 2, 2, 1], neuron="mlf", tau=0.25, v_th=0.6, detach_reset=False, bn_scale=0.6),
    "ms_t3": case([[["current", 4], ["ms", 4, 1], ["ms", 6, 2], ["ms", 6, 1], ["lif"], ["globalpool"]]], [3]),
    "ms_t32_early": case([[["current", 4], ["ms", 4, 1]], [["ms", 4, 1], ["ms", 5, 2], ["lif"]]], [3, 2], early=True, reset="soft"),
    "ms_plif_decay_t2": case([[["current", 4], ["ms", 4, 1], ["ms", 5, 2], ["lif"]]], [2], neuron="plif", decay_input=True, tau=0.5, surrogate="atan"),
    "attention_t2": case([[["conv", 12], ["attention", 3]]], [2], height=4, width=3),
    "attention_t32_early": case([[["conv", 6], ["maxpool", 3, 2, 1], ["position"]], [["attention", 1], ["globalpool"]]], [3, 2], height=6, early=True,
                                early_channels=4, surrogate="sigmoid", detach_reset=False),
    "mlp_t32": case([[["conv", 6], ["mlp", 3]], [["mlp", 2], ["globalpool"]]], [3, 2], height=4, width=3, tt_bias=True),
    "maxpool_overlap_t2": case([[["maxpool", 3, 2, 1], ["conv", 5], ["maxpool", 3, 1, 1], ["maxpool", 2, 3, 1]]], [2], height=9, width=8),
    "linear_t32": case([[["conv", 5], ["avgpool", 2], ["linear", 17]], [["linear", 4], ["lif"]]], [3, 2], v_th=0.25, surrogate="tri"),
    "spikformer_t3221": case([[["conv", 4], ["maxpool", 3, 2, 1]], [["conv", 8], ["position"]], [["attention", 2], ["mlp", 1]],
                              [["attention", 2], ["mlp", 2], ["globalpool"]]], [3, 2, 2, 1], width=4),
}
