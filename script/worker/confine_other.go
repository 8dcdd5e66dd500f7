//go:build !linux || !(amd64 || arm64)

package worker

// confine does nothing here: what keeps the worker in is that scripts find no function that leads out, an empty
// environment, the memory limit of the machine, and that the process is killed from outside.
func confine(uint64) error { return nil }
