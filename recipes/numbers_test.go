package recipes

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ssnn/events"
	"ssnn/snn"
	"ssnn/train"
)

// extremes are numbers that a slip of the pen, a script or an attacker may write.
var extremes = []string{
	"nan", "inf", "-inf", "0", "1", "-1", "2", "0.5", "7", "65536", "65537",
	"1e-320", "1e-39", "1e-9", "1e6", "1e30", "1e39", "1.7e308", "-1.7e308",
	"0.9999999999999999", "2147483647", "2147483648", "4611686018427387904",
	"9223372036854775807", "-9223372036854775808",
}

// formsOf are the forms that a value of a key with numbers in it has, V being the number.
func formsOf(key string) []string {
	switch key {
	case "network.stages":
		return []string{
			`[["conv V"], ["conv 2"]]`, `[["conv 2", "maxpool V V V"], ["conv 2"]]`,
			`[["conv 2", "maxpool 3 V 1"], ["conv 2"]]`, `[["block 2 V"], ["mlp V"]]`,
			`[["conv 2", "attention V"], ["linear V"]]`, `[["conv 2", "avgpool V"], ["sew V 1"]]`,
		}
	case "network.plans":
		return []string{"[[V, V]]", "[[3, V]]"}
	case "network.units":
		return []string{"[V, 7]"}
	case "network.timesteps", "network.lambdas", "train.class_weights", "train.stage_rates":
		return []string{"[V, V]"}
	case "network.layers":
		return []string{
			`["stages.0.0.lif tau=V"]`, `["stages.0.0.lif v_th=V"]`, `["stages.0.0.lif synapse=V"]`,
			`["stages.0.0.lif reset_amount=V"]`,
		}
	case "events.filter":
		return []string{`["background:us=V"]`, `["hot:us=V,deviations=V", "decimate:n=V"]`,
			`["region:x=V,y=V,width=9,height=9"]`, `["hot:pixels=VxV"]`}
	case "events.sensor", "frames.sensor", "frames.size":
		return []string{"VxV", "16xV"}
	case "frames.crop":
		return []string{"VxV+V+V", "VxV+1+1", "9x9+V+V"}
	}
	if k := kinds()[key]; k == reflect.Bool || k == reflect.String || words[key] {
		return nil
	}
	return []string{"V"}
}

// words are the keys whose values are numbers to the program and words to people.
var words = map[string]bool{
	"train.keep": true, "train.optimiser": true, "train.schedule": true, "train.loss": true,
	"train.distill": true, "train.sampling": true,
	"events.orientation": true, "events.invalid": true,
	"frames.split": true, "frames.values": true, "frames.polarity": true,
	"network.neuron": true, "network.reset": true, "network.surrogate": true,
	"network.transition": true,
	"network.early_form": true, "network.leak": true,
}

// settings make each key count in one of them at least.
var settings = []string{
	`early = true
	 lambdas = [0.5, 1.0]
	 [augment]
	 mixup = 0.2`,
	`neuron = "mlf"
	 levels = 2
	 reset = "soft"
	 detach_reset = false
	 surrogate = "tri"
	 plans = [[2, 1]]
	 [frames]
	 split = "fixed-count"
	 each = 50
	 overlap = 5
	 clip = 3
	 [augment]
	 shift = 1
	 rotate = 10.0
	 cutout = 2
	 jitter = 100.0
	 jitter_pixels = 1.0
	 mixup = 0.2
	 [train]
	 optimiser = "adam"
	 loss = "tet"
	 tet_lambda = 0.1
	 schedule = "step"
	 warmup_epochs = 0.5`,
	`neuron = "plif"
	 time_constant = 2.0
	 decay_input = true
	 surrogate = "sigmoid"
	 transition = "causal"
	 tt_bias = true
	 early = true
	 early_channels = 3
	 early_pool = "2"
	 early_form = "deep"
	 [frames]
	 split = "fixed-duration"
	 each = 50000
	 overlap = 100
	 values = "surface"
	 tau = 10000
	 crop = "20x20+5+5"
	 [augment]
	 flip = 0.5
	 reverse = 0.5
	 polarity_flip = 0.5
	 drop = 0.5
	 drop_time = 0.5
	 drop_area = 0.5
	 [split]
	 held_out = 0.1
	 [train]
	 optimiser = "adamw"
	 distill = "s2w"
	 weight_decay = 0.01
	 min_lr = 0.01
	 per_epoch = true`,
	`model = "vgg9"
	 width = 0.03
	 surrogate = "atan"
	 [frames]
	 values = "voxels"
	 polarity = "merged"
	 [augment]
	 drop = 0.5`,
}

