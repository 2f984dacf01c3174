package kernel

import (
	"fmt"
	"os"
	"strings"
)

// active is the variant in use: the first of those that this CPU can run, or the one that the environment variable SSNN_CPU names.
var active, activeErr = choose(os.Getenv("SSNN_CPU"), variants())

// choose picks a variant by name, the fastest for "".
func choose(name string, can []variant) (variant, error) {
	var names []string
	for _, v := range can {
		if name == "" || v.name == name {
			return v, nil
		}
		names = append(names, v.name)
	}
	return generic, fmt.Errorf("SSNN_CPU is %q; this CPU can do %s", name,
		strings.Join(names, ", "))
}

// CPU names the variant of the kernels in use: "avx512", "avx2", "neon" or "generic". An error says that SSNN_CPU asked for one that
// this CPU does not have; then it is generic.
func CPU() (name string, err error) { return active.name, activeErr }
