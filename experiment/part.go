package experiment

import (
	"fmt"
	"strconv"
	"strings"
)

// Part is a share of a grid's runs: those whose number, from 0, has the remainder I when divided by
// N.
type Part struct{ I, N int }

// ParsePart reads a text such as "0/4".
func ParsePart(text string) (Part, error) {
	first, second, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(first)
	n, also := strconv.Atoi(second)
	if err != nil || also != nil || n < 1 || i < 0 || i >= n {
		return Part{}, fmt.Errorf("part %q, want i/n with i from 0 to n-1, like 0/4", text)
	}
	return Part{i, n}, nil
}

// String returns a text such as "0/4".
func (p Part) String() string { return fmt.Sprintf("%d/%d", p.I, p.N) }

// Of returns the runs of the part.
func (p Part) Of(runs []*Run) (own []*Run) {
	for i := p.I; i < len(runs); i += p.N {
		own = append(own, runs[i])
	}
	return own
}
