package pytorch

import (
	"strings"
	"testing"

	"ssnn/snn"
)

// A mapping file is refused in a line, or makes neurons that are valid or refused, and its patterns
// come to an end.
func FuzzMapping(f *testing.F) {
	f.Add("state = \"net\"\ntensors = [[\"conv_fc.0.*\", \"stages.0.0.conv.*\"], [\"head.*\", "+
		"\"\"]]\nfill = { fc = \"vote\" }\n[spikingjelly]\ntau = 2.0\n", "conv_fc.0.weight")
	f.Add("neuron = \"recipe\"", "a")
	f.Add("[snntorch]\nbeta = nan\nthreshold = -1e308\nreset_mechanism = \"zero\"\n", "b")
	f.Add("[spikingjelly]\nnode = \"IFNode\"\nv_threshold = inf\nv_reset = \"none\"\n", "c")
	f.Add("tensors = [[\"*a*a*a*a*a*a*b\", \"*.*.*.*.*.*.*\"]]", strings.Repeat("a", 40))
	f.Fuzz(func(t *testing.T, text, name string) {
		if len(text) > 1<<12 || len(name) > 1<<8 {
			return
		}
		var m Mapping
		if err := m.decode(text); err != nil {
			checkLine(t, err)
			return
		}
		for _, pair := range m.Tensors {
			match(pair[0], name, pair[1])
		}
		c := snn.Default()
		c.Stages, c.T = [][]snn.Item{{snn.Conv(2)}}, []int{2}
		if err := m.Configure(&c, &State{}); err != nil {
			checkLine(t, err)
			return
		}
		if err := c.Validate(); err != nil {
			checkLine(t, err)
		}
	})
}

// checkLine says that an error is one line.
func checkLine(t *testing.T, err error) {
	if text := err.Error(); text == "" || strings.ContainsAny(text, "\n\r") {
		t.Fatalf("error %q, want one line", text)
	}
}
