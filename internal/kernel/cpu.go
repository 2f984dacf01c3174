package kernel

import (
	"fmt"
	"os"
	"strings"
)

// active is the variant in use: the one that the environment variable SSNN_CPU names, or else the
// first one that this CPU can run.
var active, activeErr = choose(os.Getenv("SSNN_CPU"), variants())

// choose returns the variant of the given name, or the first of the list for "".
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

// CPU returns the name of the variant of the kernels in use: "avx512", "avx2", "neon" or "generic".
// If SSNN_CPU names a variant that this CPU does not have, it returns an error, and the variant is
// generic.
func CPU() (name string, err error) { return active.name, activeErr }
