package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"ssnn/report"
)

// timing is the result of a benchmark.
type timing struct {
	What       string    `json:"bench"`
	Model      string    `json:"model"`
	Timesteps  []int     `json:"timesteps"`
	Batch      int       `json:"batch"`
	Threads    int       `json:"threads"`
	Runs       int       `json:"runs"`
	Median     float64   `json:"median_s"`
	Mean       float64   `json:"mean_s"`
	Min        float64   `json:"min_s"`
	P99        float64   `json:"p99_s"`
	Tail       float64   `json:"p99_over_median"`
	CPU        float64   `json:"cpu_s"` // median over runs, of all threads; 0: unknown
	Throughput float64   `json:"samples_per_s"`
	PeakRSS    float64   `json:"peak_rss_mib"` // of the process; 0 where the system does not say
	Density    []float64 `json:"density"`      // of the input of each convolution, in order
	Control    *evenness `json:"control,omitempty"`
	Profile    []cost    `json:"profile,omitempty"`
}

// evenness describes the spread of the times of a control.
type evenness struct {
	Median float64 `json:"median_s"`
	P99    float64 `json:"p99_s"`
	Tail   float64 `json:"p99_over_median"`
}

// cost is the time of one kind of work on one layer in a run.
type cost struct {
	Layer   string  `json:"layer"`
	Kind    string  `json:"kind"`
	Seconds float64 `json:"s"`
	GMACs   float64 `json:"gmac_per_s"` // as if dense; 0 where the work is no convolution
	GBs     float64 `json:"gb_per_s"`   // of inputs and outputs, each once
	Density float64 `json:"density"`
}

// turn is the number of runs before the control has its turn. There are so many that the first run
// after a turn, which finds other values in the caches, does not change the 99th percentile.
const turn = 500

// measure times the runs, and as many runs of the control in between, unless that is nil.
func (r *timing) measure(work func(), beside *control) {
	var times, others, cpu []float64
	measured := func() {
		begin := cpuTime()
		work()
		cpu = append(cpu, cpuTime()-begin)
	}
	for len(times) < r.Runs {
		n := min(turn, r.Runs-len(times))
		times = append(times, timed(n, measured)...)
		if beside != nil {
			others = append(others, timed(n, beside.Run)...)
		}
	}
	for _, t := range times {
		r.Mean += t / float64(r.Runs)
	}
	r.Median, r.Min, r.P99 = report.Median(times), times[0], p99(times)
	r.Tail, r.CPU = r.P99/r.Median, report.Median(cpu)
	r.Throughput = float64(r.Batch) / r.Median
	if beside != nil {
		r.Control = &evenness{Median: report.Median(others), P99: p99(others)}
		r.Control.Tail = r.Control.P99 / r.Control.Median
	}
}

// write prints the result as text.
func (r *timing) write(out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s %v, batch %d, %d threads: median %.4g s, least %.4g s, "+
		"99 %% within %.4g s (%.2f medians), %.4g s of all threads' CPUs, "+
		"%.4g samples/s, at most %.0f MiB\ndensity of the convolutions' inputs: %v\n",
		r.What, r.Model, r.Timesteps, r.Batch, r.Threads, r.Median, r.Min, r.P99, r.Tail, r.CPU,
		r.Throughput, r.PeakRSS, r.Density)
	if k := r.Control; k != nil {
		fmt.Fprintf(&text, "control: additions of the same length: median %.4g s, 99 %% within "+
			"%.4g s (%.2f medians)\n", k.Median, k.P99, k.Tail)
	}
	if len(r.Profile) > 0 {
		r.writeProfile(&text)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// writeProfile prints a table of the costs.
func (r *timing) writeProfile(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layer\tkind\tms a run\tshare\tGMAC/s\tGB/s\tdensity\t")
	other := r.Mean // the costs are means too
	for _, k := range r.Profile {
		other -= k.Seconds
		macs, density := "", ""
		if k.GMACs > 0 {
			macs, density = fmt.Sprintf("%.0f", k.GMACs), fmt.Sprintf("%.1f %%", 100*k.Density)
		}
		fmt.Fprintf(w, "%s\t%s\t%.2f\t%.1f %%\t%s\t%.1f\t%s\t\n", k.Layer, k.Kind, 1e3*k.Seconds,
			100*k.Seconds/r.Mean, macs, k.GBs, density)
	}
	fmt.Fprintf(w, "\tother\t%.2f\t%.1f %%\t\t\t\t\n", 1e3*other, 100*other/r.Mean)
	w.Flush()
}

// timed returns the time of each of so many calls, in s.
func timed(calls int, call func()) []float64 {
	times := make([]float64, calls)
	for i := range times {
		start := time.Now()
		call()
		times[i] = time.Since(start).Seconds()
	}
	return times
}

// p99 returns the time within which 99 % of the sorted times are.
func p99(times []float64) float64 { return times[min(len(times)-1, len(times)*99/100)] }
