package serve

import (
	"net/http/httptest"
	"strings"
	"testing"

	"ssnn/infer"
)

// A request that names a stranger's host is refused, on every path; addresses and the service's own
// names are not.
func TestHost(t *testing.T) {
	m := openModel(t, infer.Options{})
	s, err := New(m, Config{Workers: 1, Hosts: []string{"Camera.Example"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for host, allowed := range map[string]bool{
		"": true, "localhost": true, "LOCALHOST:8080": true, "localhost.:8080": true,
		"127.0.0.1": true, "192.0.2.7:80": true, "[::1]": true, "[2001:db8::1]:8080": true,
		"camera.example": true, "CAMERA.example:8080": true, "camera.example.": true,
		"stranger.example": false, "stranger.example:8080": false, "x.localhost": false,
		"127.0.0.1.stranger.example": false, "camera.example.stranger.example": false,
		"localhost:1:2": false, "127.1": false, "*": false,
	} {
		for _, path := range []string{"/healthz", "/metrics", "/v1/model"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if got := w.Code == 200; got != allowed || !got && (w.Code != 421 ||
				!strings.Contains(w.Body.String(), "--host allows")) {

				t.Errorf("host %q, %s: %d %s", host, path, w.Code, w.Body)
			}
		}
	}
	s.config.Hosts = []string{AnyHost}
	r := httptest.NewRequest("GET", "/healthz", nil)
	r.Host = "stranger.example"
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("any host: %d %s", w.Code, w.Body)
	}
}
