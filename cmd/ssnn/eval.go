package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"unicode/utf8"

	"ssnn/recipes"
	"ssnn/report"
	"ssnn/train"
)

type evalCommand struct {
	testedModel
	JSON bool `name:"json" help:"Print one line of JSON instead of text."`
	bitsFlag
	choiceFlags
}

// testedModel is a model and the split of recordings that it is tested on.
type testedModel struct {
	Model string `arg:"" help:"Trained model: a model.safetensors, a checkpoint, or the folder of a run."`
	Data  string `help:"Folder with the recordings to use, in any layout that ssnn data list shows (default: those that the model was trained with)." placeholder:"DIR"`
	Split string `help:"Recordings to test on: Test, Train, or HeldOut, which are those that split.held_out kept out of the training." enum:"Test,Train,HeldOut" default:"Test"`
	Cache string `help:"Folder that caches frames, as in ssnn train." placeholder:"DIR"`
	skipFlag
	unpackFlag
	threadsFlag
	unverifiedFlag
}

// open opens the model, whose recipe then names the recordings that are asked for.
func (t *testedModel) open(c console, machine recipes.Machine) (*recipes.Model, error) {
	m, err := openModel(c, machine, t.Model)
	if err != nil {
		return nil, err
	}
	m.Recipe = m.Recipe.On(t.Data)
	t.skipFlag.apply(&m.Recipe.Events)
	t.unpackFlag.apply(&m.Recipe.Events)
	return m, nil
}

// Run is called by kong.
func (e *evalCommand) Run(c console) error {
	threads, err := e.count()
	if err != nil {
		return err
	}
	if e.Exit {
		return e.runExits(c, threads)
	}
	if e.Save != "" || e.EveryStep || e.Beside != "" {
		return usageError{errors.New("--save, --every-step and --beside need --exit, which is " +
			"not given")}
	}
	machine := e.on(c.machine(threads, e.Cache))
	m, err := e.open(c, machine)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Net.Quantise(e.Bits); err != nil {
		return err
	}
	result, err := machine.Test(m, e.Split)
	if err != nil {
		return anotherCamera(err)
	}
	printNotes(c, result.Set.Notes)
	tested := newTested(result.Evaluation, m.Classes)
	if e.JSON {
		return json.NewEncoder(c.out).Encode(tested)
	}
	return tested.print(c, m.Classes)
}

// tested is an evaluation with 95 % intervals: Wilson's of the accuracy, and Price and Bonett's of
// the accuracy balanced by class.
type tested struct {
	Samples      int           `json:"samples"`
	Accuracy     float64       `json:"accuracy"`
	Low          float64       `json:"low"` // of the accuracy
	High         float64       `json:"high"`
	Balanced     float64       `json:"balanced_accuracy"`
	BalancedLow  float64       `json:"balanced_low"`
	BalancedHigh float64       `json:"balanced_high"`
	Loss         float64       `json:"loss"`
	Classes      []testedClass `json:"classes"` // that occur
	Confusion    [][]int       `json:"confusion"`
}

type testedClass struct {
	Class    string  `json:"class"`
	Samples  int     `json:"samples"`
	Accuracy float64 `json:"accuracy"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

func newTested(e train.Evaluation, classes []string) *tested {
	t := &tested{Samples: e.Samples, Accuracy: e.Accuracy, Balanced: e.Balanced, Loss: e.Loss,
		Confusion: e.Confusion}
	t.Low, t.High = report.Wilson(e.Hits(), e.Samples)
	t.BalancedLow, t.BalancedHigh = report.BalancedInterval(e)
	for i, row := range e.Confusion {
		c := testedClass{Class: classes[i]}
		for _, n := range row {
			c.Samples += n
		}
		if c.Samples == 0 {
			continue
		}
		c.Accuracy = float64(row[i]) / float64(c.Samples)
		c.Low, c.High = report.Wilson(row[i], c.Samples)
		t.Classes = append(t.Classes, c)
	}
	return t
}

func (t *tested) print(c console, classes []string) error {
	fmt.Fprintf(c.out, "accuracy %.2f %% of %d recordings (95 %% interval %.1f to %.1f), "+
		"balanced by class %.2f %% (%.1f to %.1f), loss %.4f\n",
		100*t.Accuracy, t.Samples, 100*t.Low, 100*t.High, 100*t.Balanced, 100*t.BalancedLow,
		100*t.BalancedHigh, t.Loss)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "class\trecordings\taccuracy\t95 % interval\t")
	for _, k := range t.Classes {
		fmt.Fprintf(w, "%s\t%d\t%.1f %%\t%.1f to %.1f\t\n", k.Class, k.Samples, 100*k.Accuracy,
			100*k.Low, 100*k.High)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return printConfusion(c, classes, t.Confusion)
}

// widestByName is the width, in characters, up to which a confusion matrix has the names of the
// classes above its columns. A wider one has their numbers there, and beside the names of its rows.
const widestByName = 100

// printConfusion prints a row for each class: how many of its recordings were taken for each class.
// A point stands for none.
func printConfusion(c console, classes []string, confusion [][]int) error {
	rows, heads, note := classes, classes, "rows: class, columns: answer"
	wide := 3 // characters of a column: those of the largest number and a space
	for _, row := range confusion {
		for _, n := range row {
			wide = max(wide, len(strconv.Itoa(n))+1)
		}
	}
	if lineWidth(rows, heads, wide) > widestByName {
		rows, heads = make([]string, len(classes)), make([]string, len(classes))
		for i, name := range classes {
			heads[i] = strconv.Itoa(i + 1)
			rows[i] = name + " " + heads[i]
		}
		note += ", by the number of its class"
	}
	names := widest(rows)
	fmt.Fprintf(c.out, "%*s", names, "")
	for _, head := range heads {
		fmt.Fprintf(c.out, "%*s", columnWidth(head, wide), head)
	}
	fmt.Fprintf(c.out, "  (%s)\n", note)
	for i, row := range confusion {
		fmt.Fprintf(c.out, "%*s", names, rows[i])
		for k, n := range row {
			text := strconv.Itoa(n)
			if n == 0 {
				text = "."
			}
			fmt.Fprintf(c.out, "%*s", columnWidth(heads[k], wide), text)
		}
		fmt.Fprintln(c.out)
	}
	return nil
}

// lineWidth is the width of a line of a confusion matrix, in characters.
func lineWidth(rows, heads []string, wide int) int {
	sum := widest(rows)
	for _, head := range heads {
		sum += columnWidth(head, wide)
	}
	return sum
}

// columnWidth is the width of a column below a head, of at least so many characters.
func columnWidth(head string, least int) int { return max(least, utf8.RuneCountInString(head)+1) }

// widest is the number of characters of the longest name and a space.
func widest(names []string) (most int) {
	for _, name := range names {
		most = max(most, utf8.RuneCountInString(name)+1)
	}
	return most
}
