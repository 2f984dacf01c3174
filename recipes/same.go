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

// recordingsKey, in the metadata of a checkpoint, has the recordings of the run. A run goes on only
// with the recipe, the classes in their order, and the recordings that it was begun with; the first
// two are under the keys of a model.
const recordingsKey = "recordings"

// recordings identify the recordings of each split.
type recordings struct {
	Train   dataset.Recordings `json:"train"`
	Test    dataset.Recordings `json:"test"`
	HeldOut dataset.Recordings `json:"held_out,omitzero"` // earlier versions left it out
}

// Changes says in words in which keys a recipe differs from what it was, with both values. It is
// empty if they do not differ; a model and its stages written out are the same.
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

// sameClasses returns an error if the recordings have other classes than the checkpoint's network.
// It names the difference.
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
		differ = []string{fmt.Sprintf("they are in another order, %q instead of %q", is, was)}
	}
	return fmt.Errorf("the recordings have other classes than the run: %s; want the run's %d: %s",
		strings.Join(differ, ", "), len(was), strings.Join(was, ", "))
}

// sameRecordings returns an error if the recordings are not the checkpoint's. It names the
// difference in each split. A checkpoint of an earlier version does not say which recordings it
// had; then there is a note instead.
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
			differ = append(differ, fmt.Sprintf("to %s there were %s, and now there are %s",
				split.of, a, b))
		default:
			differ = append(differ, fmt.Sprintf("to %s there are %s as before, "+
				"but with other names, sizes or order", split.of, b))
		}
	}
	if differ == nil {
		return "", nil
	}
	return "", fmt.Errorf("the run has other recordings: %s", strings.Join(differ, "; "))
}

// sameShape returns an error if a checkpoint's network is not for the frames and classes of a run.
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
