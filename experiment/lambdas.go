package experiment

var lambdas = Experiment{
	Name: "lambdas",
	Asks: "How much does it matter what the losses of the early classifiers weigh?",
	Variants: []Variant{
		{Name: "0, without early classifiers", Set: withShrinkage},
		{Name: "0.1", Set: []string{"network.lambdas=[0.1, 0.1, 0.1, 1.0]"}},
		{Name: "0.3", Set: []string{"network.lambdas=[0.3, 0.3, 0.3, 1.0]"}},
		{Name: "1", Published: publishedSSNN},
		{Name: "3", Set: []string{"network.lambdas=[3.0, 3.0, 3.0, 1.0]"}},
		{Name: "growing: 0.25, 0.5, 0.75", Set: []string{"network.lambdas=[0.25, 0.5, 0.75, 1.0]"}},
		{Name: "falling: 0.75, 0.5, 0.25", Set: []string{"network.lambdas=[0.75, 0.5, 0.25, 1.0]"}},
	},
}
