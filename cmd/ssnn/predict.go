package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"ssnn/dataset"
	"ssnn/infer"
)

type predictCommand struct {
	Model string   `arg:"" help:"Trained model: a model.safetensors, a checkpoint, or the folder of a run."`
	Files []string `arg:"" name:"file" help:"Recordings, or folders, in which recordings are searched for at any depth."`
	exitsFlag
	Profile bool `help:"Also print how long each stage took, by kind of work."`
	JSON    bool `name:"json" help:"Print one line of JSON for each recording."`
	windowFlags
	recordingFlags
	threadsFlag
	bitsFlag
	unverifiedFlag
}

// Run is called by kong. A recording that cannot be read does not keep the others from being
// recognised, but ends in an error.
func (p *predictCommand) Run(c console) error {
	threads, err := p.count()
	if err != nil {
		return err
	}
	m, err := p.open(c, p.Model, infer.Options{Unverified: p.Unverified, Bits: p.Bits,
		Window: p.window()})
	if err != nil {
		return err
	}
	p.apply(&m.Events)
	defer func() { c.skips.Add(m.Events.Skipped.Load()) }()
	r, err := m.Recogniser(threads)
	if err != nil {
		return err
	}
	defer r.Close()
	r.Profile(p.Profile)
	paths, err := recordingsIn(p.Files)
	if err != nil {
		return err
	}
	failed := 0
	for _, path := range paths {
		result, err := r.Predict(path)
		err = anotherCamera(err)
		switch {
		case err == nil:
			p.print(c, m.Classes, result)
		case len(paths) == 1:
			return err
		default:
			fail(err, c, p.JSON)
			failed++
		}
	}
	if p.Profile {
		if err := p.printProfile(c, r.Latencies()); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d recordings could not be read", failed, len(paths))
	}
	return nil
}

// recordingsIn returns a list of recordings in which folders are replaced by the recordings in
// them.
func recordingsIn(list []string) (all []string, err error) {
	for _, path := range list {
		if !isSet(path) {
			all = append(all, path) // if it is wrong, opening it says so
			continue
		}
		if in, err := os.ReadDir(path); err == nil && len(in) == 0 {
			return nil, fmt.Errorf("%s is an empty folder, want recordings in it", path)
		}
		found, err := dataset.Tree(os.DirFS(path))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, name := range found {
			all = append(all, filepath.Join(path, filepath.FromSlash(name)))
		}
	}
	return all, nil
}

func (p *predictCommand) print(c console, classes []string, r infer.Prediction) {
	if p.JSON {
		json.NewEncoder(c.out).Encode(r)
		return
	}
	fmt.Fprintf(c.out, "%s: %s ", printable(r.File), r.Class)
	for i, name := range classes {
		fmt.Fprintf(c.out, " %s=%.3f", name, r.Scores[i])
	}
	if r.Exit != nil {
		fmt.Fprintf(c.out, "  (%v)", *r.Exit)
	}
	fmt.Fprintln(c.out)
}

// printProfile prints the time of each part of the network, and of each kind of work in it.
func (p *predictCommand) printProfile(c console, all []infer.Latency) error {
	if p.JSON {
		return json.NewEncoder(c.out).Encode(map[string][]infer.Latency{"profile": all})
	}
	total, parts := 0.0, map[string]float64{}
	for _, l := range all {
		total += l.Seconds
		parts[l.Part] += l.Seconds
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "part\tkind\tms a recording\tshare\tof the part\t")
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%.4f\t%.1f %%\t%.1f %%\t\n", l.Title(), l.Kind, 1e3*l.Seconds,
			100*l.Seconds/total, 100*l.Seconds/parts[l.Part])
	}
	fmt.Fprintf(w, "all\t\t%.4f\t\t\t\n", 1e3*total)
	return w.Flush()
}
