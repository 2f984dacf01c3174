package mpi

import (
	"fmt"
	"strings"
	"testing"
)

// Remarks are made of places that make a training slow, and of no others.
func TestRemarks(t *testing.T) {
	both, first, second := []int{0, 1}, []int{0}, []int{1}
	for _, c := range []struct {
		all  []Place
		want string
	}{
		{[]Place{{"a", both, 2, 2}}, "[]"},
		{[]Place{{"a", both, 2, 2}, {"b", both, 2, 2}}, "[]"},
		{[]Place{{"a", first, 2, 1}, {"a", second, 2, 1}}, "[]"},
		{[]Place{{"a", both, 2, 1}, {"a", both, 2, 1}}, "[]"},
		{[]Place{{"a", both, 2, 2}, {"b", both, 2, 2}, {"a", both, 2, 2}},
			"processes 0, 2 share the cores of host a, 4 threads on 2 cores"},
		{[]Place{{"a", first, 2, 1}, {"b", first, 2, 1}},
			"1 of the 2 cores of host a are not used"},
		{[]Place{{"a", both, 4, 2}, {"a", both, 4, 2}}, "or --threads 1"},
	} {
		if got := fmt.Sprint(Remarks(c.all)); !strings.Contains(got, c.want) {
			t.Errorf("%v: %s, want %s", c.all, got, c.want)
		}
	}
}
