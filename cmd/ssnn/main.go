// Ssnn trains spiking neural networks on recordings of event cameras and runs them.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"ssnn/events"
	"ssnn/recipes"
	"ssnn/serve"
	"ssnn/snn"
	"ssnn/stream"
)

// commands are the subcommands, a file each.
type commands struct {
	Train       trainCommand       `cmd:"" help:"Train a network; with nothing else given, an SSNN on the recordings that come with the program."`
	Eval        evalCommand        `cmd:"" help:"Test a trained network on labelled recordings."`
	Predict     predictCommand     `cmd:"" help:"Recognise recordings."`
	Events      eventsCommand      `cmd:"" help:"Say what is in a recording."`
	View        viewCommand        `cmd:"" help:"Make pictures of a recording."`
	Recalibrate recalibrateCommand `cmd:"" help:"Make a model for other timesteps out of a network that was trained for many plans."`
	Stream      streamCommand      `cmd:"" help:"Recognise what comes from a camera or a recording, window by window, while it comes."`
	Serve       serveCommand       `cmd:"" help:"Recognise recordings and frames that come over HTTP."`
	Convert     convertCommand     `cmd:"" help:"Write a recording in another format."`
	Import      importCommand      `cmd:"" help:"Make a model of a PyTorch checkpoint or a NIR graph."`
	Export      exportCommand      `cmd:"" help:"Write a model as ONNX or NIR, for other programs."`
	Data        dataCommand        `cmd:"" help:"List and get sets of recordings."`
	Reproduce   reproduceCommand   `cmd:"" help:"Run an experiment: its variants for several seeds, and tables and plots of what came out."`
	Recipe      recipeCommand      `cmd:"" help:"List, show and begin recipes, and explain their keys."`
	Search      searchCommand      `cmd:"" help:"Find the stages and timesteps of a network that recognise best within a latency measured here."`
	Compare     compareCommand     `cmd:"" help:"Say what differs between runs, in their recipes and answers, and whether it is more than chance."`
	Watch       watchCommand       `cmd:"" help:"Follow runs on a page while they train: curves, firing rates, what is answered wrong."`
	Report      reportCommand      `cmd:"" help:"Make a page of what came out of a run: curves, answers, firing, gradients, energy."`
	Web         webCommand         `cmd:"" help:"Write a page that recognises recordings in the browser, with a model and examples."`
	Worker      workerCommand      `cmd:"" hidden:"" help:"Answer the calls of another program over standard input and output, as the Python package has it."`
	Bench       benchCommand       `cmd:"" help:"Time a network, or measure it by the definitions of NeuroBench."`
	Version     versionCommand     `cmd:"" help:"Say which version this is, what it was built with, and which kernels this CPU runs."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print the version."`
}

// console is where a command writes.
type console struct {
	out, err io.Writer
	skips    *recipes.Skips // of all recordings that a command reads; told once, at its end
}

// machine is what the command reads and computes with.
func (c console) machine(threads int, cache string) recipes.Machine {
	return recipes.Machine{Open: openSet, Threads: threads, Cache: cache, Skips: c.skips}
}

// usageError is a mistake on the command line.
type usageError struct{ error }

func main() { os.Exit(run(os.Args[1:], console{out: os.Stdout, err: os.Stderr})) }

// newParser is what understands command lines. It calls exit behind --help and --version.
func newParser(all *commands, c console, exit func(code int)) *kong.Kong {
	parser, err := kong.New(all, append(timeMappers(),
		kong.ValueFormatter(helpWithDefault),
		kong.Name("ssnn"),
		kong.Description(about+"\n\n"+exitCodes),
		kong.Vars{
			"version": version(), "models": strings.Join(snn.ModelNames(), ", "),
			"sources": stream.Sources, "queue": strconv.Itoa(stream.DefaultQueue),
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

// What the help says above the commands.
const (
	about     = "Spiking neural networks on event-camera recordings."
	exitCodes = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
)

// run carries out a command line and returns the exit code: 0, 1 for an error, 2 for a mistake on
// the command line.
func run(args []string, c console) (code int) {
	var all commands
	exit := -1
	parser := newParser(&all, c, func(code int) { exit = code })
	k, err := parser.Parse(args)
	if exit >= 0 { // --help, --version
		return exit
	}
	if err == nil {
		err = noneEmpty(k)
	}
	if err != nil {
		err = usageError{fmt.Errorf("%w; see ssnn --help", err)}
	} else {
		c.skips = new(recipes.Skips)
		err = k.Run(c)
		if n := c.skips.Sum(); n > 0 {
			printNotes(c, []string{events.SkippedNote(n)})
		}
	}
	return fail(err, c, wantsJSON(args))
}

// helpWithDefault is the help of a flag or an argument, with its default where neither it nor the
// usage line has that.
func helpWithDefault(v *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(v)
	shown := v.Flag != nil && v.Flag.PlaceHolder == "" // kong then shows the default in its place
	if !v.HasDefault || v.Default == "" || shown || strings.Contains(help, "default") {
		return help
	}
	end := strings.TrimSuffix(help, ".")
	return fmt.Sprintf("%s (default: %s).", end, v.Default)
}

// noneEmpty refuses flags that are given an empty text, as of a variable that is not set: they
// would count as not given.
func noneEmpty(k *kong.Context) error {
	for _, p := range k.Path {
		if f := p.Flag; f != nil && f.Target.Kind() == reflect.String && f.Target.Len() == 0 {
			return fmt.Errorf("--%s is empty", f.Name)
		}
	}
	return nil
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
	if asJSON {
		json.NewEncoder(c.err).Encode(map[string]string{"error": err.Error()})
	} else {
		fmt.Fprintln(c.err, "ssnn:", printable(err.Error()))
	}
	return code
}

// wantsJSON is asked before the command line is understood, so that even what is wrong with it is
// said in JSON.
func wantsJSON(args []string) bool {
	for _, a := range args {
		if a == "--json" {
			return true
		}
	}
	return false
}
