//go:build linux && (amd64 || arm64)

package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

const confinedArgument = "confined"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == confinedArgument {
		confined()
		return
	}
	os.Exit(m.Run())
}

// confined gives up what a worker gives up and tells of each attempt what came of it.
func confined() {
	runtime.GOMAXPROCS(2)
	status := openStatus()
	if err := confine(384 << 20); err != nil {
		fmt.Println("confine:", err)
		return
	}
	text := make([]byte, 8<<10)
	n, _ := status.ReadAt(text, 0)
	if !bytes.Contains(text[:n], []byte("Seccomp:\t2")) {
		fmt.Println("no seccomp")
		return
	}
	try := func(name string, err error) {
		switch {
		case err == nil:
			fmt.Println(name, "allowed")
		case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
			fmt.Println(name, "refused")
		default:
			fmt.Println(name, err)
		}
	}
	_, err := os.Open("/proc/self/status")
	try("open", err)
	_, err = os.Create(os.TempDir() + "/x")
	try("create", err)
	_, err = os.ReadDir("/")
	try("list", err)
	try("remove", os.Remove("/nowhere"))
	for name, domain := range map[string]int{"inet": unix.AF_INET, "inet6": unix.AF_INET6, "unix": unix.AF_UNIX, "netlink": unix.AF_NETLINK} {
		_, err := unix.Socket(domain, unix.SOCK_STREAM, 0)
		try("socket "+name, err)
	}
	try("start", exec.Command("/proc/self/exe").Start())
	_, err = unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	try("code", err)
	try("kill", unix.Kill(os.Getppid(), 0))
	try("trace", unix.PtraceAttach(os.Getppid()))
	_, _, errno := unix.Syscall(unix.SYS_CLONE3, 0, 0, 0)
	fmt.Println("clone3", errno == unix.ENOSYS)

	// Go starts threads when it needs them, in a program built with a C library by way of that.
	var started, over sync.WaitGroup
	hold := make(chan struct{})
	for range 20 {
		started.Add(1)
		over.Go(func() {
			runtime.LockOSThread()
			started.Done()
			<-hold
		})
	}
	started.Wait()
	close(hold)
	over.Wait()
	fmt.Println("threads allowed")
}

// TestConfined sees in a process that was confined as workers are what the system refuses it.
func TestConfined(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, confinedArgument).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	if strings.HasSuffix(string(out), "no seccomp\n") {
		t.Log("this kernel has no seccomp")
		return
	}
	want := []string{
		"open refused", "create refused", "list refused", "remove refused", "socket inet refused", "socket inet6 refused", "socket unix refused",
		"socket netlink refused", "start refused", "code refused", "kill refused", "trace refused", "clone3 true", "threads allowed",
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
