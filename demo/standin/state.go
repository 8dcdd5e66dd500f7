package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// State holds a system's data, and a copy in a file if it has a path, so that a later start finds the
// data again.
type State[T any] struct {
	mu   sync.RWMutex
	path string
	data T
}

// OpenState reads the file at path into initial; "" keeps the data in memory only.
func OpenState[T any](path string, initial T) (*State[T], error) {
	s := &State[T]{path: path, data: initial}
	if path == "" {
		return s, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s.data)
	}
	if err != nil {
		return nil, fmt.Errorf("read the stand-in's data in %s: %w", path, err)
	}
	return s, nil
}

// Read calls f with the data, which it must not change or keep.
func (s *State[T]) Read(f func(*T)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f(&s.data)
}

// Change calls f with the data and writes the file before it returns. Readers see all of it or nothing. A
// change whose file could not be written is told, and stays until the next start.
func (s *State[T]) Change(f func(*T)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.data)
	if s.path == "" {
		return nil
	}
	text, err := json.MarshalIndent(&s.data, "", "  ")
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(s.path), "."+filepath.Base(s.path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // nothing to remove after the rename
	if _, err = draft.Write(text); err == nil {
		err = draft.Close()
	}
	if err != nil {
		return err
	}
	return os.Rename(draft.Name(), s.path)
}
