package experiment

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"ssnn/internal/atomicfile"
)

// Write writes the tables and plots to the grid's folder. The page shows the command line, so that
// it can be repeated.
func (g Grid) Write(rows []*Row, command string) error {
	figures, err := g.Plots(rows)
	if err != nil {
		return err
	}
	for _, f := range figures {
		if err := f.Save(g.Dir); err != nil {
			return err
		}
	}
	further, err := g.Further()
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(g.Dir, "README.md"), func(w io.Writer) error {
		fmt.Fprintf(w, "## %s\n\n%s\n\n    %s\n\n", g.Experiment.Name, g.Experiment.Asks, command)
		fmt.Fprintf(w, "Mean ± standard deviation (seeds); the interval is Student's of the "+
			"mean. Test accuracy is that after the last epoch. Energy is an estimate\nfor a "+
			"recording: the additions and multiplications that its inputs cause, at 45 nm "+
			"(Horowitz, ISSCC 2014), without memory and early\nclassifiers, on up to 64 test "+
			"recordings, as ssnn report says it. Training is the time that a run took when it "+
			"was made; this command makes %d at once, on %d thread(s) each.\n\n", g.Jobs,
			g.Machine.Threads)
		if g.Experiment.Latency {
			io.WriteString(w, aboutLatencies)
		}
		if slices.ContainsFunc(rows, func(r *Row) bool { return r.Difference != nil }) {
			io.WriteString(w, aboutDifferences)
		}
		if further != "" {
			fmt.Fprintf(w, "Seeds %s; %s.\n\n", seedList(g.Seeds), further)
		}
		if err := g.WriteTables(w, rows); err != nil {
			return err
		}
		for _, f := range figures {
			fmt.Fprintf(w, "![%s](%s.svg)\n\n", strings.ReplaceAll(f.Name, "-", " "), f.Name)
		}
		_, err := io.WriteString(w, "In plots of accuracies a ring is a seed, the dot their "+
			"mean, the line its 95 % interval, the diamond what was published.\n")
		return err
	})
}

// aboutLatencies is the paragraph of the page on how latencies were measured.
var aboutLatencies = fmt.Sprintf(
	`Latency is the median time that the network of the first seed takes for one recording on one
thread: %d recordings, %d times each, in each of %d rounds in which every network has its turn. It
was measured on the machine on which the command was last run. The first answer is that of the whole
network. A recording has as many frames as the network's first stage has timesteps.

`, latencyRecordings, latencyCalls, latencyRounds)

// aboutDifferences is the paragraph of the page on the tables of differences.
const aboutDifferences = `A difference is the test accuracy of a variant minus that of the
baseline, on the same seeds and recordings. The interval by recordings is the percentile bootstrap
(10,000 sets of recordings, drawn with a fixed seed; Efron and Tibshirani 1993, chapter 13). With
one seed p is McNemar's exact test, with several seeds the test of the signs of the recordings'
differences (Fisher 1935, section 21); if more than 1,000 recordings differ, their chi-squared
approximations (McNemar 1947; Durkalski et al. 2003). These two say what other recordings would
change, for these networks. The interval by seeds, Student's t of the seeds' differences, says what
other seeds would change. If a table compares several variants, read the p that is adjusted for that
(Holm 1979).

`

// seedList returns words such as "0 to 2", or "0, 4, 7".
func seedList(seeds []int64) string {
	first, last := seeds[0], seeds[len(seeds)-1]
	if slices.IsSorted(seeds) && last-first == int64(len(seeds)-1) {
		return fmt.Sprintf("%d to %d", first, last)
	}
	words := make([]string, len(seeds))
	for i, s := range seeds {
		words[i] = fmt.Sprint(s)
	}
	return strings.Join(words, ", ")
}
