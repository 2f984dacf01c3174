package experiment

import "fmt"

// paper is the paper's network and the plain one at its average timesteps, with all that it leaves open: the reset and how recordings are cut into
// frames.
func paper() Experiment {
	e := Experiment{
		Name: "paper",
		Asks: "What comes out by what is known of the paper, for each way to fill in what is not: the reset and how frames are cut?",
	}
	for _, t := range []struct {
		average int
		stages  string
	}{{5, "8, 6, 4, 2"}, {8, "13, 9, 6, 4"}, {10, "16, 12, 8, 4"}} {
		for _, reset := range []string{"hard", "soft"} {
			for _, split := range []string{"count", "duration"} {
				open := []string{"network.reset=" + reset, "frames.split=" + split}
				how := fmt.Sprintf("T_avg %d, %s reset, frames by %s", t.average, reset, split)
				p := Variant{Name: "plain, " + how, Set: append(plainAt(t.average), open...)}
				s := Variant{Name: "SSNN, " + how, Set: append([]string{"network.timesteps=[" + t.stages + "]"}, open...)}
				if t.average == 5 {
					s.Published = publishedSSNN
				}
				if t.average == 5 && reset == "soft" {
					p.Published = publishedPlain
				}
				e.Variants = append(e.Variants, p, s)
			}
		}
	}
	return e
}
