package synth

import (
	"math"
	"math/rand/v2"

	"ssnn/events"
	"ssnn/internal/names"
)

// Movement is the way in which a picture is moved before the camera.
type Movement int

// The movements. Both end where they begin, so that a pixel becomes about as often brighter as
// darker.
const (
	// Loops moves the picture at a constant speed along the four straight sides of a diamond, once
	// in about 200 ms, as CIFAR10-DVS was recorded (Li and others, Frontiers in Neuroscience 2017).
	Loops Movement = iota
	// Saccades moves it along the three sides of an isosceles triangle, from rest to rest along
	// each, as for N-MNIST and N-Caltech101 (Orchard and others, Frontiers in Neuroscience 2015).
	Saccades
)

var movements = names.Of[Movement]{Key: "motion", Words: []string{"loops", "saccades"}}

// UnmarshalText reads "loops" or "saccades".
func (m *Movement) UnmarshalText(b []byte) error { return movements.Parse(m, b) }

// MarshalText writes what UnmarshalText reads.
func (m Movement) MarshalText() ([]byte, error) { return movements.Text(m) }

// travel returns the side of the square in which a picture's middle stays, in pixels: a twelfth of
// the sensor's shorter side.
func travel(sensor events.Size) float64 { return float64(min(sensor.Width, sensor.Height)) / 12 }

// loopTime is the approximate time of a loop, in us. A recording has a whole number of loops.
const loopTime = 200_000

// point is a place or a shift, in pixels.
type point struct{ x, y float64 }

// diamond and triangle are the corners of the movements in a square of side 1 around 0.
var (
	diamond  = []point{{0.5, 0}, {0, 0.5}, {-0.5, 0}, {0, -0.5}}
	triangle = []point{{-0.5, -0.5}, {0.5, -0.5}, {0, 0.5}}
)

// track is the way of a picture: around a polygon, so many times.
type track struct {
	corners []point // in pixels from the middle of the sensor
	rounds  float64 // number of rounds; below 0 in the other direction
	begin   float64 // part of the round at which it begins, 0 to 1; a corner for saccades
	rests   bool    // it rests at each corner
}

// newTrack draws where on the polygon the picture begins, and which way round it goes.
func newTrack(m Movement, c Config, r *rand.Rand) track {
	t := track{rounds: math.Max(1, math.Round(float64(c.Duration)/loopTime)), begin: r.Float64()}
	corners := diamond
	if m == Saccades {
		corners = triangle
		first := float64(r.IntN(len(corners))) / float64(len(corners))
		t = track{rounds: 1, begin: first, rests: true}
	}
	if r.IntN(2) == 1 {
		t.rounds = -t.rounds
	}
	for _, p := range corners {
		t.corners = append(t.corners, point{p.x * travel(c.Sensor), p.y * travel(c.Sensor)})
	}
	return t
}

// at returns the picture's shift when a part u of the recording's time is over, 0 to 1.
func (t track) at(u float64) point {
	n := float64(len(t.corners))
	sides, part := math.Modf(n * math.Abs(t.rounds) * u)
	if t.rests {
		part = (1 - math.Cos(math.Pi*part)) / 2
	}
	way := math.Mod(n*t.begin+math.Copysign(sides+part, t.rounds), n)
	if way < 0 {
		way += n
	}
	side, part := math.Modf(way)
	a := t.corners[int(side)%len(t.corners)]
	b := t.corners[(int(side)+1)%len(t.corners)]
	return point{a.x + part*(b.x-a.x), a.y + part*(b.y-a.y)}
}

// steps returns the number of steps that the track is cut into. No step is longer than a quarter of
// a pixel.
func (t track) steps() int {
	longest := 0.
	for i, a := range t.corners {
		b := t.corners[(i+1)%len(t.corners)]
		longest = math.Max(longest, math.Hypot(b.x-a.x, b.y-a.y))
	}
	speed := longest * float64(len(t.corners)) * math.Abs(t.rounds)
	if t.rests {
		speed *= math.Pi / 2 // in the middle of a saccade
	}
	return int(4*speed) + 1
}
