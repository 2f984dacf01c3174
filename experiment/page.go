package experiment

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"ssnn/internal/atomicfile"
)

// Write writes the tables and plots to the grid's folder. The command line is said in the page, so that it can be repeated.
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
		fmt.Fprintf(w, "Mean ± standard deviation (seeds); the interval is Student's of the mean. Test accuracy is that after the last epoch. Energy is an estimate\n"+
			"for a recording: the additions and multiplications that its inputs cause, at 45 nm (Horowitz, ISSCC 2014), without memory and early\n"+
			"classifiers, on up to 64 test recordings, as ssnn report says it. Training is the time that a run took when it was made; this command makes %d at once, on %d thread(s) each.\n\n", g.Jobs, g.Machine.Threads)
		if further != "" {
			fmt.Fprintf(w, "Seeds 0 to %d; %s.\n\n", g.Seeds-1, further)
		}
		if err := g.WriteTables(w, rows); err != nil {
			return err
		}
		for _, f := range figures {
			fmt.Fprintf(w, "![%s](%s.svg)\n\n", strings.ReplaceAll(f.Name, "-", " "), f.Name)
		}
		_, err := io.WriteString(w, "In plots of accuracies a ring is a seed, the dot their mean, the line its 95 % interval, the diamond what was published.\n")
		return err
	})
}
