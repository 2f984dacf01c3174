//go:build !amd64 && !arm64

package kernel

// variants lists what this CPU can run, the fastest first.
func variants() []variant { return []variant{generic} }
