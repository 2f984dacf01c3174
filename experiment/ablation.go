package experiment

// The settings of a plain network, and of the parts of SSNN without the others, at T_avg 5.
var (
	plain         = []string{"network.timesteps=[5]", "network.early=false"}
	withShrinkage = []string{"network.early=false"}
	withEarly     = []string{"network.timesteps=[5, 5, 5, 5]", "network.transition=identity"}
)

var ablation = Experiment{
	Name: "ablation",
	Asks: "What does each part of SSNN bring, at the same average timestep?",
	Variants: []Variant{
		{Name: "plain", Set: plain, Published: publishedPlain},
		{Name: "+ shrinkage", Set: withShrinkage},
		{Name: "+ early classifiers", Set: withEarly},
		{Name: "+ both (SSNN)", Published: publishedSSNN},
	},
}
