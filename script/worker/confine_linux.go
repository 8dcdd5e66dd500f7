//go:build linux && (amd64 || arm64)

package worker

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confine gives up what the process does not need: memory beyond data bytes, files, network, other processes, and
// for good. What it keeps is the two pipes, memory and threads.
func confine(data uint64) error {
	// When memory is short, the system ends a worker rather than the server.
	os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // where it is allowed
	for _, l := range []struct {
		resource int
		max      uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_NOFILE, 32},
		{unix.RLIMIT_DATA, data},
	} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.max, Max: l.max}); err != nil {
			return fmt.Errorf("resource limit %d: %w", l.resource, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	return filter()
}

// filter installs the list of system calls that remain, for all threads. A kernel without seccomp is told apart
// from one that refuses the list.
func filter() error {
	program := calls()
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if errno == unix.ENOSYS {
		os.Stderr.WriteString("script worker: this kernel has no seccomp; the other walls stand\n")
		return nil
	}
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// calls is the filter: the listed calls are allowed, every other one fails with EPERM. clone3 fails with ENOSYS: a
// filter can't see its flags, and a C library that starts the threads goes on with clone only then.
func calls() []unix.SockFilter {
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		set   = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		ret   = unix.BPF_RET | unix.BPF_K

		number, arch, argument0, argument2 = 0, 4, 16, 32 // offsets in the kernel's seccomp_data
	)
	refuse := unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
	allow := unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW}
	f := []unix.SockFilter{
		{Code: load, K: arch},
		{Code: equal, K: auditArch, Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: number},

		{Code: equal, K: unix.SYS_CLONE3, Jf: 1},
		{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},

		// New threads, never new processes.
		{Code: equal, K: unix.SYS_CLONE, Jf: 4},
		{Code: load, K: argument0},
		{Code: set, K: unix.CLONE_THREAD, Jt: 0, Jf: 1},
		allow,
		refuse,
	}
	// Memory, but none that is code.
	for _, call := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT} {
		f = append(f,
			unix.SockFilter{Code: equal, K: call, Jf: 4},
			unix.SockFilter{Code: load, K: argument2},
			unix.SockFilter{Code: set, K: unix.PROT_EXEC, Jt: 1, Jf: 0},
			allow,
			refuse,
		)
	}
	for _, call := range append(allowed, allowedHere...) {
		f = append(f, unix.SockFilter{Code: equal, K: call, Jf: 1}, allow)
	}
	return append(f, refuse)
}

// allowed is what Go's runtime and the pipes need.
var allowed = []uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_PREAD64, unix.SYS_CLOSE, unix.SYS_FUTEX,
	unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_TGKILL,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_GETRANDOM, unix.SYS_RESTART_SYSCALL,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_MEMBARRIER,
}
