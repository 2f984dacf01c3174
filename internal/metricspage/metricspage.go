// Package metricspage checks the page of the metrics against the code.
package metricspage

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Check compares the rows of a page's tables that begin with a prefix with the metrics of a
// registry whose names begin with it. The rows must be exactly these metrics, with their labels,
// types and help.
func Check(t *testing.T, path, prefix string, r prometheus.Gatherer) {
	t.Helper()
	page, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range all {
		if !strings.HasPrefix(m.GetName(), prefix) {
			continue
		}
		var labels []string
		for _, pair := range m.GetMetric()[0].GetLabel() {
			labels = append(labels, pair.GetName())
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s |\n", m.GetName(),
			strings.ToLower(m.GetType().String()), strings.Join(labels, ", "), m.GetHelp()))
	}
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| `"+prefix) {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the rows\n%s\nwant\n%s", path, strings.Join(got, ""),
			strings.Join(want, ""))
	}
}
