package main

import (
	"slices"
	"testing"
)

func TestChannelsFirst(t *testing.T) {
	got := channelsFirst([]float32{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}, 2, 3)
	if want := []float32{1, 3, 5, 2, 4, 6, 11, 13, 15, 12, 14, 16}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
