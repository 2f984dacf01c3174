package download

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// contentRange reads "bytes 5-9/10" as 5, 10, and "bytes */10" as -1, 10. A total that is not known
// is -1, and so is a beginning behind the end.
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
	if from < 0 || total >= 0 && from >= total { // the file is too short to have such a part
		from = -1
	}
	return from, total
}

// isTemporary says that a status may pass: 202 is what figshare answers while it prepares a file.
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

// retryAfter is what a server asks for, in seconds; the form with a date counts as nothing.
func retryAfter(res *http.Response) time.Duration {
	s, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return time.Duration(min(s, 3600)) * time.Second
}

// host is that of an address, which is long.
func host(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	name, _, _ := strings.Cut(rest, "/")
	return name
}
