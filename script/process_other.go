//go:build !linux

package script

import (
	"os"
	"os/exec"
)

// Program is the path that starts this program again.
func Program() (string, error) { return os.Executable() }

func apart(*exec.Cmd) {}

func residentPeak(int) int64 { return 0 }
