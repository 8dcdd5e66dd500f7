package script

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Program is the path that starts this very program again, also when its file was replaced meanwhile.
func Program() (string, error) { return "/proc/self/exe", nil }

// apart keeps the signals of a terminal from the worker: its end is ours to decide.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// renice makes all threads of the process, which is a group of its own, so much nicer than this one.
func (p *process) renice(n int) error {
	if p.ended() {
		return os.ErrProcessDone // its number may be another's
	}
	own, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	if err != nil {
		return err
	}
	return unix.Setpriority(unix.PRIO_PGRP, p.cmd.Process.Pid, 20-own+n) // the call gives 20 less the number
}

// cpu returns for how long the process has used processors. The caller holds it, so that it is not waited for yet or counts
// for nothing any more.
func (p *process) cpu() time.Duration {
	const scheduled = 2 // the kernel's clock of a process, by its number
	var at unix.Timespec
	if unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|scheduled), &at) != nil {
		return 0
	}
	return time.Duration(at.Nano())
}

// residentPeak returns the most memory that the process held, 0 when it can't be told.
func residentPeak(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10
}
