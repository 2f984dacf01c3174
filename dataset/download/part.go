package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"
)

// part is a file on its way: its bytes so far at path, and its version in the file tag.
type part struct{ path, tag string }

func (p part) size() int64 {
	info, err := os.Stat(p.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (p part) remove() {
	os.Remove(p.path)
	os.Remove(p.tag)
}

// goOn makes one request and appends the bytes that come, or begins anew where the server has
// another version or cannot send a part.
func (p part) goOn(ctx context.Context, f File, o Options) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", o.Agent)
	req.Header.Set("Accept-Encoding", "identity") // the file itself, whose bytes are counted
	have := p.size()
	tag, _ := os.ReadFile(p.tag)
	if len(tag) == 0 && f.MD5 == "" {
		have = 0 // nothing would show that the parts are of two versions
	}
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		if len(tag) > 0 {
			req.Header.Set("If-Range", string(tag))
		}
	}
	res, err := o.Client.Do(req)
	if err != nil {
		return temporary{err, 0}
	}
	defer res.Body.Close()
	total := int64(-1)
	switch {
	case res.StatusCode == http.StatusPartialContent && have > 0:
		var from int64
		if from, total = contentRange(res.Header.Get("Content-Range")); from != have {
			p.remove()
			return temporary{fmt.Errorf("%s went on at byte %d, want %d", host(f.URL), from, have),
				0}
		}
	case res.StatusCode == http.StatusOK:
		have, total = 0, res.ContentLength
	case res.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		if _, total := contentRange(res.Header.Get("Content-Range")); total == have {
			return nil // it was all there
		}
		p.remove()
		return temporary{statusError(f.URL, res), 0}
	case isTemporary(res.StatusCode):
		return temporary{statusError(f.URL, res), retryAfter(res)}
	default:
		return statusError(f.URL, res)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return fmt.Errorf("%s answered with a web page, want an archive", host(f.URL))
	}
	if total > o.MaxBytes {
		return fmt.Errorf("%s offers %d bytes, want at most %d", host(f.URL), total, o.MaxBytes)
	}
	if err := p.noteVersion(res, have); err != nil {
		return err
	}
	stalled := time.AfterFunc(o.Stall, func() {
		cancel(fmt.Errorf("nothing came for %v", o.Stall))
	})
	defer stalled.Stop()
	return p.append(ctx, res.Body, have, total, f.Name, stalled, o)
}

// append writes the body behind the bytes that the part has.
func (p part) append(ctx context.Context, body io.Reader, have, total int64, name string,
	stalled *time.Timer, o Options) (err error) {

	out, err := os.OpenFile(p.path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if failed := out.Close(); failed != nil {
			err = failed // in place of an err that another try might get over
		}
	}()
	if err := out.Truncate(have); err != nil {
		return err
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	buf := make([]byte, 1<<18)
	for {
		n, readErr := body.Read(buf)
		stalled.Reset(o.Stall)
		if have += int64(n); have > o.MaxBytes {
			return fmt.Errorf("more than %d bytes came, want at most that", o.MaxBytes)
		}
		if _, err := out.Write(buf[:n]); err != nil {
			return err
		}
		o.Progress(name, have, total)
		switch {
		case readErr == io.EOF && total >= 0 && have < total:
			return temporary{fmt.Errorf("%d of %d bytes came", have, total), 0}
		case readErr == io.EOF:
			return out.Sync()
		case readErr != nil && context.Cause(ctx) != nil:
			return temporary{context.Cause(ctx), 0}
		case readErr != nil:
			return temporary{fmt.Errorf("the connection broke after %d bytes: %w", have, readErr),
				0}
		}
	}
}

// noteVersion keeps the server's name for the version, so that a later request goes on with the
// same version or begins anew.
func (p part) noteVersion(res *http.Response, have int64) error {
	tag := res.Header.Get("ETag")
	if tag == "" || strings.HasPrefix(tag, "W/") { // a weak tag may not be used for parts
		tag = res.Header.Get("Last-Modified")
	}
	if have > 0 && tag == "" {
		return nil
	}
	if tag == "" {
		if err := os.Remove(p.tag); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return os.WriteFile(p.tag, []byte(tag), 0o666)
}
