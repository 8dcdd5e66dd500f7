package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// ErrClosed is returned by Append after Close.
var ErrClosed = errors.New("the journal is closed")

// Journal is an open log. Its methods may be called from many goroutines.
type Journal struct {
	file *os.File
	wake chan struct{} // holds one token while the open batch has records
	done chan struct{} // closed when the writer has ended

	mu     sync.Mutex
	open   *batch
	spare  []byte // buffer of an earlier batch, used again
	closed bool
}

// batch is a group of records that one write and one fdatasync make durable.
type batch struct {
	data []byte
	done chan struct{}
	err  error
}

// Open replays the log at path through visit, cuts off a record that a crash left unfinished, and
// returns the log ready for appending. A missing file is made. Data passed to visit is valid during
// the call only.
func Open(path string, visit func(Record)) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	whole, err := replay(file, visit)
	if err == nil {
		err = file.Truncate(whole)
	}
	if err == nil {
		_, err = file.Seek(whole, 0)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open journal %s: %w", path, err)
	}
	j := &Journal{file: file, wake: make(chan struct{}, 1), done: make(chan struct{}), open: newBatch(nil)}
	go j.write()
	return j, nil
}

// Append adds a record and returns when it is on the disk.
func (j *Journal) Append(r Record) error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	b := j.open
	if len(b.data) == 0 {
		j.wake <- struct{}{} // never blocks: one token per batch, and the writer took the last one
	}
	b.data = r.appendTo(b.data)
	j.mu.Unlock()
	<-b.done
	return b.err
}

// Close waits for appended records and closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	if !j.closed {
		j.closed = true
		close(j.wake)
	}
	j.mu.Unlock()
	<-j.done
	return j.file.Close()
}

// write carries one batch after another to the disk. After a failed write or fdatasync what the disk
// holds is unknown, so every later batch fails too.
func (j *Journal) write() {
	defer close(j.done)
	var broken error
	for range j.wake {
		j.mu.Lock()
		b := j.open
		j.open = newBatch(j.spare)
		j.spare = nil
		j.mu.Unlock()
		if broken == nil {
			broken = j.persist(b.data)
		}
		b.err = broken
		close(b.done)
		j.mu.Lock()
		j.spare = b.data[:0]
		j.mu.Unlock()
	}
}

func (j *Journal) persist(data []byte) error {
	if _, err := j.file.Write(data); err != nil {
		return err
	}
	return syscall.Fdatasync(int(j.file.Fd()))
}

func newBatch(buffer []byte) *batch {
	return &batch{data: buffer, done: make(chan struct{})}
}

// syncFolder makes the file's name durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
