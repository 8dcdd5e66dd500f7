//go:build !linux

package script

import (
	"errors"
	"os"
	"os/exec"
	"time"

	"paceline"
)

// Program is the path that starts this program again.
func Program() (string, error) { return os.Executable() }

func apart(*exec.Cmd) {}

func (*process) renice(int) error { return errors.ErrUnsupported }

// cpu counts all time as used.
func (*process) cpu() time.Duration { return paceline.SystemClock{}.Now().Sub(loaded) }

var loaded = paceline.SystemClock{}.Now()

func residentPeak(int) int64 { return 0 }
