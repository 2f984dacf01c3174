package names

import (
	"cmp"
	"strings"
)

// Natural compares two names as people sort them: as text, but numbers within them by their value,
// so that a_9 comes before a_10.
func Natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		n, m := Digits(x), Digits(y)
		if n == 0 || m == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		v, w := strings.TrimLeft(x[:n], "0"), strings.TrimLeft(y[:m], "0")
		if c := cmp.Or(cmp.Compare(len(v), len(w)), strings.Compare(v, w)); c != 0 {
			return c
		}
		x, y = x[n:], y[m:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// Digits is the number of digits that a text begins with.
func Digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
