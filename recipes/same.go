package recipes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ssnn/dataset"
	"ssnn/infer"
	"ssnn/internal/plainjson"
	"ssnn/safetensors"
	"ssnn/snn"
)

// A run goes on only with what it was begun with: the recipe, the classes in their order, and the
// recordings. Its checkpoint says them, under the keys of a model and under this one.
const recordingsKey = "recordings"

// recordings are those of the splits.
type recordings struct {
	Train   dataset.Recordings `json:"train"`
	Test    dataset.Recordings `json:"test"`
	HeldOut dataset.Recordings `json:"held_out,omitzero"` // of earlier versions: not said
}

// Changes says in which keys a recipe differs from what it was, with both values; "" in none. A
// model and its stages written out are the same.
func Changes(was, is Recipe) string {
	was, is = was.absolute(), is.absolute() // earlier versions wrote paths as they were given
	if len(Differences(was.writtenOut(), is.writtenOut())) == 0 {
		return ""
	}
	var differ []string
	for _, d := range Differences(was, is) {
		differ = append(differ, fmt.Sprintf("%s was %s and is %s now", d.Key,
			cmp.Or(d.A, "not said"), cmp.Or(d.B, "not said")))
	}
	return strings.Join(differ, ", ")
}

// sameClasses is an error where the recordings have other classes than the checkpoint's network,
// which it names.
func sameClasses(checkpoint *safetensors.File, is []string) error {
	var was []string
	if err := plainjson.Unmarshal([]byte(checkpoint.Metadata[infer.ClassesKey]), &was); err != nil {
		return fmt.Errorf("%q in its metadata: want a list of names: %w", infer.ClassesKey, err)
	}
	if slices.Equal(was, is) {
		return nil
	}
	var differ []string
	for _, name := range is {
		if !slices.Contains(was, name) {
			differ = append(differ, fmt.Sprintf("%q is new", name))
		}
	}
	for _, name := range was {
		if !slices.Contains(is, name) {
			differ = append(differ, fmt.Sprintf("%q is missing", name))
		}
	}
	if differ == nil {
		differ = []string{fmt.Sprintf("in another order, %q and not %q", is, was)}
	}
	return fmt.Errorf("the recordings have other classes than the run: %s; want %d, %s",
		strings.Join(differ, ", "), len(was), strings.Join(was, ", "))
}

// sameRecordings is an error where the recordings are others than the checkpoint's, and says so of
// each split. A checkpoint of an earlier version does not say which it had, which is a note.
func sameRecordings(checkpoint *safetensors.File, is recordings) (note string, err error) {
	text, ok := checkpoint.Metadata[recordingsKey]
	if !ok {
		return "the checkpoint, of an earlier version, does not say which recordings it was " +
			"trained on: they are not compared", nil
	}
	var was recordings
	if err := plainjson.Unmarshal([]byte(text), &was); err != nil {
		return "", fmt.Errorf("%q in its metadata: %w", recordingsKey, err)
	}
	var differ []string
	for _, split := range []struct {
		of      string
		was, is dataset.Recordings
	}{{"train", was.Train, is.Train}, {"test", was.Test, is.Test},
		{"be held out", was.HeldOut, is.HeldOut}} {
		switch a, b := split.was.String(), split.is.String(); {
		case split.was == split.is, split.was == dataset.Recordings{}:
		case a != b:
			differ = append(differ, fmt.Sprintf("to %s there were %s and are %s now",
				split.of, a, b))
		default:
			differ = append(differ, fmt.Sprintf("to %s there are %s as before, "+
				"but of other names, sizes or order", split.of, b))
		}
	}
	if differ == nil {
		return "", nil
	}
	return "", fmt.Errorf("the run has other recordings: %s", strings.Join(differ, "; "))
}

// sameShape is an error where a checkpoint's network is not for the frames and classes of a run.
func sameShape(net snn.Config, run snn.Config) error {
	if net.Classes == run.Classes && net.InChannels == run.InChannels && net.Height == run.Height &&
		net.Width == run.Width && slices.Equal(net.T, run.T) {
		return nil
	}
	say := func(c snn.Config) string {
		return fmt.Sprintf("timesteps %v, %d channels of %dx%d pixels, %d classes",
			c.T, c.InChannels, c.Width, c.Height, c.Classes)
	}
	return fmt.Errorf("its network is for %s, want %s", say(net), say(run))
}
