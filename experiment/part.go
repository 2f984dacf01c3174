package experiment

import (
	"fmt"
	"strconv"
	"strings"
)

// Part is a share of a grid's runs: those whose number is I when counted from 0 to N-1 again and
// again.
type Part struct{ I, N int }

// ParsePart reads "0/4".
func ParsePart(text string) (Part, error) {
	first, second, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(first)
	n, also := strconv.Atoi(second)
	if err != nil || also != nil || n < 1 || i < 0 || i >= n {
		return Part{}, fmt.Errorf("part %q, want i/n with i from 0 to n-1, like 0/4", text)
	}
	return Part{i, n}, nil
}

// String is "0/4".
func (p Part) String() string { return fmt.Sprintf("%d/%d", p.I, p.N) }

// Of are the runs of the part.
func (p Part) Of(runs []*Run) (own []*Run) {
	for i := p.I; i < len(runs); i += p.N {
		own = append(own, runs[i])
	}
	return own
}
