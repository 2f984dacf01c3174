package synth

import (
	"ssnn/events"
	"ssnn/internal/names"
)

// Difficulty says how hard recordings are to tell apart.
type Difficulty int

// The difficulties. How well networks do on them is said in docs/howto/own-data.md.
const (
	Easy   Difficulty = iota // a single shape, well seen
	Medium                   // one distractor, fainter shapes, speeds that vary, more noise
	Hard                     // two distractors, and part of the sensor is hidden
)

var difficulties = names.Of[Difficulty]{Key: "difficulty",
	Words: []string{"easy", "medium", "hard"}}

// UnmarshalText reads "easy", "medium" or "hard".
func (d *Difficulty) UnmarshalText(b []byte) error { return difficulties.Parse(d, b) }

// MarshalText writes what UnmarshalText reads.
func (d Difficulty) MarshalText() ([]byte, error) { return difficulties.Text(d) }

// Config returns the configuration of the difficulty: a sensor of N-MNIST's size, recordings of
// 0.3 s, and thresholds like those of v2e.
func (d Difficulty) Config() Config {
	c := Config{
		Sensor: events.Size{Width: 34, Height: 34}, Duration: 300_000, Threshold: 0.2,
		Mismatch: 0.03, Refractory: 100, Noise: 1, Contrast: 0.8,
	}
	switch d {
	case Medium:
		c.Noise, c.Contrast, c.Distractors, c.SpeedJitter = 3, 0.5, 1, 0.3
	case Hard:
		c.Noise, c.Contrast, c.Distractors, c.SpeedJitter, c.Occlusion = 5, 0.5, 2, 0.5, 0.15
	}
	return c
}

// Default returns the configuration of [Hard].
func Default() Config { return Hard.Config() }
