package main

import (
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The command that goes on says all that the one did which was stopped, and a shell takes it for the same words.
func TestReproduceCommand(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell:", err)
	}
	for _, c := range []struct {
		r    reproduceCommand
		want []string
	}{
		{reproduceCommand{Experiment: "ablation", Scale: "small", Seeds: new(3), Data: "data", Out: "runs/ablation-small"}, []string{"--scale", "small", "--seeds", "3", "--out", "runs/ablation-small"}},
		{reproduceCommand{
			Experiment: "ablation", Scale: "full", Seeds: new(1), Data: "my sets/$HOME", Out: "it's here", Set: []string{"network.timesteps=[8, 6]", "a=b"}, Jobs: 2, Cache: "a b", threadsFlag: threadsFlag{3},
		}, []string{"--scale", "full", "--seeds", "1", "--out", "it's here", "--data", "my sets/$HOME", "--set", "network.timesteps=[8, 6]", "--set", "a=b", "--jobs", "2", "--threads", "3", "--cache", "a b"}},
	} {
		line := c.r.command()
		want := append([]string{"reproduce", "ablation"}, c.want...)
		words, err := exec.Command(shell, "-c", "set -- "+line+`; shift; printf '%s\n' "$@"`).Output()
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := strings.Split(strings.TrimSuffix(string(words), "\n"), "\n"); !slices.Equal(got, want) {
			t.Errorf("%s: a shell reads %q, want %q", line, got, want)
		}
	}
}

// There are no more jobs than runs, and the threads are shared among these.
func TestReproduceJobs(t *testing.T) {
	for _, c := range []struct {
		seeds, threads, asked int
		jobs, each            int
	}{{1, 64, 0, 8, 8}, {3, 64, 0, 24, 2}, {3, 2, 0, 2, 1}, {1, 64, 3, 3, 21}, {1, 4, 100, 8, 1}} {
		r := reproduceCommand{Experiment: "ablation", Scale: "small", Seeds: &c.seeds, Jobs: c.asked, threadsFlag: threadsFlag{c.threads}}
		g, err := r.grid(console{out: io.Discard, err: io.Discard})
		if err != nil || g.Jobs != c.jobs || g.Machine.Threads != c.each {
			t.Errorf("%d seeds, %d threads, --jobs %d: %d jobs of %d threads, error %v, want %d of %d", c.seeds, c.threads, c.asked, g.Jobs, g.Machine.Threads, err, c.jobs, c.each)
		}
	}
}
