package kernel

// variants lists the variants that this CPU can run, the fastest first: every arm64 CPU has
// Advanced SIMD.
func variants() []variant { return []variant{neon.variant(), generic} }
