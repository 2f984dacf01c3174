package serve

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
)

// receive reads the body of a request, within its time, into blocks that it takes one by one as the
// body comes. The caller gives them back, even after an error.
func (s *Server) receive(r *http.Request) (body content, err error) {
	if err := checkKind(r); err != nil {
		return body, err
	}
	most := s.config.Body
	if r.ContentLength > most {
		return body, refuse(http.StatusRequestEntityTooLarge,
			"a body of %d bytes, want at most %d", r.ContentLength, most)
	}
	if s.bodies.taken()+r.ContentLength > s.config.Bodies {
		return body, s.noMemory() // before it has come
	}
	r.Header.Del("Expect") // reading sends the word that the sender waits for
	for {
		room, err := s.room(&body)
		if err == nil {
			var n int
			n, err = r.Body.Read(room)
			body.size += int64(n)
		}
		_, refused := errors.AsType[refusal](err)
		switch {
		case refused:
			return body, err
		case body.size > most:
			return body, refuse(http.StatusRequestEntityTooLarge, "a body of more than %d bytes",
				most)
		case err == io.EOF && body.size == 0:
			return body, refuse(http.StatusBadRequest, "an empty body, want the bytes of a file")
		case err == io.EOF:
			return body, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return body, refuse(http.StatusRequestTimeout,
				"%d bytes of the body in %v, want all of it", body.size, s.config.Receive)
		case err != nil:
			return body, refuse(http.StatusBadRequest, "the body ends after %d bytes: %w",
				body.size, err)
		}
	}
}

// room returns the memory for the next bytes of a body.
func (s *Server) room(body *content) ([]byte, error) {
	if body.size == int64(len(body.blocks))*blockSize {
		one := s.bodies.take()
		if one == nil {
			return nil, s.noMemory()
		}
		body.blocks = append(body.blocks, one)
	}
	return body.blocks[len(body.blocks)-1][body.size%blockSize:], nil
}

// noMemory refuses a body.
func (s *Server) noMemory() error {
	return refuse(http.StatusServiceUnavailable,
		"no memory for this body, of which all together have %d bytes; try again", s.config.Bodies)
}

// checkKind refuses bodies that are not the bytes of a file.
func checkKind(r *http.Request) error {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return refuse(http.StatusUnsupportedMediaType, "content encoding %.20q, want none", e)
	}
	if kind, _, _ := mime.ParseMediaType(
		r.Header.Get("Content-Type")); kind == "multipart/form-data" {

		return refuse(http.StatusUnsupportedMediaType, "a form, want the file's bytes alone, as "+
			"curl --data-binary @FILE sends them")
	}
	return nil
}

// upload is a body as a file, which can be read until ctx is done.
type upload struct {
	file *io.SectionReader
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
