package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"ssnn/infer"
)

const (
	recordings = "../testdata/recordings/"
	seven      = recordings + "nmnist-7-60001.bin"
)

// panics counts those of handlers, which net/http logs and goes on. What it logs of handshakes that
// strangers broke off is left out.
var panics atomic.Int32

type panicLog struct{}

func (panicLog) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("panic")) {
		panics.Add(1)
	}
	if bytes.Contains(b, []byte("TLS handshake error")) {
		return len(b), nil
	}
	return os.Stderr.Write(b)
}

func TestMain(m *testing.M) {
	log.SetOutput(panicLog{})
	code := m.Run()
	if panics.Load() > 0 {
		code = 1
	}
	os.Exit(code)
}

// openModel is the small trained network.
func openModel(t testing.TB, o infer.Options) *infer.Model {
	t.Helper()
	m, err := infer.Open("../infer/testdata/nmnist.safetensors", o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// start starts a server of the small network and returns it, its URL and what ends it.
func start(t testing.TB, o infer.Options, c Config) (s *Server, url string, end func() error) {
	t.Helper()
	c.Hosts = append(c.Hosts, "x")
	s, err := New(openModel(t, o), c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, time.Second) }()
	ended := false
	end = func() error {
		cancel()
		ended = true
		return <-done
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections() // those without a request yet would have 5 s
		if !ended {
			if err := end(); err != nil {
				t.Error(err)
			}
		}
		s.Close()
	})
	return s, s.web.Scheme() + "://" + l.Addr().String(), end
}

func file(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// post returns the status and the reply, which must be one line of JSON.
func post(t testing.TB, url string, body io.Reader) (status int, header http.Header, line []byte) {
	t.Helper()
	r, err := http.Post(url, "application/octet-stream", body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	line, err = io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	isLine(t, line)
	return r.StatusCode, r.Header, line
}

func isLine(t testing.TB, line []byte) {
	t.Helper()
	if !json.Valid(line) || bytes.IndexByte(line, '\n') != len(line)-1 {
		t.Fatalf("%q is no line of JSON", line)
	}
}

// answers sees to it that the service is well.
func answers(t testing.TB, url string) {
	t.Helper()
	if status, _, line := post(t, url+"/v1/recording?format=bin",
		bytes.NewReader(file(t, seven))); status != 200 ||
		!bytes.Contains(line, []byte(`"class":"7"`)) {

		t.Fatalf("afterwards: %d %s", status, line)
	}
}
