package experiment

import (
	"fmt"

	"ssnn/recipes"
	"ssnn/snn"
)

// stages are plans of T_avg 5 for a network of eight units: first those of snn.Model, which cuts it into stages of equally many units, or in three into 2, 4 and 2; then as many
// stages at other boundaries, and more stages than these.
var stages = Experiment{
	Name: "stages",
	Asks: "How many stages, where do they begin, and how steep are they, at the same average timestep?",
	Variants: []Variant{
		{Name: "5", Set: plain, Published: publishedPlain},
		{Name: "6, 4", Set: []string{"network.timesteps=[6, 4]"}},
		{Name: "8, 5, 2", Set: []string{"network.timesteps=[8, 5, 2]"}},
		{Name: "8, 6, 4, 2 (SSNN)", Published: publishedSSNN},
		{Name: "6, 5, 5, 4", Set: []string{"network.timesteps=[6, 5, 5, 4]"}},
		{Name: "8, 8, 2, 2", Set: []string{"network.timesteps=[8, 8, 2, 2]"}},
		{Name: "10, 6, 3, 1", Set: []string{"network.timesteps=[10, 6, 3, 1]"}},
		{Name: "12, 4, 2, 2", Set: []string{"network.timesteps=[12, 4, 2, 2]"}},
		cutAt("8, 4", 2, 6),
		cutAt("6, 2", 6, 2),
		cutAt("8, 5, 2", 3, 2, 3),
		cutAt("8, 6, 4, 2", 1, 3, 3, 1),
		cutAt("8, 6, 4, 2", 3, 1, 1, 3),
		cutAt("8, 6, 5, 4, 2", 1, 2, 2, 2, 1),
		cutAt("9, 8, 7, 6, 4, 3, 2, 1", 1, 1, 1, 1, 1, 1, 1, 1),
	},
}

// cutAt is a variant of stages of so many units each, "8, 4 of 2+6 units".
func cutAt(timesteps string, units ...int) Variant {
	return Variant{Name: timesteps + " of " + sum(units) + " units", Set: []string{"network.timesteps=[" + timesteps + "]"}, Units: units}
}

// sum is "2+6".
func sum(units []int) string {
	s := fmt.Sprint(units[0])
	for _, n := range units[1:] {
		s += fmt.Sprintf("+%d", n)
	}
	return s
}

// cutModel is the recipe with its model written out as stages of so many units each. What has no units, as pooling, ends a stage.
func cutModel(r recipes.Recipe, units []int) (recipes.Recipe, error) {
	n := &r.Network
	m, err := snn.Model(n.Model, n.Width, []int{1})
	if err != nil {
		return r, err
	}
	all, stage, left := make([][]snn.Item, len(units)), 0, units[0]
	for _, it := range m.Stages[0] {
		if it.Units() > 0 && left == 0 && stage+1 < len(units) {
			stage++
			left = units[stage]
		}
		left -= it.Units()
		all[stage] = append(all[stage], it)
		if left < 0 {
			break
		}
	}
	if stage+1 < len(units) || left != 0 {
		return r, fmt.Errorf("network.model %s, width %v: it has no stages of %s units", n.Model, n.Width, sum(units))
	}
	n.Model, n.Width, n.Stages = "", 1, all
	return r, nil
}
