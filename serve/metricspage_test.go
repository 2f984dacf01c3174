package serve

import (
	"testing"

	"ssnn/infer"
	"ssnn/internal/metricspage"
)

// The page of the metrics has those of a service as they are.
func TestPageOfMetrics(t *testing.T) {
	s, err := New(openModel(t, infer.Options{}), Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.metrics.count("/v1/recording", 200, 0) // so that it has its labels
	metricspage.Check(t, "../docs/reference/metrics.md", "ssnn_serve_", s.metrics.registry)
}
