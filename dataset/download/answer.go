package download

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// contentRange reads "bytes 5-9/10" as 5, 10, and "bytes */10" as -1, 10. An unknown total is -1,
// and so is a beginning at or behind the end.
func contentRange(s string) (from, total int64) {
	span, size, _ := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	total, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		total = -1
	}
	first, _, _ := strings.Cut(span, "-")
	if from, err = strconv.ParseInt(first, 10, 64); err != nil {
		from = -1
	}
	if total < 0 {
		total = -1
	}
	if from < 0 || total >= 0 && from >= total {
		from = -1
	}
	return from, total
}

// isTemporary reports whether another try may get a better status. figshare answers 202 while it
// prepares a file.
func isTemporary(status int) bool {
	switch status {
	case http.StatusAccepted, http.StatusRequestTimeout, http.StatusTooEarly,
		http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}

func statusError(url string, res *http.Response) error {
	return fmt.Errorf("%s answered %s", host(url), res.Status)
}

// retryAfter returns the time that a server asks to wait, at most an hour. The form of the header
// that gives a date counts as 0.
func retryAfter(res *http.Response) time.Duration {
	s, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return time.Duration(min(s, 3600)) * time.Second
}

// host returns the host of an address; messages name it because whole addresses are long.
func host(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	name, _, _ := strings.Cut(rest, "/")
	return name
}
