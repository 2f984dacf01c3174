package train

import (
	"crypto/sha256"
	"fmt"

	"ssnn/internal/collective"
)

// same returns an error unless all members of the network's group have the same state to the bit:
// parameters, statistics, and the optimiser's slots. It costs a pass over these after each epoch.
func (t *Trainer) same() error {
	g := t.Net.Group()
	if g.Size() == 1 {
		return nil
	}
	digest := sha256.New()
	for _, p := range t.Net.Parameters() {
		digest.Write(collective.Bytes(p.Value))
	}
	for _, p := range t.Net.Statistics() {
		digest.Write(collective.Bytes(p.Value))
	}
	for _, s := range t.updates.Slots() {
		digest.Write(collective.Bytes(s.Value))
	}
	what := fmt.Sprintf("the parameters after epoch %d", t.Epoch+1)
	return collective.Same(g, what, digest.Sum(nil))
}
