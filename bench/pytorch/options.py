"""Small networks, one or two for each option: what make_cases.py --options writes."""

BASE = dict(in_channels=2, height=7, width=6, classes=3,
            stages=[[["conv", 5], ["avgpool", 2]], [["conv", 6], ["conv", 4]]], T=[4, 2], bn_momentum=0.3)


def case(**kw):
    return {**BASE, **kw}


NETWORKS = {
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
}
