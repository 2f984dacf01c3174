package experiment

var transformer = Experiment{
	Name: "transformer",
	Asks: "Is the temporal transformer better than other ways from one stage's timesteps to the next's?",
	Variants: []Variant{
		{Name: "softmax (SSNN)", Published: publishedSSNN},
		{Name: "softmax with bias", Set: []string{"network.tt_bias=true"}},
		{Name: "causal", Set: []string{"network.transition=causal"}},
		{Name: "linear", Set: []string{"network.transition=linear"}},
		{Name: "mean", Set: []string{"network.transition=mean"}},
		{Name: "repeat", Set: []string{"network.transition=repeat"}},
		{Name: "truncate", Set: []string{"network.transition=truncate"}},
	},
}
