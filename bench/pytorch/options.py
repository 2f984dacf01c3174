"""Small networks, one or two for each option: what make_cases.py --options writes."""
import ssnn_torch as S

BASE = dict(in_channels=2, height=7, width=6, classes=3,
            stages=[[["conv", 5], ["avgpool", 2]], [["conv", 6], ["conv", 4]]], T=[4, 2], bn_momentum=0.3)


def case(loss={}, **kw):
    """the network and the loss"""
    return {**BASE, **kw}, {**S.LOSS, **loss}


CASES = {
    "transition_mean": case(transition="mean", early=True),
    "transition_mean_pooled": case(transition="mean", T=[2, 3], stages=[[["conv", 5]], [["maxpool", 2], ["conv", 4]]]),
    "transition_repeat": case(transition="repeat", T=[5, 3], surrogate="atan", early=True),
    "transition_repeat_growing": case(transition="repeat", T=[2, 3], stages=[[["conv", 17]], [["conv", 4]]], height=4, width=3),
    "transition_truncate": case(transition="truncate", T=[4, 3], stages=[[["conv", 5]], [["block", 6, 2]]], height=5),
    "transition_linear": case(transition="linear", T=[4, 3], early=True),
    "transition_linear_growing": case(transition="linear", T=[2, 3], stages=[[["conv", 6]], [["block", 6, 1]]], surrogate="tri", height=4, width=3),
    "transition_causal": case(transition="causal", T=[5, 3], early=True),
    "transition_causal_spikes": case(transition="causal", T=[4, 4, 2, 3], tt_bias=True, height=4, width=4, reset="soft", surrogate="sigmoid",
                                     stages=[[["conv", 5]], [["conv", 18]], [["conv", 4], ["maxpool", 2]], [["conv", 4]]]),
    "transition_identity": case(transition="identity", T=[3, 3], early=True),
    "loss_tet": case(dict(loss="tet", tet_lambda=0.05), T=[3, 2]),
    "loss_tet_early": case(dict(loss="tet"), early=True, lambdas=[0.5, 1.0]),
    "loss_s2w_early": case(dict(distill="s2w"), early=True, lambdas=[0.5, 1.5]),
    "loss_w2s_early": case(dict(distill="w2s", distill_weight=0.5, distill_temperature=3.0), early=True, T=[4, 1], surrogate="atan"),
    "loss_tet_w2s": case(dict(loss="tet", tet_lambda=0.1, tet_mean=0.5, distill="w2s"), T=[2, 4]),
    "neuron_plif": case(neuron="plif", T=[3, 2], stages=[[["conv", 5], ["avgpool", 2]], [["block", 6, 2]]], surrogate="atan"),
    "neuron_plif_decay": case(neuron="plif", decay_input=True, tau=0.5, T=[3, 2], early=True, reset="soft",
                              detach_reset=False, surrogate="sigmoid", stages=[[["conv", 5]], [["block", 5, 1]]], height=4, width=4),
    "neuron_mlf": case(neuron="mlf", v_th=0.6, detach_reset=False, bn_scale=0.6, T=[3, 3], transition="identity",
                       stages=[[["conv", 5]], [["block", 5, 1], ["maxpool", 2]]], height=4, width=4),
    "neuron_mlf_early": case(neuron="mlf", levels=2, reset="soft", surrogate="tri", decay_input=True, T=[3, 2], early=True, height=6, width=4),
    "neuron_lif_decay": case(decay_input=True, tau=0.5, stages=[[["conv", 5]], [["block", 6, 2]]], height=4, width=4),
    "early_plain": case(early=True, early_form="plain", lambdas=[0.5, 1.0]),
    "early_plain_shared": case(early=True, early_form="plain", early_shared=True, T=[3, 2, 1], height=4, width=4, early_pool="none",
                               stages=[[["conv", 5]], [["conv", 5]], [["conv", 4]]]),
    "early_deep": case(early=True, early_form="deep", early_channels=3, early_pool=2, height=6, stages=[[["conv", 5]], [["avgpool", 2], ["conv", 4]]]),
}
