package store

import (
	"bytes"
	"runtime"
	"strconv"
)

// goroutineID reads the number of the calling goroutine off its stack's first line. It serves one
// purpose: in tests, a nested transaction must panic, not hang. It is too dear to be asked elsewhere.
func goroutineID() int64 {
	var buf [40]byte
	line := buf[:runtime.Stack(buf[:], false)]
	line = bytes.TrimPrefix(line, []byte("goroutine "))
	if i := bytes.IndexByte(line, ' '); i > 0 {
		line = line[:i]
	}
	id, err := strconv.ParseInt(string(line), 10, 64)
	if err != nil {
		panic("store: no goroutine number in " + string(line))
	}
	return id
}
