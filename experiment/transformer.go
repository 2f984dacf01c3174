package experiment

var transformer = Experiment{
	Name: "transformer",
	Asks: "Is the temporal transformer better than simpler ways from one stage's timesteps to the next's?",
	Variants: []Variant{
		{Name: "softmax (SSNN)", Published: publishedSSNN},
		{Name: "softmax with bias", Set: []string{"network.tt_bias=true"}},
	},
}
