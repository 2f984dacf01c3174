package experiment

import "fmt"

// timesteps are the plain network and SSNN at average timesteps from 2 to 10, for networks of four stages of equally many units.
var timesteps = Experiment{
	Name:     "timesteps",
	Asks:     "Does SSNN need fewer timesteps than the plain network?",
	Variants: timestepVariants(),
}

func timestepVariants() (all []Variant) {
	for _, t := range []int{2, 3, 4, 5, 6, 8, 10} {
		v := Variant{Name: fmt.Sprintf("plain, %d", t), Set: plainAt(t), Line: "plain"}
		if t == 5 {
			v.Published = publishedPlain
		}
		all = append(all, v)
	}
	for _, t := range []string{"4, 2, 1, 1", "5, 4, 2, 1", "7, 5, 3, 1", "8, 6, 4, 2", "10, 7, 5, 2", "13, 9, 6, 4", "16, 12, 8, 4"} {
		all = append(all, ssnnAt("SSNN, ", t, "SSNN"))
	}
	return all
}

// ssnnAt is a variant that differs in its timesteps, as "8, 6, 4, 2", alone.
func ssnnAt(name, timesteps, line string) Variant {
	v := Variant{Name: name + timesteps, Set: []string{"network.timesteps=[" + timesteps + "]"}, Line: line}
	if timesteps == "8, 6, 4, 2" {
		v.Published = publishedSSNN
	}
	return v
}

// plainAt are the settings of a plain network of T timesteps.
func plainAt(T int) []string {
	return []string{fmt.Sprintf("network.timesteps=[%d]", T), "network.early=false"}
}
