//go:build race

package infer

// racing says that the race detector looks on, which allocates now and then.
const racing = true
