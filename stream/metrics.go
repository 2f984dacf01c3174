package stream

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ssnn/events"
)

// Metrics are the metrics of streams for Prometheus.
type Metrics struct {
	http.Handler // answers with all metrics, and those of the Go runtime and the process
	streams      []*Stream
	lost         *Lost
	decisions    *prometheus.CounterVec
	latency      prometheus.Histogram
	registry     *prometheus.Registry

	mu         sync.Mutex
	sum, worst time.Duration
}

// NewMetrics makes the metrics of one or more streams of a model, summed, and of their source.
func NewMetrics(lost *Lost, streams ...*Stream) *Metrics {
	m := &Metrics{streams: streams, lost: lost,
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ssnn_stream_decisions_total",
			Help: "Number of decisions for each class."}, []string{"class"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "ssnn_stream_latency_seconds",
			Help:    "Seconds from the arrival of a window's last event to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}),
	}
	r := prometheus.NewRegistry()
	r.MustRegister(m.decisions, m.latency, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, c := range []struct {
		name, help string
		value      func(Summary) int64
	}{
		{"events", "Events that were read.", func(s Summary) int64 { return s.Events }},
		{"dropped", "Events that were read and then dropped, because the queue was full.",
			func(s Summary) int64 { return s.Dropped }},
		{"decided", "Events in windows that have ended.",
			func(s Summary) int64 { return s.Decided }},
		{"undecided", "Events that were read and neither dropped nor decided, because they came " +
			"after an event that made no sense, or were that event.",
			func(s Summary) int64 { return s.Undecided }},
		{"blank_windows", "Windows whose events all lay outside the part of the sensor that the " +
			"model looks at.", func(s Summary) int64 { return s.Blank }},
		{"lost_datagrams", "Datagrams that did not arrive, or could not be used.",
			func(s Summary) int64 { return s.Lost }},
		{"skipped", "Events that were left out, because they lie outside the sensor or are " +
			"earlier than the event before them.", func(s Summary) int64 { return s.Skipped }},
	} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "ssnn_stream_" +
			c.name + "_total", Help: c.help},
			func() float64 { return float64(c.value(m.counts())) }))
	}
	for _, class := range streams[0].model.Classes {
		m.decisions.WithLabelValues(class) // makes it 0 rather than missing
	}
	m.registry = r
	m.Handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{})
	return m
}

// skipped returns the number of events that were left out of all streams of the model.
func (s *Stream) skipped() int64 {
	if s.model.Events.Skipped == nil {
		return 0
	}
	return s.model.Events.Skipped.Load()
}

// Observe counts a decision.
func (m *Metrics) Observe(d Decision) {
	m.decisions.WithLabelValues(d.Name).Inc()
	m.latency.Observe(d.Latency.Seconds())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum += d.Latency
	m.worst = max(m.worst, d.Latency)
}

// Summary sums up all streams.
type Summary struct {
	Events  int64 `json:"events"`  // events that were read
	Decided int64 `json:"decided"` // events in windows that have ended
	Dropped int64 `json:"dropped"` // events that a full queue dropped
	// Undecided counts the other events: once the streams have ended, Events = Decided + Dropped +
	// Undecided.
	Undecided int64 `json:"undecided"`
	Lost      int64 `json:"lost_datagrams"` // datagrams that did not come
	// Skipped counts invalid events that were left out; they are not among Events.
	Skipped   int64 `json:"skipped,omitempty"`
	Decisions int64 `json:"decisions"` // windows that were answered
	// Blank counts windows without an answer, as they have no events in the crop.
	Blank int64   `json:"blank_windows"`
	Mean  float64 `json:"mean_latency_ms"`  // mean of the decisions' latencies, in ms
	Worst float64 `json:"worst_latency_ms"` // largest of them, in ms
}

// counts returns the sums over all streams.
func (m *Metrics) counts() (sum Summary) {
	for _, s := range m.streams {
		sum.Events += s.Events.Load()
		sum.Decided += s.Decided.Load()
		sum.Dropped += s.Dropped.Load()
		sum.Undecided += s.Undecided.Load()
		sum.Decisions += s.Decisions.Load()
		sum.Blank += s.Blank.Load()
	}
	sum.Lost, sum.Skipped = m.lost.Load(), m.streams[0].skipped()
	return sum
}

// Summary returns the sums over all streams and the latencies of the decisions that were observed.
func (m *Metrics) Summary() Summary {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.counts()
	s.Mean, s.Worst = ms(m.sum)/float64(max(s.Decisions, 1)), ms(m.worst)
	return s
}

// String returns the summary as a line of text.
func (s Summary) String() string {
	line := fmt.Sprintf("%d events = %d decided + %d dropped", s.Events, s.Decided, s.Dropped)
	if s.Undecided > 0 {
		line += fmt.Sprintf(" + %d undecided", s.Undecided)
	}
	line += fmt.Sprintf(", %d decisions, latency %.2f ms, at most %.2f ms", s.Decisions, s.Mean,
		s.Worst)
	if s.Lost > 0 {
		line += fmt.Sprintf(", %d datagrams lost", s.Lost)
	}
	if s.Skipped > 0 {
		line += ", " + events.SkippedNote(s.Skipped)
	}
	if s.Blank > 0 {
		line += fmt.Sprintf(", %d windows without events in the crop", s.Blank)
	}
	return line
}
