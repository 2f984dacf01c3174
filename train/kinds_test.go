package train

import (
	"encoding"
	"testing"
)

// Words are read as what they are written for, and another word is refused with those that there
// are.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		words []string
		value interface {
			encoding.TextMarshaler
			encoding.TextUnmarshaler
		}
		want string
	}{
		{losses.Words, new(LossKind), `train.loss is "mse", want mean or tet`},
		{distillations.Words, new(Distillation),
			`train.distill is "mse", want s2w, w2s or nothing`},
		{optimisers.Words, new(OptimiserKind), `train.optimiser is "mse", want sgd, adam or adamw`},
		{schedules.Words, new(ScheduleKind),
			`train.schedule is "mse", want cosine, step or constant`},
		{samplings.Words, new(Sampling), `train.sampling is "mse", want shuffle or balanced`},
		{keeps.Words, new(Keep), `train.keep is "mse", want last or best`},
	} {
		for _, word := range c.words {
			err := c.value.UnmarshalText([]byte(word))
			if text, _ := c.value.MarshalText(); err != nil || string(text) != word {
				t.Errorf("%q is %q, %v", word, text, err)
			}
		}
		if err := c.value.UnmarshalText([]byte("mse")); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}
