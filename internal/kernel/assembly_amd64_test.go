package kernel

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// An SSE instruction between AVX ones costs hundreds of cycles on some CPUs. Of the instructions on
// vector registers, only those that begin with V may stand in the assembly.
func TestAssemblyHasNoSSE(t *testing.T) {
	text, err := os.ReadFile("zkernel_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	register := regexp.MustCompile(`\b[XYZ][0-9]+\b`)
	checked := 0
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "\t") && register.MatchString(line) {
			checked++
			if fields := strings.Fields(line); fields[0][0] != 'V' && fields[0][0] != 'K' {
				t.Errorf("zkernel_amd64.s:%d: %s", i+1, strings.TrimSpace(line))
			}
		}
	}
	if checked == 0 {
		t.Error("no instruction on vectors found")
	}
}
