package serve

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ssnn/infer"
)

// Whatever a body holds, the reply is a line of JSON with a status that is described, and the
// service is well afterwards.
func FuzzBody(f *testing.F) {
	paths, err := filepath.Glob(recordings + "*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("/v1/recording", "", b[:min(len(b), 4000)])
		f.Add("/v1/recording", "format=bin", b[:min(len(b), 4000)])
	}
	f.Add("/v1/recording", "from=10&until=200000", zipped(f, 1000))
	f.Add("/v1/frames", "", npy("<f4", []int64{8, 2, 34, 34}, make([]byte, 4*8*2*34*34)))
	f.Add("/v1/frames", "", npy("|u1", []int64{8, 2, 34, 34}, make([]byte, 8*2*34*34)))
	f.Add("/nope", "x=%", []byte{})
	s, err := New(openModel(f, infer.Options{}), Config{Workers: 1, Body: 1 << 20, Events: 10_000,
		Hosts: []string{AnyHost}})
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	known := map[int]bool{200: true, 400: true, 404: true, 405: true, 413: true, 415: true,
		422: true}
	f.Fuzz(func(t *testing.T, path, query string, body []byte) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.URL.Path, r.URL.RawQuery = path, query
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		isLine(t, w.Body.Bytes())
		if !known[w.Code] {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w.Code == 200 {
			var a Answer
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || len(a.Logits) != 10 {
				t.Fatal(w.Body, err)
			}
		}
		if s.bodies.taken() != 0 || len(s.turns) != 0 || len(s.workers) != 1 {
			t.Fatalf("%d bytes taken, %d in turn, %d workers", s.bodies.taken(), len(s.turns),
				len(s.workers))
		}
	})
}

// Whatever comes over a connection, the service goes on.
func FuzzConnection(f *testing.F) {
	f.Add([]byte("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
	f.Add([]byte("POST /v1/recording HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345POST " +
		"/v1/frames HTTP/1.0\r\n\r\n"))
	f.Add([]byte("POST /v1/recording HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n5\r\n12345\r\nzz\r\n"))
	f.Add([]byte("POST /v1/recording HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"))
	f.Add([]byte("POST /nope HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
	f.Add([]byte("POST /nope HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " +
		"5\r\n\r\n12345"))
	f.Add([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	s, url, _ := start(f, infer.Options{}, Config{Workers: 1, Receive: 100 * time.Millisecond})
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := net.Dial("tcp", url[len("http://"):])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		c.Write(text)
		c.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, c); err != nil && os.IsTimeout(err) {
			t.Fatal(err)
		}
		if panics.Load() > 0 {
			t.Fatal("a handler panicked")
		}
		wait(t, func() bool {
			return s.bodies.taken() == 0 && len(s.turns) == 0 &&
				len(s.workers) == 1
		})
	})
}
