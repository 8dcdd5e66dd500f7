package worker

import (
	"bytes"
	"os"
	"strconv"
)

// openStatus opens what the system tells of this process, before files are given up; nil where there is none.
func openStatus() *os.File {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return nil
	}
	return f
}

// peak returns the most memory that the process held, in bytes; 0 when it can't be told.
func peak(status *os.File) int64 {
	if status == nil {
		return 0
	}
	b := make([]byte, 8<<10)
	n, _ := status.ReadAt(b, 0)
	_, rest, _ := bytes.Cut(b[:n], []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10
}
