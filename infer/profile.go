package infer

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ssnn/snn"
)

// Latency is the mean time for one sample that one kind of work in one part of a network took.
type Latency struct {
	// Part is "stage 0", "early classifier 0", "transition 0" or "output", or "" for work that
	// belongs to none of these.
	Part string `json:"part"`
	// Kind is "lists", "convolution" (with the norm and neurons that are fused with it), "pooling"
	// and so on, or "other" for work that was not measured by itself.
	Kind    string  `json:"kind"`
	Seconds float64 `json:"s"` // mean time for a sample
}

// Title returns the part with stages counted from 1, as people read it: "stage 1" for Part "stage
// 0".
func (l Latency) Title() string {
	at := strings.LastIndexByte(l.Part, ' ')
	n, err := strconv.Atoi(l.Part[at+1:])
	if err != nil {
		return l.Part
	}
	return l.Part[:at+1] + strconv.Itoa(n+1)
}

// profile has the time that Classify has taken since Profile.
type profile struct {
	on    bool
	calls int
	took  time.Duration
}

// Profile starts measuring times, from 0, or stops it. Measuring makes calls slower, and makes them
// allocate.
func (r *Runner) Profile(on bool) {
	r.net.Profile(on)
	r.profile = profile{on: on}
}

// Costs lists the times of each layer in all calls since Profile, see [snn.Network.Costs].
func (r *Runner) Costs() []snn.Cost { return r.net.Costs() }

// Densities returns the densities in the last call, see [snn.Network.Densities].
func (r *Runner) Densities() []snn.Density { return r.net.Densities() }

// Latencies sums up the costs of the calls of Classify since Profile by part and kind, in the order
// in which the work is done. The rest of the time comes at the end.
func (r *Runner) Latencies() []Latency {
	if r.profile.calls == 0 {
		return nil
	}
	calls := float64(r.profile.calls)
	var all []Latency
	other := r.profile.took.Seconds()
	for _, c := range r.Costs() {
		part, seconds := partOf(c.Layer), c.Time.Seconds()
		other -= seconds
		at := 0
		for at < len(all) && (all[at].Part != part || all[at].Kind != c.Kind) {
			at++
		}
		if at == len(all) {
			all = append(all, Latency{Part: part, Kind: c.Kind})
		}
		all[at].Seconds += seconds / calls
	}
	return append(all, Latency{Kind: "other", Seconds: other / calls})
}

// partOf returns the part that a layer belongs to by its name, such as "stages.0.1.conv".
func partOf(layer string) string {
	kind, rest, _ := strings.Cut(layer, ".")
	number, _, _ := strings.Cut(rest, ".")
	for prefix, part := range map[string]string{"stages": "stage", "early": "early classifier",
		"tt": "transition"} {
		if kind == prefix {
			return fmt.Sprintf("%s %s", part, number)
		}
	}
	return "output"
}
