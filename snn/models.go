package snn

import (
	"fmt"
	"math"
	"strings"
)

// Models are the networks that have a name.
var models = map[string]func(width float64, timesteps []int) (Config, error){
	"vgg9":     VGG9,
	"resnet18": ResNet18,
}

// Model is a network by name, "vgg9" or "resnet18", with all channel counts multiplied by width, and cut into as many stages
// as there are timesteps.
func Model(name string, width float64, timesteps []int) (Config, error) {
	m, ok := models[name]
	if !ok {
		return Config{}, fmt.Errorf("model %q, want vgg9 or resnet18", name)
	}
	return m(width, timesteps)
}

// VGG9 is 64-128-P | 256-256-P | 512-512-P | 512-512-P | FC, each P an average of 2x2, the published shape of the line of
// TET (Deng et al., ICLR 2022). One timestep makes it a plain network of one stage; two cut it in halves, three into 1, 2 and 1 of its
// four parts.
func VGG9(width float64, timesteps []int) (Config, error) {
	parts := make([][]Item, 4)
	for i, channels := range [][2]int{{64, 128}, {256, 256}, {512, 512}, {512, 512}} {
		parts[i] = []Item{Conv(scaled(channels[0], width)), Conv(scaled(channels[1], width)), AvgPool(2)}
	}
	return cut(parts, width, timesteps)
}

// ResNet18 is a convolution of 64 channels, two residual blocks each of 64, 128, 256 and 512 channels, the last three pairs at half the
// resolution of the one before, global average pooling, FC. It is cut into stages as VGG9 is.
func ResNet18(width float64, timesteps []int) (Config, error) {
	parts := [][]Item{{Conv(scaled(64, width)), Block(scaled(64, width), 1), Block(scaled(64, width), 1)}}
	for _, channels := range []int{128, 256, 512} {
		parts = append(parts, []Item{Block(scaled(channels, width), 2), Block(scaled(channels, width), 1)})
	}
	parts[3] = append(parts[3], GlobalPool())
	return cut(parts, width, timesteps)
}

// scaled is the number of channels at a width.
func scaled(channels int, width float64) int {
	return max(1, int(math.Round(float64(channels)*width)))
}

// cut joins the four parts of a network into as many stages as there are timesteps.
func cut(parts [][]Item, width float64, timesteps []int) (Config, error) {
	groups := map[int][]int{1: {4}, 2: {2, 2}, 3: {1, 2, 1}, 4: {1, 1, 1, 1}}[len(timesteps)]
	if groups == nil {
		return Config{}, fmt.Errorf("%d timesteps %v, want 1 to 4, one a stage", len(timesteps), timesteps)
	}
	if !(width > 0) {
		return Config{}, fmt.Errorf("width %v, want above 0", width)
	}
	c := Default()
	c.T = timesteps
	for _, g := range groups {
		var items []Item
		for _, p := range parts[:g] {
			items = append(items, p...)
		}
		parts = parts[g:]
		c.Stages = append(c.Stages, items)
	}
	return c, nil
}

// Describe says a network in a line: "conv 16, conv 32, avgpool 2 (T 8) | ... | fc 10".
func (c Config) Describe() string {
	var b strings.Builder
	for i, items := range c.Stages {
		words := make([]string, len(items))
		for j, it := range items {
			words[j] = it.String()
		}
		fmt.Fprintf(&b, "%s (T %d) | ", strings.Join(words, ", "), c.T[i])
	}
	fmt.Fprintf(&b, "fc %d", c.Classes)
	return b.String()
}
