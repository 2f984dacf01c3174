package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// refusal is an error with its HTTP status.
type refusal struct {
	status int
	error
}

func (r refusal) Unwrap() error { return r.error }

func refuse(status int, format string, what ...any) error {
	return refusal{status, fmt.Errorf(format, what...)}
}

// gone is the status of a request whose sender has not waited for the answer. Only the metrics and
// the log show it.
const gone = 499

// statusOf returns the status of an error.
func statusOf(err error) int {
	if r, ok := errors.AsType[refusal](err); ok {
		return r.status
	}
	return http.StatusInternalServerError
}

// refuse replies with an error. The rest of the body is passed over: by net/http if it is short and
// the connection goes on, and by [Server.Serve] before a connection is closed.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	if status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close") // the time for the rest of the body is over
	} else if r.Body != http.NoBody {
		http.NewResponseController(w).SetReadDeadline(
			time.Now().Add(min(lingerTime, s.config.Receive)))
	}
	reply(w, status, problem{err.Error()})
}

// reply writes v as JSON in one line.
func reply(w http.ResponseWriter, status int, v any) {
	line, err := json.Marshal(v)
	if err != nil {
		panic(err) // every value that is passed can be written
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

// problem is the JSON of a refusal.
type problem struct {
	Error string `json:"error"`
}
