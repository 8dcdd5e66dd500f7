package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// LockedError says that another process serves from the same data folder.
type LockedError struct{ Folder string }

// Error names the folder and the way out.
func (e *LockedError) Error() string {
	return fmt.Sprintf("the data folder %s is in use by another process: stop it, or choose another folder", e.Folder)
}

// lockFolder takes the folder for this process until the file is closed or the process ends, however it ends.
func lockFolder(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, "paceline.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	// A process that is being started holds the files of the one that starts it for a moment, this lock too.
	for tries := 0; errors.Is(err, unix.EWOULDBLOCK) && tries < 50; tries++ {
		unix.Poll(nil, 10) // waits 10 ms
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &LockedError{Folder: folder}
		}
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	return f, nil
}
