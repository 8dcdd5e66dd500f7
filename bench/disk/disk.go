package disk

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"paceline/bench/journal"
	"paceline/bench/load"
)

// AppendSize is the size of the appends whose fdatasync is timed.
const AppendSize = 4096

// Fdatasync appends count blocks of AppendSize to a new file in folder, each followed by fdatasync, and
// returns how long append and fdatasync took together, in microseconds.
func Fdatasync(folder string, count int) (load.Summary, error) {
	file, err := os.CreateTemp(folder, "fdatasync-*")
	if err != nil {
		return load.Summary{}, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	block := bytes.Repeat([]byte("paceline"), AppendSize/8)
	took := make([]float64, 0, count)
	for range count {
		begin := time.Now()
		if _, err := file.Write(block); err != nil {
			return load.Summary{}, err
		}
		if err := syscall.Fdatasync(int(file.Fd())); err != nil {
			return load.Summary{}, err
		}
		took = append(took, float64(time.Since(begin).Nanoseconds())/1e3)
	}
	return load.Summarize(took), nil
}

// Rawlog's shape: a run is one accepted record and RunSteps step records of RecordSize bytes, each on
// the disk before the next is appended.
const (
	RunSteps   = 4
	RecordSize = 1024
)

// Rawlog logs runs from inFlight goroutines for the given time and returns runs per second.
func Rawlog(ctx context.Context, folder string, inFlight int, length time.Duration) (float64, error) {
	scratch, err := os.MkdirTemp(folder, "rawlog-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(scratch)
	log, err := journal.Open(filepath.Join(scratch, "log"), nil)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var runs atomic.Uint64
	var failed atomic.Pointer[error]
	var workers sync.WaitGroup
	data := bytes.Repeat([]byte("r"), RecordSize)
	begin := time.Now()
	for range inFlight {
		workers.Go(func() {
			for ctx.Err() == nil {
				for range 1 + RunSteps {
					if err := log.Append(journal.Record{Kind: 'S', Number: runs.Load(), Data: data}); err != nil {
						failed.Store(&err)
						return
					}
				}
				runs.Add(1)
			}
		})
	}
	workers.Wait()
	took := time.Since(begin)
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(runs.Load()) / took.Seconds(), nil
}
