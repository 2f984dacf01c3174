package experiment

var networks = Experiment{
	Name: "networks",
	Asks: "Which network, plain and as SSNN?",
	Variants: []Variant{
		{Name: "VGG-9, plain", Set: plain, Published: publishedPlain},
		{Name: "VGG-9, SSNN", Published: publishedSSNN},
		{Name: "ResNet-18, plain", Set: append([]string{"network.model=resnet18"}, plain...)},
		{Name: "ResNet-18, SSNN", Set: []string{"network.model=resnet18"}},
	},
}
