package search

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"ssnn/internal/names"
	"ssnn/report"
	"ssnn/snn"
	"ssnn/train"
)

// use is the latency and energy of inference of one recording, or a limit of them; then 0 stands
// for no limit.
type use struct {
	latency time.Duration
	energy  float64 // in J, as ssnn report estimates it
}

// keeps reports whether u is within the limits.
func (u use) keeps(limits use) bool {
	return (limits.latency == 0 || u.latency <= limits.latency) &&
		(limits.energy == 0 || u.energy <= limits.energy)
}

// excess returns the larger of the quotients of u and its limits.
func (u use) excess(limits use) (most float64) {
	if limits.latency > 0 {
		most = u.latency.Seconds() / limits.latency.Seconds()
	}
	if limits.energy > 0 {
		most = max(most, u.energy/limits.energy)
	}
	return most
}

// of writes the values of u that have a limit: "1.2ms", "14.8 uJ", or "1.2ms and 14.8 uJ".
func (u use) of(limits use) string {
	var words []string
	if limits.latency > 0 {
		shown := u.latency
		if u != limits {
			shown = shown.Round(time.Microsecond)
		}
		words = append(words, shown.String())
	}
	if limits.energy > 0 {
		words = append(words, fmt.Sprintf("%.4g uJ", 1e6*u.energy))
	}
	return strings.Join(words, " and ")
}

// costs predict the use of a cut.
type costs struct{ latency, energy *cost }

func (c costs) predict(p cut) use {
	seconds := c.latency.predict(p)
	return use{time.Duration(seconds * float64(time.Second)), c.energy.predict(p)}
}

func fitCosts(items []snn.Item, transitions []snn.Transition, of []cut, took []use) (
	c costs, err error) {

	if c.latency, err = fit(items, transitions, of, latencies(took)); err != nil {
		return c, fmt.Errorf("the latencies of %s do not determine what a layer costs: %w",
			names.Count(len(of), "cut"), err)
	}
	if c.energy, err = fit(items, transitions, of, energies(took)); err != nil {
		return c, fmt.Errorf("the energies of %s do not determine what a layer costs: %w",
			names.Count(len(of), "cut"), err)
	}
	return c, nil
}

// error returns the errors of the predictions of cuts in words, see off.
func (c costs) error(of []cut, took []use) string {
	var predicted []use
	for _, p := range of {
		predicted = append(predicted, c.predict(p))
	}
	return off(predicted, took)
}

// off returns the medians of the relative errors of predictions in words.
func off(predicted, took []use) string {
	return fmt.Sprintf("%.0f %% (latency) and %.0f %% (energy)",
		100*medianError(latencies(predicted), latencies(took)),
		100*medianError(energies(predicted), energies(took)))
}

func medianError(predicted, took []float64) float64 {
	var all []float64
	for i, v := range predicted {
		all = append(all, math.Abs(v/took[i]-1))
	}
	return report.Median(all)
}

func latencies(of []use) (all []float64) {
	for _, u := range of {
		all = append(all, u.latency.Seconds())
	}
	return all
}

func energies(of []use) (all []float64) {
	for _, u := range of {
		all = append(all, u.energy)
	}
	return all
}

// span returns words such as "1ms to 3ms and 10 to 20 uJ".
func span(of []use) string {
	all, joules := latencies(of), energies(of)
	duration := func(seconds float64) time.Duration {
		return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
	}
	return fmt.Sprintf("%v to %v and %.4g to %.4g uJ", duration(slices.Min(all)),
		duration(slices.Max(all)),
		1e6*slices.Min(joules), 1e6*slices.Max(joules))
}

// fresh returns the use of a network that is not trained. Its norms get the statistics of the
// recordings, so that its neurons fire.
func fresh(ctx context.Context, cfg snn.Config, seed uint64, samples train.Samples, threads int) (
	use, error) {

	net, err := snn.New(cfg, seed, threads)
	if err != nil {
		return use{}, err
	}
	defer net.Close()
	few := some{samples, shown}
	if err := train.Recalibrate(ctx, net, few, shown); err != nil {
		return use{}, err
	}
	return useOf(ctx, net, few, threads)
}

// useOf returns the use of a network on a few of the samples, which have as many frames as it
// needs.
func useOf(ctx context.Context, net *snn.Network, samples train.Samples, threads int) (
	u use, err error) {

	if u.latency, err = timed(net, samples, threads); err != nil {
		return u, err
	}
	e, err := report.MeasureEnergy(ctx, net, some{samples, counted})
	u.energy = e.Joules()
	return u, err
}
