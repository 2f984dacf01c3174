// Package browser finds the browser in which tests open pages.
package browser

import (
	"os/exec"
	"testing"
)

// Chromium returns the path of a Chromium. If there is none, the test is skipped.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium: the page is not opened in a browser")
	return ""
}
