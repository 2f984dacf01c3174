package kernel

import "golang.org/x/sys/cpu"

// variants lists the variants that this CPU can run, the fastest first.
func variants() []variant {
	var can []variant
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		if cpu.X86.HasAVX512VNNI {
			can = append(can, avx512.withVNNI())
		}
		can = append(can, avx512.variant())
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		can = append(can, avx2.variant())
	}
	return append(can, generic)
}
