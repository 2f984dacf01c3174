package memory

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	if err := Check("nothing", 0, ""); err != nil {
		t.Error(err)
	}
	err := Check("a step", 1e18, "a smaller train.batch")
	if err == nil || !strings.HasPrefix(err.Error(),
		"a step needs 9.31e+08 GiB of memory, the machine has ") ||
		!strings.HasSuffix(err.Error(), " GiB: want a smaller train.batch") {
		t.Error(err)
	}
}
