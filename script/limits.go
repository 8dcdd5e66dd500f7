package script

import "time"

// Limits bound one run. Zero values take the defaults, which are decision D-36's one table.
type Limits struct {
	Wall    time.Duration // of one event at all levels, with its requests: 10 s, at most 60 s
	Heap    int64         // of the script's values: 64 MiB
	Data    uint64        // of the worker process: 384 MiB
	Input   int           // the globals that go in: 10 MiB
	Output  int           // the globals that come out: 10 MiB
	Log     int           // all log lines: 256 KiB
	Calls   int           // http_request: 50
	Storage int           // storage functions: 1,000
	Source  int           // the text of one script: 2 MiB
}

// The defaults of Limits, and the highest wall time.
const (
	DefaultWall    = 10 * time.Second
	MaxWall        = 60 * time.Second
	DefaultHeap    = 64 << 20
	DefaultData    = 384 << 20
	DefaultInput   = 10 << 20
	DefaultOutput  = 10 << 20
	DefaultLog     = 256 << 10
	DefaultCalls   = 50
	DefaultStorage = 1000
	DefaultSource  = 2 << 20
)

// StorageBytes is what the storage functions of one run may take and give together: all of it passes through the server.
const StorageBytes = 64 << 20

// grace is how long after the wall time the process is killed: it may end the run by itself and say where it was.
const grace = 300 * time.Millisecond

func (l Limits) withDefaults() Limits {
	or := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.Wall <= 0 {
		l.Wall = DefaultWall
	}
	l.Wall = min(l.Wall, MaxWall)
	if l.Heap <= 0 {
		l.Heap = DefaultHeap
	}
	if l.Data == 0 {
		// What a script may have besides its values: the machine, and the text of what goes in and out, several times.
		l.Data = DefaultData + uint64(max(0, l.Heap-DefaultHeap)) + 8*uint64(max(0, l.Output-DefaultOutput, l.Input-DefaultInput))
	}
	or(&l.Input, DefaultInput)
	or(&l.Output, DefaultOutput)
	or(&l.Log, DefaultLog)
	or(&l.Calls, DefaultCalls)
	or(&l.Storage, DefaultStorage)
	or(&l.Source, DefaultSource)
	return l
}

// inline is the time of the expressions of one step: at most the default, also where events have more.
func (l Limits) inline() time.Duration { return min(l.Wall, DefaultWall) }

// Names of the limits, as errors tell them.
const (
	LimitTime    = "time"
	LimitMemory  = "memory"
	LimitInput   = "input"
	LimitOutput  = "output"
	LimitLog     = "log"
	LimitCalls   = "calls"
	LimitStorage = "storage"
	LimitSource  = "source"
	LimitDepth   = "depth"
	LimitWorker  = "worker" // the process broke
)
