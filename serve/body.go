package serve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"sync/atomic"
)

// budget is memory that bodies share, in bytes.
type budget struct{ left int64 }

// take takes so many bytes, and says whether there are as many.
func (b *budget) take(n int64) bool {
	if atomic.AddInt64(&b.left, -n) >= 0 {
		return true
	}
	b.give(n)
	return false
}

func (b *budget) give(n int64) { atomic.AddInt64(&b.left, n) }

// firstBlock is how much memory a body gets before any of it has come, in bytes.
const firstBlock = 64 << 10

// receive reads the body of a request, within its time, into memory that grows no faster than the
// body comes. What it takes of the budget is the caller's to give back, whatever the error.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (
	body []byte, taken int64, err error) {

	if err := checkKind(r); err != nil {
		return nil, 0, err
	}
	most := s.config.Body
	if r.ContentLength > most {
		return nil, 0, refuse(http.StatusRequestEntityTooLarge,
			"a body of %d bytes, want at most %d", r.ContentLength, most)
	}
	room := most + 1 // one more, to see the end
	if r.ContentLength >= 0 {
		room = r.ContentLength + 1
	}
	r.Header.Del("Expect") // reading is the word that the sender waits for
	for {
		if len(body) == cap(body) {
			size := min(max(2*int64(cap(body)), firstBlock), room)
			if !s.bodies.take(size) {
				return nil, taken, refuse(http.StatusServiceUnavailable,
					"no memory for this body, of which all together have %d bytes; try again",
					s.config.Bodies)
			}
			body = append(make([]byte, 0, size), body...)
			s.bodies.give(taken)
			taken = size
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > most:
			return nil, taken, refuse(http.StatusRequestEntityTooLarge,
				"a body of more than %d bytes", most)
		case err == io.EOF && len(body) == 0:
			return nil, taken, refuse(http.StatusBadRequest,
				"an empty body, want the bytes of a file")
		case err == io.EOF:
			return body, taken, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, taken, refuse(http.StatusRequestTimeout,
				"%d bytes of the body in %v, want all of it", len(body), s.config.Receive)
		case err != nil:
			return nil, taken, refuse(http.StatusBadRequest, "the body ends after %d bytes: %w",
				len(body), err)
		}
	}
}

// checkKind refuses bodies that are no file's bytes.
func checkKind(r *http.Request) error {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return refuse(http.StatusUnsupportedMediaType, "content encoding %.20q, want none", e)
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		return refuse(http.StatusUnsupportedMediaType, "a form, want the file's bytes alone, as "+
			"curl --data-binary @FILE sends them")
	}
	return nil
}

// upload is a body as a file, which can be read until ctx is done.
type upload struct {
	file *bytes.Reader
	ctx  context.Context
}

func (u upload) Read(b []byte) (int, error) {
	if err := context.Cause(u.ctx); err != nil {
		return 0, err
	}
	return u.file.Read(b)
}

func (u upload) ReadAt(b []byte, at int64) (int, error) {
	if err := context.Cause(u.ctx); err != nil {
		return 0, err
	}
	return u.file.ReadAt(b, at)
}

func (u upload) Seek(offset int64, whence int) (int64, error) { return u.file.Seek(offset, whence) }
