// Ssnn trains spiking neural networks on recordings of event cameras and runs them.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"ssnn/events"
	"ssnn/internal/regular"
	"ssnn/recipes"
	"ssnn/serve"
	"ssnn/snn"
	"ssnn/stream"
)

// commands has the subcommands, each in a file of its own.
type commands struct {
	Train       trainCommand       `cmd:"" help:"Train a network. Without arguments this carries out the recipe nmnist-1k, on the recordings that come with the program."`
	Eval        evalCommand        `cmd:"" help:"Test a trained network on labelled recordings."`
	Predict     predictCommand     `cmd:"" help:"Recognise recordings: print the class of each, with its scores."`
	Events      eventsCommand      `cmd:"" help:"Print what a recording contains: format, sensor, number of events, times and rates."`
	View        viewCommand        `cmd:"" help:"Draw a recording, as a picture or an animation."`
	Recalibrate recalibrateCommand `cmd:"" help:"Make a model with other timesteps from a network that was trained for several plans (network.plans)."`
	Stream      streamCommand      `cmd:"" help:"Recognise a stream of events from a camera or a recording, window by window, while it arrives."`
	Serve       serveCommand       `cmd:"" help:"Serve a model over HTTP, which recognises recordings and frames."`
	Convert     convertCommand     `cmd:"" help:"Write a recording in another format, or as frames."`
	Import      importCommand      `cmd:"" help:"Make a model from a PyTorch checkpoint or a NIR graph."`
	Export      exportCommand      `cmd:"" help:"Write a model as ONNX or NIR for other programs."`
	Data        dataCommand        `cmd:"" help:"List, download, show, cut and simulate sets of recordings."`
	Reproduce   reproduceCommand   `cmd:"" help:"Run an experiment: train its variants with several seeds, and write tables and plots of the results."`
	Recipe      recipeCommand      `cmd:"" help:"List, print and create recipes, and explain their keys."`
	Search      searchCommand      `cmd:"" help:"Search for the stages and timesteps that give the best accuracy within a latency, measured on this machine, or an energy."`
	Compare     compareCommand     `cmd:"" help:"Compare runs: how their recipes and answers differ, and whether the difference is larger than chance."`
	Watch       watchCommand       `cmd:"" help:"Serve a page that follows runs while they train: curves, firing rates and wrong answers."`
	Report      reportCommand      `cmd:"" help:"Write a page about the results of runs: curves, answers, firing rates, gradients and energy."`
	Web         webCommand         `cmd:"" help:"Write a page that recognises recordings in the browser, with a model and example recordings."`
	Worker      workerCommand      `cmd:"" hidden:"" help:"Answer the calls of another program over standard input and output, as the Python package does."`
	Bench       benchCommand       `cmd:"" help:"Measure how fast a network is, or measure it by the metrics of NeuroBench."`
	Version     versionCommand     `cmd:"" help:"Print the version, what it was built with, and which kernels it uses on this CPU."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print the version."`
}

// console has the streams that a command writes to.
type console struct {
	out, err io.Writer
	skips    *recipes.Skips // of all recordings that a command reads; told once, at its end
}

// machine returns the means by which the command reads and computes.
func (c console) machine(threads int, cache string) recipes.Machine {
	return recipes.Machine{Open: openSet, Threads: threads, Cache: cache, Skips: c.skips}
}

// usageError is a mistake on the command line.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

func main() { os.Exit(run(os.Args[1:], console{out: os.Stdout, err: os.Stderr})) }

// newParser makes the parser of command lines. It calls exit after --help and --version.
func newParser(all *commands, c console, exit func(code int)) *kong.Kong {
	parser, err := kong.New(all, append(mappers(),
		kong.ValueFormatter(helpWithDefault),
		kong.Name("ssnn"),
		kong.Description(about+"\n\n"+exitCodes+"\n\n"+forJSON),
		kong.Vars{
			"version": version(), "models": strings.Join(snn.ModelNames(), ", "),
			"writable": events.WritableAs(),
			"sources":  stream.Sources, "queue": strconv.Itoa(stream.DefaultQueue),
			"waiting":     strconv.Itoa(serve.DefaultWaiting),
			"connections": strconv.Itoa(serve.DefaultConnections),
			"body":        strconv.Itoa(serve.DefaultBody >> 20),
			"events":      strconv.Itoa(serve.DefaultEvents),
			"receive":     serve.DefaultReceive.String(), "answer": serve.DefaultAnswer.String(),
		},
		kong.Writers(c.out, c.err),
		kong.Exit(exit),
		kong.UsageOnError(),
	)...)
	if err != nil {
		panic(err) // a fault in the declaration of the commands
	}
	return parser
}

