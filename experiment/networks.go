package experiment

import "slices"

// dsResNet is DS-ResNet with its neurons.
var dsResNet = slices.Concat([]string{"network.model=ds-resnet14"}, publishedMultiLevel)

// networks are at the timesteps of the recipes, whatever these come to on average: the parts of the networks, which become the stages, have other numbers of units.
var networks = Experiment{
	Name: "networks",
	Asks: "Which network, plain and as SSNN? Not at one average timestep: 8, 6, 4, 2 are 5 of a VGG-9 and 4.12 to 5.43 of others, each beside plain 5.",
	Variants: []Variant{
		{Name: "VGG-9, plain", Set: plain, Published: publishedPlain},
		{Name: "VGG-9, SSNN", Published: publishedSSNN},
		{Name: "ResNet-18, plain", Set: append([]string{"network.model=resnet18"}, plain...)},
		{Name: "ResNet-18, SSNN", Set: []string{"network.model=resnet18"}},
		{Name: "VGG-9 of TAB, plain", Set: append([]string{"network.model=vgg9-tab"}, plain...)},
		{Name: "VGG-9 of TAB, SSNN", Set: []string{"network.model=vgg9-tab"}},
		{Name: "SEW-ResNet-18, plain", Set: append([]string{"network.model=sew-resnet18"}, plain...)},
		{Name: "SEW-ResNet-18, SSNN", Set: []string{"network.model=sew-resnet18"}},
		{Name: "MS-ResNet-18, plain", Set: append([]string{"network.model=ms-resnet18"}, plain...), Published: publishedMSResNet},
		{Name: "MS-ResNet-18, SSNN", Set: []string{"network.model=ms-resnet18"}},
		{Name: "Spikformer, plain", Set: append([]string{"network.model=spikformer"}, plain...)},
		{Name: "Spikformer, SSNN", Set: []string{"network.model=spikformer"}},
		{Name: "DS-ResNet-14, plain", Set: slices.Concat(dsResNet, plain)},
		{Name: "DS-ResNet-14, SSNN", Set: dsResNet},
	},
}