// Whatever number a key of a recipe has, what comes of it is an error of one line, or a run that
// works: never a panic, a run that does not end, or memory out of all proportion.
func TestNumbers(t *testing.T) {
	files := numberFiles(t)
	worked, refused := map[string]int{}, map[string]int{}
	chosen := settings
	if testing.Short() {
		chosen = settings[:1]
	}
	for i, setting := range chosen {
		base, err := Parse("[network]\n" + numberStages(setting) + "timesteps = [3, 2]\n" + setting)
		if err != nil {
			t.Fatal(err)
		}
		base.Frames.Sensor = events.Size{Width: 34, Height: 34}
		base.Frames.Size = events.Size{Width: 16, Height: 16}
		base.Train.Batch, base.Train.Epochs = 2, 1
		if err := try(t, base, files, "nothing changed"); err != nil {
			t.Fatalf("setting %d: %v", i, err)
		}
		for _, key := range Keys() {
			for _, extreme := range extremes {
				for _, form := range formsOf(key) {
					what := key + " = " + strings.ReplaceAll(form, "V", extreme)
					r := base
					if key == "network.units" { // which cut a model
						n := &r.Network
						n.Model, n.Width, n.Stages = "vgg9", 0.02, nil
					}
					err := r.Set(what)
					if err == nil {
						err = try(t, r, files, what)
					}
					if err == nil {
						worked[key]++
						continue
					}
					refused[key+" "+extreme]++
					if text := err.Error(); text == "" || strings.Contains(text, "\n") {
						t.Errorf("setting %d, %s: error %q, want one line", i, what, text)
					}
				}
			}
		}
	}
	// The tests above would also pass if nothing worked, or if all of it did.
	for key, kind := range kinds() {
		if len(formsOf(key)) > 0 && worked[key] == 0 {
			t.Errorf("%s: none of the extremes is a run that works", key)
		}
		if kind != reflect.Float64 {
			continue
		}
		for _, extreme := range []string{"nan", "inf", "-inf", "-1.7e308"} {
			if refused[key+" "+extreme] != len(formsOf(key))*len(chosen) {
				t.Errorf("%s = %s is a run that works, want an error", key, extreme)
			}
		}
	}
}

// numberStages are the stages of a network that has no name.
func numberStages(setting string) string {
	if strings.Contains(setting, "model =") {
		return ""
	}
	return "stages = [[\"conv 2\", \"avgpool 2\"], [\"conv 3\"]]\n"
}

// numberFiles is a set of two classes of two recordings in either split.
func numberFiles(t testing.TB) fs.FS {
	files := fstest.MapFS{}
	for from, to := range map[string]string{"nmnist-0-00002.bin": "a", "nmnist-7-60001.bin": "b"} {
		data, err := os.ReadFile("../testdata/recordings/" + from)
		if err != nil {
			t.Fatal(err)
		}
		data = data[:len(data)/4/5*5]
		for _, split := range []string{"train", "test"} {
			for _, name := range []string{"1.bin", "2.bin"} {
				files[split+"/"+to+"/"+name] = &fstest.MapFile{Data: data}
			}
		}
	}
	return files
}

// try carries a recipe out for an epoch.
func try(t *testing.T, r Recipe, files fs.FS, what string) (err error) {
	watch := time.AfterFunc(time.Minute, func() { panic("no end after a minute: " + what) })
	defer watch.Stop()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v", what, p)
		}
	}()
	before := allocated()
	r.Dataset, r.Layout = "numbers", ""
	err = epoch(r, Machine{Open: func(string) (fs.FS, error) { return files, nil }, Threads: 1})
	if n := allocated() - before; n > 1<<30 {
		t.Errorf("%s: %d MiB allocated", what, n>>20)
	}
	return err
}

// epoch is the first epoch of a run, without its folder.
func epoch(r Recipe, m Machine) error {
	run := &Run{}
	defer run.free()
	listed, err := run.open(r, m, nil)
	if err != nil {
		return err
	}
	data, err := run.integrate(listed, m)
	if err != nil {
		return err
	}
	if large(run.Recipe.Network) {
		return nil
	}
	net, err := snn.New(run.Recipe.Network, uint64(r.Seed), m.Threads)
	if err != nil {
		return err
	}
	defer net.Close()
	t, err := train.New(run.Recipe.Train, net, data.train, data.test, uint64(r.Seed))
	if err != nil || t.Done() {
		return err
	}
	metrics, err := t.RunEpoch(context.Background(), func(train.Status) {})
	if err == nil {
		_, err = json.Marshal(metrics)
	}
	return err
}

// large says that a network is one that somebody might train, but not here: it would take long.
func large(c snn.Config) bool {
	most := c.Early.Channels
	for _, T := range append([][]int{c.T}, c.Plans...) {
		most = max(most, slices.Max(T), T[0]*c.Height*c.Width/1000)
	}
	for _, items := range c.Stages {
		for _, it := range items {
			most = max(most, slices.Max(append(it.Numbers(), 0)))
		}
	}
	return most > 100
}

// allocated is how many bytes were allocated until now.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// kinds are those of the values of the keys, of lists that of their elements.
func kinds() map[string]reflect.Kind {
	all := map[string]reflect.Kind{}
	for _, key := range Keys() {
		v := reflect.ValueOf(Default())
		for part := range strings.SplitSeq(key, ".") {
			v = byTag(v, part)
		}
		typ := v.Type()
		for typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		all[key] = typ.Kind()
	}
	return all
}

// byTag is the field of a struct that a recipe calls by a name.
func byTag(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("toml"), ","); tag == name {
			return v.Field(i)
		}
		if f.Anonymous {
			if found := byTag(v.Field(i), name); found.IsValid() {
				return found
			}
		}
	}
	if v.NumField() == 0 {
		panic(fmt.Sprint("no field ", name))
	}
	return reflect.Value{}
}
