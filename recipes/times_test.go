package recipes

import (
	"strings"
	"testing"

	"ssnn/frames"
)

// Keys that are times take a unit; plain numbers are us.
func TestTimesOfRecipes(t *testing.T) {
	r, err := Parse("augment.jitter = \"1ms\" # a comment\n[frames]\nsplit = \"fixed-duration\"\n" +
		"each = '30ms'\noverlap = 500\n")
	if err != nil {
		t.Fatal(err)
	}
	if r.Frames.Each != 30_000 || r.Frames.Overlap != 500 || r.Augment.Jitter != 1000 ||
		r.Frames.Split != frames.FixedDuration {
		t.Errorf("frames %+v, jitter %v", r.Frames, r.Augment.Jitter)
	}
	for _, set := range []string{"frames.tau=1.5s", "frames.tau=1500000", `frames.tau="1500ms"`} {
		if err := r.Set(set); err != nil || r.Frames.Tau != 1_500_000 {
			t.Errorf("%s: %d us, %v", set, r.Frames.Tau, err)
		}
	}
	// However TOML lets them be written.
	for _, text := range []string{
		"frames = { split = \"fixed-duration\", each = \"30ms\", overlap = \"500us\" }\n" +
			"augment = { jitter = \"1ms\" }",
		"[frames]\n\"split\" = 'fixed-duration'\n'each' = \"\"\"30ms\"\"\"\n" +
			"overlap = '''500us'''\n[ augment ]\n\"jitter\" = \"\\u0031ms\"",
		"frames.\"split\" = \"fixed-duration\"\nframes . each = \"30ms\"\n" +
			"frames.overlap = 500\naugment.jitter = 1000.0",
	} {
		r, err := Parse(text)
		if err != nil || r.Frames.Each != 30_000 || r.Frames.Overlap != 500 ||
			r.Augment.Jitter != 1000 || r.Frames.Split != frames.FixedDuration {

			t.Errorf("%q: frames %+v, jitter %v, error %v", text, r.Frames, r.Augment.Jitter, err)
		}
	}
	for text, want := range map[string]string{
		"\nframes.tau = \"30mm\"":      "line 2: frames.tau: time \"30mm\", want a whole number",
		"frames.tau = \"1ns\"":         "frames.tau: time \"1ns\", want a whole number",
		"frames.tau = 1.5":             "frames.tau: 1.5, want a whole number of microseconds",
		"frames.each = [1]":            "frames.each: [1], want a whole number of events or us",
		"augment.jitter = true":        "augment.jitter: got true, want a number of us",
		"train.epochs = \"30ms\"":      "train.epochs is a text",
		"network.tau = \"30ms\"":       "network.tau is a text",
		"\n\nframes.nope = \"30ms\"\n": "frames.nope",
		"frames.split = \"fixed-count\"\nframes.each = \"30ms\"": "frames.each is a time, " +
			"want a number of events",
		"frames = { split = \"fixed-count\", each = 9, overlap = \"1us\" }": "frames.overlap is " +
			"a time, want a number of events",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
