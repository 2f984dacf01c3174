package main

import (
	"path/filepath"
	"slices"
	"testing"
)

// A bag of ROS 2 is a folder and one recording; another folder stands for those in it.
func TestRecordingsIn(t *testing.T) {
	bag := filepath.Join("..", "..", "events", "testdata", "ros", "array-2")
	folder := filepath.Join("..", "..", "testdata", "recordings", "none")
	all, err := recordingsIn([]string{bag, "a.bin", folder})
	if err != nil || !slices.Equal(all, []string{bag, "a.bin", folder}) {
		t.Errorf("%q, error %v", all, err)
	}
	if all, err = recordingsIn([]string{t.TempDir()}); err == nil {
		t.Errorf("%q of an empty folder, want an error", all)
	}
}
