package stream

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"ssnn/events"
	"ssnn/infer"
)

// Decision is the answer to a window.
type Decision struct {
	infer.Decision
	Name    string        // name of the class
	From    string        // address and port of the sender, if the source listens
	End     events.Micros // end of the window
	At      events.Micros // time of the last event that had come
	Latency time.Duration // time from the arrival of that event to the answer
	Events  int           // number of the window's events that had come
	Dropped int64         // number of events dropped since the decision before
	Cut     bool          // the stream ended before the window did
}

// report hands on the decision on a window, whose events are those from from to to.
func (w *windows) report(d infer.Decision, end events.Micros, from, to int, cut bool) error {
	d.Logits, d.Scores = slices.Clone(d.Logits), slices.Clone(d.Scores)
	dropped := w.Dropped.Load()
	last := to - 1
	all := Decision{
		Decision: d, Name: w.model.Classes[d.Class], End: end, At: w.events[last].T,
		Latency: w.clock() - w.arrivals[last],
		Events:  to - from, Dropped: dropped - w.reported, Cut: cut,
	}
	w.reported = dropped
	w.Decisions.Add(1)
	err := w.answer(all)
	w.unheard = err != nil
	return err
}

// String returns the decision as a line of text.
func (d Decision) String() string {
	line := fmt.Sprintf("%10d us  %s  %.3f  %v  %.2f ms  %d events  %d dropped", d.End, d.Name,
		d.Confidence, d.Point, ms(d.Latency), d.Events, d.Dropped)
	if d.Cut {
		line += "  cut"
	}
	if d.From != "" {
		line += "  from " + d.From
	}
	return line
}

// MarshalJSON writes what String says, without units.
func (d Decision) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		End        events.Micros `json:"end_us"`
		At         events.Micros `json:"at_us"`
		Class      string        `json:"class"`
		Confidence float64       `json:"confidence"`
		Exit       infer.Point   `json:"exit"`
		Latency    float64       `json:"latency_ms"`
		Events     int           `json:"events"`
		Dropped    int64         `json:"dropped"`
		Cut        bool          `json:"cut"`
		From       string        `json:"from,omitempty"`
	}{d.End, d.At, d.Name, d.Confidence, d.Point, ms(d.Latency), d.Events, d.Dropped, d.Cut,
		d.From})
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
