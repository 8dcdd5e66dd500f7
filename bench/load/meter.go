package load

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Usage is what the measured process trees took during the measured part. Resident memory counts a page
// that processes share once for each of them.
type Usage struct {
	CPUSeconds float64 `json:"cpu_s"`
	PeakRSSMB  float64 `json:"peak_rss_mb"`
	EndRSSMB   float64 `json:"end_rss_mb"`
	Processes  int     `json:"processes"`
}

// Machine is what the whole machine did during the measured part. Other is CPU time of neither the
// platform nor the tool: the noise of this run.
type Machine struct {
	Cores        int     `json:"cores"`
	BusySeconds  float64 `json:"busy_s"`
	ToolSeconds  float64 `json:"tool_s"`
	OtherSeconds float64 `json:"other_s"`
}

// The kernel counts CPU time in hundredths of a second.
const ticksPerSecond = 100

const rssEvery = 200 * time.Millisecond

// meter reads /proc at the start and the end, and the memory in between.
type meter struct {
	roots           []int
	busy, tool, cpu float64
	peak            float64
	quit, ended     chan struct{}
}

func startMeter(roots []int) *meter {
	m := &meter{roots: roots, busy: machineSeconds(), tool: ownSeconds(), quit: make(chan struct{}), ended: make(chan struct{})}
	tree := descendants(roots)
	m.cpu, m.peak = treeSeconds(tree), treeMB(tree)
	go m.watch()
	return m
}

func (m *meter) watch() {
	defer close(m.ended)
	if len(m.roots) == 0 {
		<-m.quit
		return
	}
	tick := time.NewTicker(rssEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.peak = max(m.peak, treeMB(descendants(m.roots)))
		case <-m.quit:
			return
		}
	}
}

// stop returns the machine's figures and, when processes were named, theirs.
func (m *meter) stop() (Machine, *Usage) {
	close(m.quit)
	<-m.ended
	tree := descendants(m.roots)
	cpu, rss := treeSeconds(tree)-m.cpu, treeMB(tree)
	machine := Machine{
		Cores:       runtime.NumCPU(),
		BusySeconds: rounded(machineSeconds() - m.busy),
		ToolSeconds: rounded(ownSeconds() - m.tool),
	}
	machine.OtherSeconds = rounded(machine.BusySeconds - machine.ToolSeconds - cpu)
	if len(m.roots) == 0 {
		return machine, nil
	}
	return machine, &Usage{CPUSeconds: rounded(cpu), PeakRSSMB: rounded(max(m.peak, rss)), EndRSSMB: rounded(rss), Processes: len(tree)}
}

// process is one line of /proc: its parent and the CPU seconds of itself and of children it waited for.
type process struct {
	pid, parent int
	seconds     float64
}

// descendants returns the live processes at and below roots.
func descendants(roots []int) []process {
	if len(roots) == 0 {
		return nil
	}
	folders, _ := filepath.Glob("/proc/[0-9]*")
	children := map[int][]process{}
	var found []process
	for _, folder := range folders {
		p, ok := readProcess(folder)
		if !ok {
			continue
		}
		children[p.parent] = append(children[p.parent], p)
		for _, root := range roots {
			if p.pid == root {
				found = append(found, p)
			}
		}
	}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].pid]...)
	}
	return found
}

func readProcess(folder string) (process, bool) {
	text, err := os.ReadFile(filepath.Join(folder, "stat"))
	if err != nil {
		return process{}, false
	}
	// The name, in parentheses, may hold anything; fields are counted from behind it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return process{}, false
	}
	p := process{seconds: sumTicks(fields[11:15])}
	p.pid, _ = strconv.Atoi(filepath.Base(folder))
	p.parent, _ = strconv.Atoi(fields[1])
	return p, true
}

func treeSeconds(tree []process) float64 {
	var sum float64
	for _, p := range tree {
		sum += p.seconds
	}
	return sum
}

// MemoryMB is the resident memory of a process and those below it.
func MemoryMB(pid int) float64 { return rounded(treeMB(descendants([]int{pid}))) }

func treeMB(tree []process) float64 {
	pages := 0
	for _, p := range tree {
		text, _ := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/statm")
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			n, _ := strconv.Atoi(fields[1])
			pages += n
		}
	}
	return float64(pages) * float64(os.Getpagesize()) / (1 << 20)
}

// machineSeconds is the CPU time of everything since boot: user, nice, system and both kinds of
// interrupts.
func machineSeconds() float64 {
	text, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(first)
	if len(fields) < 8 {
		return 0
	}
	return sumTicks(fields[1:4]) + sumTicks(fields[6:8])
}

func ownSeconds() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func sumTicks(fields []string) float64 {
	var sum float64
	for _, f := range fields {
		n, _ := strconv.ParseFloat(f, 64)
		sum += n
	}
	return sum / ticksPerSecond
}
