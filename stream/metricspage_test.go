package stream

import (
	"testing"

	"ssnn/internal/metricspage"
)

// The page of the metrics has those of a stream as they are.
func TestPageOfMetrics(t *testing.T) {
	s, err := New(openModel(t, false), everyTenth, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	metricspage.Check(t, "../docs/reference/metrics.md", "ssnn_stream_",
		NewMetrics(new(Lost), s).registry)
}
