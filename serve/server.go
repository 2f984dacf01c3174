package serve

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"ssnn/infer"
	"ssnn/internal/webconfig"
)

// Server answers requests. It is an http.Handler.
type Server struct {
	config  Config
	web     *webconfig.File
	model   *infer.Model
	routes  []route
	metrics *metrics

	bodies  blocks
	turns   chan struct{} // one for each request that waits for a worker or has one
	workers chan *worker  // workers that have nothing to do
	ending  atomic.Bool
}

// route has the handlers of a path. A handler returns the value to write as JSON, or nil if it has
// written the reply itself.
type route struct {
	method, path string
	handle       func(w http.ResponseWriter, r *http.Request) (any, error)
}

// New makes a server for a model that ssnn train wrote, with the memory of its workers. A
// configuration that is not valid is an error.
func New(m *infer.Model, c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	web, err := webconfig.Open(c.WebConfig)
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: c, web: web, model: m,
		bodies:  blocks{most: int(c.Bodies / blockSize)},
		turns:   make(chan struct{}, c.Workers+c.Waiting),
		workers: make(chan *worker, c.Workers),
	}
	s.routes = []route{
		{"POST", "/v1/recording", s.recording},
		{"POST", "/v1/frames", s.frames},
		{"GET", "/v1/model", s.facts},
		{"GET", "/healthz", s.healthy},
		{"GET", "/readyz", s.readiness},
		{"GET", "/metrics", s.measured},
		{"GET", "/openapi.json", describe},
	}
	s.metrics = newMetrics(s)
	for range c.Workers {
		r, err := m.Recogniser(c.Threads)
		if err != nil {
			return nil, err
		}
		s.workers <- &worker{r, c, m}
	}
	return s, nil
}

// Close waits for the requests that are under way and ends the workers' threads. No more may come.
func (s *Server) Close() {
	for range cap(s.workers) {
		(<-s.workers).Close()
	}
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begin := time.Now()
	path, handle, err := s.find(r)
	if wrong := s.admit(w, r); wrong != nil {
		err = wrong
	}
	var v any
	if err == nil {
		v, err = handle(w, r)
	}
	status := http.StatusOK
	switch {
	case err != nil:
		status = statusOf(err)
		if allowed, ok := err.(notAllowed); ok {
			status = http.StatusMethodNotAllowed
			w.Header().Set("Allow", strings.Join(allowed.methods, ", "))
		}
		s.refuse(w, r, status, err)
	case v != nil:
		reply(w, status, v)
	}
	took := time.Since(begin)
	s.metrics.count(path, status, took)
	s.log(r, status, took, err)
}

// admit returns an error if a request may not be answered, whatever it asks: because of its host,
// or because of who asks.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) error {
	if err := s.allowHost(r); err != nil {
		return err
	}
	if err := s.web.Admit(w, r); err != nil {
		return refusal{err.Status, err}
	}
	return nil
}

// log writes the line of a request, without its query and its headers, which may hold secrets.
func (s *Server) log(r *http.Request, status int, took time.Duration, err error) {
	if s.config.Log == nil {
		return
	}
	what := []slog.Attr{
		slog.String("from", r.RemoteAddr), slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.Int("status", status),
		slog.Float64("took_ms", ms(took)), slog.Int64("body_bytes", r.ContentLength),
	}
	if err != nil {
		what = append(what, slog.String("error", err.Error()))
	}
	s.config.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", what...)
}

// notAllowed is the error of a method that a path does not have.
type notAllowed struct {
	error
	methods []string
}

// find finds the route of a request, and the name of its path in the metrics.
func (s *Server) find(r *http.Request) (
	path string, handle func(http.ResponseWriter, *http.Request) (any, error), err error) {

	var methods, paths []string
	for _, at := range s.routes {
		if at.path == r.URL.Path {
			if at.method == r.Method || at.method == "GET" && r.Method == "HEAD" {
				return at.path, at.handle, nil
			}
			methods = append(methods, at.method)
		}
		paths = append(paths, at.path)
	}
	if methods != nil {
		return r.URL.Path, nil, notAllowed{refuse(http.StatusMethodNotAllowed,
			"method %.20q, want %s for %s", r.Method, strings.Join(methods, ", "), r.URL.Path),
			methods}
	}
	return "other", nil, refuse(http.StatusNotFound, "no path %.100q, want one of %s", r.URL.Path,
		strings.Join(slices.Compact(paths), ", "))
}

// healthy answers GET /healthz.
func (s *Server) healthy(http.ResponseWriter, *http.Request) (any, error) {
	return Health{"ok"},
		nil
}

// readiness answers GET /readyz: whether requests are taken.
func (s *Server) readiness(http.ResponseWriter, *http.Request) (any, error) {
	if s.ending.Load() {
		return nil, refuse(http.StatusServiceUnavailable, "shutting down")
	}
	return Health{"ok"}, nil
}

// Health is the reply of /healthz and /readyz when all is well.
type Health struct {
	Status string `json:"status"` // "ok"
}
