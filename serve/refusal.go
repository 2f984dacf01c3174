package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// refusal is an error with the status that tells it.
type refusal struct {
	status int
	error
}

func (r refusal) Unwrap() error { return r.error }

func refuse(status int, format string, what ...any) error {
	return refusal{status, fmt.Errorf(format, what...)}
}

// gone is the status of a request whose sender has not waited for the answer. Nobody sees it but
// the metrics.
const gone = 499

// statusOf is the status of an error.
func statusOf(err error) int {
	if r, ok := errors.AsType[refusal](err); ok {
		return r.status
	}
	return http.StatusInternalServerError
}

// What becomes of the rest of a body that is refused.
const (
	lingerTime = 5 * time.Second // how long it may go on
	// net/http itself passes over as many before it replies, and keeps the connection
	fewBytes = 256 << 10
)

// refuse tells an error. Of a long body, it does so at once and then passes over what still comes:
// a sender that does not look for a reply before it has sent everything would find the connection
// reset, and no reply.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	if r.Body == http.NoBody {
		reply(w, status, problem{err.Error()})
		return
	}
	c := http.NewResponseController(w)
	c.SetReadDeadline(time.Now().Add(min(lingerTime, s.config.Receive)))
	long := r.ContentLength < 0 || r.ContentLength > fewBytes
	if long || status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close")
	}
	linger := long && status != http.StatusRequestTimeout && r.Header.Get("Expect") == "" &&
		c.EnableFullDuplex() == nil // who expects a word before sending does not get it
	reply(w, status, problem{err.Error()})
	if linger {
		c.Flush()
		io.CopyN(io.Discard, r.Body, s.config.Body)
	}
}

// reply writes v as JSON in one line.
func reply(w http.ResponseWriter, status int, v any) {
	line, err := json.Marshal(v)
	if err != nil {
		panic(err) // all that is written can be
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	h.Set("Content-Length", strconv.Itoa(len(line)+1))
	w.WriteHeader(status)
	w.Write(append(line, '\n'))
}

// problem is what a refusal says.
type problem struct {
	Error string `json:"error"`
}
