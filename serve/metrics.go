package serve

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the metrics for Prometheus.
type metrics struct {
	http.Handler
	registry                         *prometheus.Registry
	requests                         *prometheus.CounterVec
	answers                          *prometheus.CounterVec
	events, skipped, refused         prometheus.Counter
	took, waited, reading, computing prometheus.Histogram
}

func newMetrics(s *Server) *metrics {
	seconds := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "ssnn_serve_" + name +
			"_seconds", Help: help, Buckets: prometheus.ExponentialBuckets(0.0001, 2, 18)})
	}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ssnn_serve_requests_total",
			Help: "Number of requests by path and status; the status is 499 if the sender has " +
				"gone."},
			[]string{"path", "status"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ssnn_serve_answers_total",
			Help: "Number of answers of each class."}, []string{"class"}),
		events: prometheus.NewCounter(prometheus.CounterOpts{Name: "ssnn_serve_events_total",
			Help: "Events of the recordings that were answered."}),
		skipped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ssnn_serve_skipped_events_total",
			Help: "Events that were left out of recordings, because they lie outside the sensor " +
				"or are earlier than the event before them."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ssnn_serve_refused_connections_total",
			Help: "Connections that were closed at once, because their address had too many."}),
		took: seconds("request",
			"Seconds from the header of a request to its answer, on all paths."),
		waited:    seconds("waiting", "Seconds from the end of a body until a worker takes it."),
		reading:   seconds("reading", "Seconds from the bytes of a body to its frames."),
		computing: seconds("computing", "Seconds from the frames to the answer."),
	}
	r := prometheus.NewRegistry()
	r.MustRegister(m.requests, m.answers, m.events, m.skipped, m.refused, m.took, m.waited,
		m.reading, m.computing, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, g := range []struct {
		name, help string
		value      func() float64
	}{
		{"in_turn", "Requests that wait for a worker or are with one.",
			func() float64 { return float64(len(s.turns)) }},
		{"busy_workers", "Workers that are reading a body or computing an answer.",
			func() float64 { return float64(cap(s.workers) - len(s.workers)) }},
		{"body_bytes", "Memory that the bodies of requests occupy, in bytes.",
			func() float64 { return float64(s.bodies.taken()) }},
	} {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ssnn_serve_" + g.name,
			Help: g.help}, g.value))
	}
	for _, class := range s.model.Classes {
		m.answers.WithLabelValues(class) // makes it 0 rather than missing
	}
	m.registry = r
	m.Handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{})
	return m
}

// count counts a request that is over.
func (m *metrics) count(path string, status int, took time.Duration) {
	m.requests.WithLabelValues(path, strconv.Itoa(status)).Inc()
	m.took.Observe(took.Seconds())
}

// answered counts an answer.
func (m *metrics) answered(a Answer) {
	m.answers.WithLabelValues(a.Class).Inc()
	m.events.Add(float64(a.Events))
	m.skipped.Add(float64(a.Skipped))
	m.reading.Observe(a.Reading / 1e3)
	m.computing.Observe(a.Computing / 1e3)
}

// measured answers GET /metrics.
func (s *Server) measured(w http.ResponseWriter, r *http.Request) (any, error) {
	s.metrics.ServeHTTP(w, r)
	return nil, nil
}
