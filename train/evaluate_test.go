package train_test

import (
	"testing"

	"ssnn/dataset"
	"ssnn/snn"
	"ssnn/train"
)

// askedOnce counts how often each label is asked for.
type askedOnce struct {
	stripes
	asked []int
}

func (c askedOnce) Label(i int, draw *dataset.Draw) dataset.Label {
	c.asked[i]++
	return c.stripes.Label(i, draw)
}

// Each label is asked for once, whatever the batches.
func TestEvaluateAsksForLabelsOnce(t *testing.T) {
	net, err := snn.New(stripesConfig(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	var first train.Evaluation
	for _, batch := range []int{1, 5, 7, 64} {
		s := askedOnce{stripes{stripesConfig(), 12}, make([]int, 12)}
		e, err := train.Evaluate(t.Context(), net, s, batch)
		if err != nil || e.Samples != 12 {
			t.Fatalf("batches of %d: %d samples, error %v", batch, e.Samples, err)
		}
		for i, n := range s.asked {
			if n != 1 {
				t.Errorf("batches of %d: label %d was asked for %d times", batch, i, n)
			}
		}
		if batch == 1 {
			first = e
		} else if e.Accuracy != first.Accuracy {
			t.Errorf("batches of %d: accuracy %v, want %v", batch, e.Accuracy, first.Accuracy)
		}
	}
}
