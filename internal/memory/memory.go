// Package memory says how much memory the machine has, so that what cannot fit is refused in a
// sentence instead of ending the program.
package memory

import "fmt"

// unknown stands for the memory of machines that do not say.
const unknown = 64 << 30

// Check is an error where so many bytes are more than the machine has. What names them: "a step of
// 16 samples".
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
