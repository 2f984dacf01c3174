package kernel

// variants lists what this CPU can run, the fastest first: every CPU of arm64 has Advanced SIMD.
func variants() []variant { return []variant{neon.variant(), generic} }
