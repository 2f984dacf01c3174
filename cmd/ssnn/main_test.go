package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestExitCodes(t *testing.T) {
	for line, want := range map[string]int{
		"--help":                         0,
		"--version":                      0,
		"events --help":                  0,
		"":                               2,
		"paint":                          2,
		"train --fast":                   2,
		"train --set train.rate=1":       2,
		"train --set train":              2,
		"train --resume":                 2,
		"train --threads=-1":             2,
		"eval":                           2,
		"eval m.safetensors --split All": 2,
		"events f --sensor big":          2,
		"stream m.safetensors":           2,
		"stream ../../infer/testdata/nmnist.safetensors http://x":      2,
		"stream m.safetensors a --full some":                           2,
		"stream m.safetensors a --split big":                           2,
		"stream nope.safetensors a.bin":                                1,
		"serve":                                                        2,
		"serve ../../infer/testdata/nmnist.safetensors --waiting=-1":   2,
		"serve ../../infer/testdata/nmnist.safetensors --receive soon": 2,
		"serve nope.safetensors":                                       1,
		"bench swim":                                                   2,
		"bench infer --model vgg":                                      2,
		"bench infer --batch 0":                                        2,
		"bench infer --timesteps 1,2,3,4,5":                            2,
		"bench train --bits 16":                                        2,
		"train nope.toml":                                              1,
		"train --data nope":                                            1,
		"eval nope.safetensors":                                        1,
		"predict nope.safetensors a.bin":                               1,
		"events nope.bin":                                              1,
		"events nope.bin --json":                                       1,
		"bench infer --model x.safetensors":                            1,
		"train --resume --out testdata":                                1,
		"train --set network.timesteps=[8]x":                           2,
		"reproduce ablation --set network.timesteps=[5]":               2,
		"predict ../../infer/testdata/nmnist.safetensors " +
			"../../testdata/recordings/nmnist-7-60001.bin --exits=": 2,
		"train --data= --epochs 1":                                    2,
		"eval ../../infer/testdata/nmnist.safetensors --exit --save=": 2,
	} {
		var out, errs bytes.Buffer
		if got := run(strings.Fields(line), console{out: &out, err: &errs}); got != want {
			t.Errorf("ssnn %s: exit code %d, want %d: %s", line, got, want, errs.String())
		}
		if want != 0 && strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("ssnn %s: want one line of error, got %q", line, errs.String())
		}
		if want == 0 && (out.Len() == 0 || errs.Len() > 0) {
			t.Errorf("ssnn %s: printed %d bytes and the error %q", line, out.Len(), errs.String())
		}
	}
}

// full is a device without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// What could not be printed is an error of the command, whether it asks or not.
func TestPrintedInVain(t *testing.T) {
	for _, line := range []string{
		"--help", "help train", "version", "recipe list", "recipe list --json",
		"recipe keys --json",
		"events ../../testdata/recordings/nmnist-7-60001.bin", "data list",
		"predict ../../infer/testdata/nmnist.safetensors " +
			"../../testdata/recordings/nmnist-7-60001.bin --json",
	} {
		var errs bytes.Buffer
		if code := run(strings.Fields(line), console{out: full{}, err: &errs}); code != 1 ||
			strings.Count(errs.String(), "no space left on device") != 1 {

			t.Errorf("ssnn %s: exit code %d, %q", line, code, errs.String())
		}
	}
}

func TestInterruptedIsCode130(t *testing.T) {
	var errs bytes.Buffer
	err := fmt.Errorf("wrapped: %w", interruptedError{"run"})
	if code := fail(err, console{out: nil, err: &errs}, false); code != 130 ||
		!strings.Contains(errs.String(), "--resume --out run") {

		t.Errorf("exit code %d, %q", code, errs.String())
	}
	if code := fail(errors.New("x"), console{out: nil, err: &errs}, true); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}
