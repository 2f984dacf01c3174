package experiment

import (
	"fmt"

	"ssnn/recipes"
	"ssnn/snn"
)

// cutModel is the recipe with its model written out as stages of so many units each. What has no
// units, as pooling, ends a stage. A first stage without units passes the frames on as they are.
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
	if units[0] == 0 {
		all[0] = []snn.Item{snn.AvgPool(1)}
	}
	n.Model, n.Width, n.Stages = "", 1, all
	return r, nil
}

// sum is "2+6".
func sum(units []int) string {
	s := fmt.Sprint(units[0])
	for _, n := range units[1:] {
		s += fmt.Sprintf("+%d", n)
	}
	return s
}
