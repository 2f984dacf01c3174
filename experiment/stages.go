package experiment

var stages = Experiment{
	Name: "stages",
	Asks: "How many stages, and how steep, at the same average timestep?",
	Variants: []Variant{
		{Name: "5", Set: plain, Published: publishedPlain},
		{Name: "6, 4", Set: []string{"network.timesteps=[6, 4]"}},
		{Name: "8, 5, 2", Set: []string{"network.timesteps=[8, 5, 2]"}},
		{Name: "8, 6, 4, 2 (SSNN)", Published: publishedSSNN},
		{Name: "6, 5, 5, 4", Set: []string{"network.timesteps=[6, 5, 5, 4]"}},
		{Name: "8, 8, 2, 2", Set: []string{"network.timesteps=[8, 8, 2, 2]"}},
		{Name: "10, 6, 3, 1", Set: []string{"network.timesteps=[10, 6, 3, 1]"}},
		{Name: "12, 4, 2, 2", Set: []string{"network.timesteps=[12, 4, 2, 2]"}},
	},
}
