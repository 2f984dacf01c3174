package experiment

var early = Experiment{
	Name: "early",
	Asks: "Which early classifiers: what is in them, and does one fully connected layer do for all?",
	Variants: []Variant{
		{Name: "none", Set: withShrinkage},
		{Name: "a convolution unit each (SSNN)", Published: publishedSSNN},
		{Name: "of 16 channels", Set: []string{"network.early_channels=16"}},
		{Name: "of 16 channels, shared", Set: []string{"network.early_channels=16", "network.early_shared=true"}},
		{Name: "no convolution", Set: []string{"network.early_form=plain"}},
		{Name: "two convolution units", Set: []string{"network.early_form=deep"}},
		{Name: "windows of 2 pixels", Set: []string{"network.early_pool=2"}},
	},
}
