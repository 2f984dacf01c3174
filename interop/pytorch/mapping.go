package pytorch

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"ssnn/internal/plaintoml"
	"ssnn/internal/regular"
)

// Mapping describes the properties of a checkpoint that the checkpoint itself does not hold: which
// tensor belongs to which of the network's, and the neurons. As TOML:
//
//	state = "net"                       # the key of the state_dict, if the checkpoint has several
//	tensors = [                         # the first pattern that matches counts; * is carried over
//	  ["conv_fc.0.*", "stages.0.0.conv.*"],
//	  ["head.*", ""],                   # left out
//	]
//	fill = { fc = "vote" }              # what the checkpoint has no tensors for
//	[spikingjelly]                      # or [snntorch] or [sinabs], or neuron = "recipe"
//	tau = 2.0
//
// Without tensors, a checkpoint whose names are those of the reference is taken by name, and any
// other in order, see [inOrder].
type Mapping struct {
	// Key of the state_dict in the checkpoint; empty: the only one.
	State   string            `toml:"state"`
	Tensors [][2]string       `toml:"tensors"` // names in the checkpoint and in the network
	Fill    map[string]string `toml:"fill"`    // "identity" or "vote", by layer

	// "recipe": the neurons are those of the recipe. Empty otherwise.
	Neuron       string        `toml:"neuron"`
	SpikingJelly *SpikingJelly `toml:"spikingjelly"` // neurons of SpikingJelly; nil: none
	SnnTorch     *SnnTorch     `toml:"snntorch"`     // neurons of snnTorch; nil: none
	Sinabs       *Sinabs       `toml:"sinabs"`       // neurons of sinabs; nil: none
}

const mostMapping = 1 << 20 // bytes

// ReadMapping reads a mapping file. Its errors name the path.
func ReadMapping(path string) (Mapping, error) {
	var m Mapping
	text, err := regular.ReadFile(path, mostMapping)
	if err != nil {
		return m, regular.Want(err, "a mapping of tensors and neurons in TOML")
	}
	if err := m.decode(string(text)); err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Set changes the description of the neurons: to "recipe", or by one value, as
// "spikingjelly.tau=2.0". A string needs no quotes.
func (m *Mapping) Set(assignment string) error {
	key, value, ok := strings.Cut(assignment, "=")
	if !ok {
		m.Neuron = assignment
		return nil
	}
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	var any map[string]any
	if _, err := toml.Decode("value = "+value, &any); err != nil {
		value = fmt.Sprintf("%q", value)
	}
	if err := m.decode(key + " = " + value); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "line 1: "))
	}
	return nil
}

func (m *Mapping) decode(text string) error {
	meta, err := toml.Decode(text, m)
	if err != nil {
		return plaintoml.Error(err)
	}
	for _, key := range meta.Undecoded() {
		return plaintoml.Position{Text: text}.Error(key, fmt.Errorf("unknown key %q", key.String()))
	}
	for _, pair := range m.Tensors {
		if from, to := strings.Count(pair[0], "*"), strings.Count(pair[1], "*"); to != from &&
			to != 0 {

			return fmt.Errorf("tensors: %q and %q, want as many * in both, or none in the second",
				pair[0], pair[1])
		}
	}
	return nil
}

// match renames a name by a pattern, and says whether the pattern matches. Each * in the pattern
// stands for any text, as short as possible, and the last * for all text up to the pattern's end;
// to gets these texts in place of its own *. The text between two * is looked for once, from left
// to right: its first place leaves the most room for the rest.
func match(pattern, name, to string) (string, bool) {
	parts, renamed := strings.Split(pattern, "*"), strings.Split(to, "*")
	if len(parts) == 1 {
		if name != pattern {
			return "", false
		}
		return to, true
	}
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return "", false
	}
	out := renamed[0]
	for i, part := range parts[1:] {
		at := strings.Index(name, part)
		if i == len(parts)-2 {
			if at = len(name) - len(part); !strings.HasSuffix(name, part) {
				return "", false
			}
		}
		if at < 0 {
			return "", false
		}
		if i+1 < len(renamed) {
			out += name[:at] + renamed[i+1]
		}
		name = name[at+len(part):]
	}
	return out, true
}
