package serve

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ssnn/infer"
)

// Each request has one line of the log, whatever its path says, and no secret of its query.
func TestLog(t *testing.T) {
	var b bytes.Buffer
	s, err := New(openModel(t, infer.Options{}), Config{Workers: 1,
		Log: slog.New(slog.NewJSONHandler(&b, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for path, status := range map[string]float64{"/healthz?key=secret": 200,
		"/no%0Awhere%22": 404, "/v1/recording": 405} {

		b.Reset()
		r := httptest.NewRequest("GET", "http://127.0.0.1"+path, nil)
		r.Header.Set("Authorization", "secret")
		s.ServeHTTP(httptest.NewRecorder(), r)
		var line map[string]any
		if err := json.Unmarshal(b.Bytes(), &line); err != nil || line["status"] != status ||
			line["path"] != r.URL.Path || line["from"] != r.RemoteAddr ||
			(line["error"] == nil) != (status == 200) || strings.Contains(b.String(), "secret") {

			t.Errorf("%s: %s, %v", path, b.Bytes(), err)
		}
	}
}

// Before the end requests are still answered, while /readyz says that no more should come.
func TestUnreadyBeforeTheEnd(t *testing.T) {
	s, url, end := start(t, infer.Options{}, Config{Workers: 1, Unready: time.Second})
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	wait(t, s.ending.Load)
	r, err := http.Get(url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 503 {
		t.Errorf("/readyz: %d, want 503", r.StatusCode)
	}
	answers(t, url)
	http.DefaultClient.CloseIdleConnections()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