// The text of the help above the commands.
const (
	about     = "Spiking neural networks on event-camera recordings."
	exitCodes = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
	forJSON   = "With --json a command prints JSON on standard output, and its errors as JSON too."
)

// run carries out a command line and returns the exit code: 0, 1 for an error, 2 for a mistake on
// the command line.
func run(args []string, c console) (code int) {
	printed := &output{to: c.out}
	c.out = printed
	var all commands
	exit := -1
	parser := newParser(&all, c, func(code int) { exit = code })
	if len(args) > 0 && args[0] == "help" { // ssnn help COMMAND is ssnn COMMAND --help
		args = append(slices.Clone(args[1:]), "--help")
	}
	k, err := parser.Parse(args)
	if err == nil && exit < 0 {
		err = noneEmpty(k)
	}
	switch {
	case exit >= 0, printed.failed() != nil: // --help, --version
		err = nil
	case err != nil:
		err = usageError{fmt.Errorf("%w; see %s --help", err, commandOf(k, err))}
	default:
		c.skips = new(recipes.Skips)
		err = dataFlag(k, k.Run(c))
		if n := c.skips.Sum(); n > 0 {
			printNotes(c, []string{events.SkippedNote(n)})
		}
	}
	if err == nil {
		err = printed.failed()
	}
	return fail(err, c, wantsJSON(args))
}

// commandOf returns the command that a line with a mistake names, for its help.
func commandOf(k *kong.Context, err error) string {
	if wrong, ok := errors.AsType[*kong.ParseError](err); ok {
		k = wrong.Context
	}
	if k == nil || k.Selected() == nil {
		return "ssnn"
	}
	return "ssnn " + k.Selected().Path()
}

// helpWithDefault returns the help of a flag or an argument, and adds its default if neither the
// help nor the usage line has it.
func helpWithDefault(v *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(v)
	shown := v.Flag != nil && v.Flag.PlaceHolder == "" // kong then shows the default in its place
	if !v.HasDefault || v.Default == "" || shown || strings.Contains(help, "default") {
		return help
	}
	end := strings.TrimSuffix(help, ".")
	return fmt.Sprintf("%s (default: %s).", end, v.Default)
}

// noneEmpty refuses flags whose value is an empty text, such as that of a variable that is not set.
// They would otherwise count as not given.
func noneEmpty(k *kong.Context) error {
	for _, p := range k.Path {
		if f := p.Flag; f != nil && f.Target.Kind() == reflect.String && f.Target.Len() == 0 {
			return fmt.Errorf("--%s is empty", f.Name)
		}
	}
	return nil
}

// both are two errors in one line, or the one of them that is not nil.
func both(err, more error) error {
	if err == nil || more == nil {
		return cmp.Or(err, more)
	}
	return fmt.Errorf("%w; and %w", err, more)
}

// fail prints an error in one line and returns the exit code.
func fail(err error, c console, asJSON bool) (code int) {
	var usage usageError
	var interrupted interruptedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		code = 2
	case errors.As(err, &interrupted):
		code = 130
	default:
		code = 1
	}
	var quiet quietError
	if errors.As(err, &quiet) {
		return code
	}
	if text := regular.Text(err); asJSON {
		json.NewEncoder(c.err).Encode(map[string]string{"error": text})
	} else {
		fmt.Fprintln(c.err, "ssnn:", printable(text))
	}
	return code
}

// wantsJSON reports whether the command line has --json. It is called before the line is parsed, so
// that even its mistakes are told in JSON.
func wantsJSON(args []string) bool {
	for _, a := range args {
		if a == "--json" {
			return true
		}
	}
	return false
}
