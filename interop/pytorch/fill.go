package pytorch

// fillLayer gives values to a layer for which the checkpoint has none. With "identity" a norm
// passes everything through. With "vote" each output of a fully connected layer becomes the mean of
// an equal share of neighbouring inputs, or the input itself where there are as many. This is the
// end of a network whose last layer is neurons: SpikingJelly's VotingLayer, or a count of the
// spikes of each class.
func (l *loading) fillLayer(name, with string) {
	weight := l.parameters[name+".weight"]
	mean := l.parameters[name+".running_mean"]
	switch {
	case weight == nil:
		l.problem("fill: the network has no layer %s", name)
	case with == "identity" && mean != nil:
		l.set(name+".weight", with, func(int) float64 { return 1 / l.cfg.Norm.Scale })
		l.set(name+".bias", with, func(int) float64 { return 0 })
		l.set(name+".running_mean", with, func(int) float64 { return 0 })
		l.set(name+".running_var", with, func(int) float64 { return 1 - l.cfg.Eps })
	case with == "vote" && len(weight.Shape) == 2 && weight.Shape[1]%weight.Shape[0] == 0:
		inputs := weight.Shape[1]
		each := inputs / weight.Shape[0]
		l.set(name+".weight", with, func(i int) float64 {
			if i%inputs/each == i/inputs {
				return 1 / float64(each)
			}
			return 0
		})
		if l.parameters[name+".bias"] != nil {
			l.set(name+".bias", with, func(int) float64 { return 0 })
		}
	default:
		l.problem(`fill: %q for %s %v, want "identity" for a norm, or "vote" for a fully `+
			`connected layer whose inputs are a multiple of its outputs`, with, name, weight.Shape)
	}
}

// set makes element i of a tensor value(i).
func (l *loading) set(name, with string, value func(i int) float64) {
	p := l.parameters[name]
	values := make([]float32, p.Len())
	for i := range values {
		values[i] = float32(value(i))
	}
	if err := p.Import(p.Value, values); err != nil {
		l.err = err
	}
	l.taken = append(l.taken, Taken{name, "(" + with + ")", p.Shape})
}
