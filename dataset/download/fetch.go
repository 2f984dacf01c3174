package download

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
)

// temporary is an error that another try may not meet.
type temporary struct {
	error
	after time.Duration // time that the server asks to wait
}

func (t temporary) Unwrap() error { return t.error }

// fetch makes path a copy of the file at an address. It goes on with path.part, tries again after a
// temporary error, and removes a file with a wrong checksum.
func fetch(ctx context.Context, f File, path string, o Options) error {
	p := part{path: path + ".part", tag: path + ".tag"}
	failed := 0
	for {
		before := p.size()
		err := p.goOn(ctx, f, o)
		if err == nil {
			break
		}
		var t temporary
		passes := errors.As(err, &t)
		if stopped := ctx.Err(); stopped != nil && passes {
			err = stopped // instead of the next try
		}
		if ctx.Err() != nil || !passes {
			if p.size() == 0 {
				p.remove()
			}
			return err
		}
		if p.size() > before {
			failed = 0
		}
		if failed++; failed >= o.Tries {
			if p.size() == 0 {
				p.remove()
				return err
			}
			return fmt.Errorf("%w; %d bytes are kept, run this again to go on", err, p.size())
		}
		if err := pause(ctx, o.Wait, failed, t.after); err != nil {
			return err
		}
	}
	if err := check(p.path, f.MD5); err != nil {
		if wrong, ok := errors.AsType[*checksumError](err); ok {
			p.remove()
			return fmt.Errorf("the file from %s has the MD5 sum %s, want %s; it is removed",
				host(f.URL), wrong.got, wrong.want)
		}
		return err
	}
	if err := os.Rename(p.path, path); err != nil {
		return err
	}
	os.Remove(p.tag)
	return nil
}

// pause waits before the next try: twice as long after every failure, up to half a minute and a
// random part more, or as long as the server asks, up to a minute.
func pause(ctx context.Context, first time.Duration, failed int, asked time.Duration) error {
	d := min(first<<min(failed-1, 10), 30*time.Second)
	d += rand.N(d/4 + 1)
	timer := time.NewTimer(max(d, min(asked, time.Minute)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
