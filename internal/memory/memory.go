// Package memory compares the memory that a computation needs with the memory of the machine, so
// that a computation that cannot fit is refused in a sentence instead of killing the program.
package memory

import "fmt"

// unknown is the size in bytes that is assumed for a machine whose memory is not known.
const unknown = 64 << 30

// Check returns an error if the number of bytes is more than the machine has. what names the thing
// that needs them, such as "a step of 16 samples".
func Check(what string, bytes float64, advice string) error {
	most := physical()
	if most == 0 {
		most = unknown
	}
	if bytes <= float64(most) {
		return nil
	}
	return fmt.Errorf("%s needs %.3g GiB of memory, the machine has %.3g GiB: want %s",
		what, bytes/(1<<30), float64(most)/(1<<30), advice)
}
