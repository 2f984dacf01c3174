//go:build !amd64 && !arm64

package kernel

// variants lists the variants that this CPU can run.
func variants() []variant { return []variant{generic} }
