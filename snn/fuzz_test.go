package snn

import (
	"strings"
	"testing"
)

// A configuration, as it stands in model files, is either refused with one line, or makes a network
// that runs and is trained, and whose own configuration reads back.
func FuzzConfig(f *testing.F) {
	f.Add(`{"height":6,"width":6,"classes":2,"stages":[[["conv",3],["avgpool",2]],[["block",4,` +
		`2]]],"T":[3,2],"early":true}`)
	f.Add(`{"height":6,"width":5,"classes":2,"stages":[[["conv",2]],[["sew",2,1],["maxpool",3,2,` +
		`1]]],"T":[2,2],"transition":"repeat","neuron":"mlf","levels":2}`)
	f.Add(`{"height":4,"width":4,"stages":[[["current",2],["ms",2,2],["lif"]]],"T":[3],` +
		`"neuron":"plif","tau":0.5,"reset":"soft"}`)
	f.Add(`{"height":4,"width":4,"stages":[[["conv",4],["position"],["attention",2],["mlp",2],` +
		`["linear",3]]],"T":[2],"surrogate":"atan","alpha":1e-320}`)
	f.Add(`{"height":9,"width":8,"stages":[[["conv",4,5,1,0],["depthwise",2,2],["current",6,` +
		`"3x1",1,0,1,2],["lif"]]],"T":[2]}`)
	f.Add(`{"height":65536,"width":65536,"stages":[[["conv",65536]]],"T":[65536],"plans":[[1]],` +
		`"lambdas":[1e308]}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig(text)
		if err != nil {
			checkLine(t, err)
			return
		}
		n := size(c)
		if n > 1<<16 {
			return // somebody may want it, but not here
		}
		net, err := New(c, 1, 1)
		if err != nil {
			t.Fatalf("%s: valid, and then: %v", text, err)
		}
		defer net.Close()
		frames := make([]float32, c.T[0]*c.Height*c.Width*c.InChannels)
		for i := range frames {
			frames[i] = float32(i % 3)
		}
		out := net.Forward(frames, 1, true)
		net.Backward(make([]float32, len(out.Logits)), zeros(out.Early))
		net.Forward(frames, 1, false)
		if _, err := ParseConfig(net.Metadata()[configKey]); err != nil {
			t.Fatalf("%s: written %s: %v", text, net.Metadata()[configKey], err)
		}
	})
}

// zeros are gradients of the early classifiers.
func zeros(early [][]float32) (all [][]float32) {
	for _, logits := range early {
		all = append(all, make([]float32, len(logits)))
	}
	return all
}

// size is about how many values the passes of a network touch.
func size(c Config) (n float64) {
	at := shape{c.InChannels, c.Height, c.Width}
	most := c.mostTimesteps()
	for i, items := range c.Stages {
		for _, it := range items {
			nodes, err := c.itemNodes(it, at)
			if err != nil {
				return n
			}
			next := lastShape(nodes, at)
			for _, s := range []shape{at, next} {
				n += float64(most[i]) * float64(s.c) * float64(s.pixels()) * float64(c.levels())
			}
			n += weights(nodes)
			at = next
		}
		early, _ := c.earlyNodes(i, at)
		n += weights(early) + float64(c.Early.channels(at))*float64(at.pixels())*float64(most[i])
		n += float64(most[i]) * float64(most[min(i+1, len(most)-1)])
	}
	return n + float64(c.Classes)*float64(at.c)*float64(at.pixels())
}

// checkLine says that an error is one line.
func checkLine(t *testing.T, err error) {
	if text := err.Error(); text == "" || strings.ContainsAny(text, "\n\r") {
		t.Fatalf("error %q, want one line", text)
	}
}
