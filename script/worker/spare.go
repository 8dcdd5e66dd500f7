package worker

import (
	"fmt"
	"strings"
	"time"

	"modernc.org/quickjs"

	"paceline"
	"paceline/script"
	"paceline/script/wire"
)

// machine is one virtual machine, for one source of one run. The next run's is made before it comes, and the last run's is
// taken apart behind it: both take as long as a small script takes.
type machine struct {
	run  *run
	vm   *quickjs.VM
	boot quickjs.Value // boot.js: a function that makes the globals and functions that scripts find
	api  quickjs.Value // the function that boot.js leaves to this side

	since   time.Time       // when it was taken into use
	held    []quickjs.Value // freed before the machine is
	careful []string        // names of globals whose numbers a script would round
}

// shortUse is how long a machine may be used to be taken apart behind its run: what a script has built in no time is gone in
// no time, and the next run, of whoever, does not wait for it.
const shortUse = 5 * time.Millisecond

// machine returns the one that is ready, or a new one, once the last one is gone.
func (r *run) machine() *machine {
	w := r.worker
	w.tidy()
	m := w.spare
	if w.spare = nil; m == nil {
		var err error
		if m, err = w.newMachine(); err != nil {
			panic(over{script.LimitMemory})
		}
	}
	m.run, m.since, w.used = r, paceline.SystemClock{}.Now(), m
	return m
}

// leave ends the use of a machine. After a limit it is not called: the process ends, and the machine with it, as taking it apart
// could take longer than the run.
func (r *run) leave() {
	if w := r.worker; (paceline.SystemClock{}).Now().Sub(w.used.since) >= shortUse {
		w.tidy()
	}
}

// tidy takes the last run's machine apart.
func (w *worker) tidy() {
	if w.used != nil {
		w.used.close()
		w.used = nil
	}
}

// prepare makes the next run's machine.
func (w *worker) prepare() {
	if w.spare == nil {
		w.spare, _ = w.newMachine() // else the run makes it, and tells what is wrong
	}
}

// newMachine makes a machine that has read boot.js.
func (w *worker) newMachine() (*machine, error) {
	vm, err := quickjs.NewVM()
	if err != nil {
		return nil, err
	}
	m := &machine{vm: vm}
	if w.boot == nil {
		code, err := vm.Compile(strings.Repeat("\n", bootLine)+bootSource, quickjs.EvalGlobal)
		if err != nil {
			panic(fmt.Sprintf("boot.js: %v", err))
		}
		w.boot = code
	}
	if err = vm.RegisterHostFunc("__host", m.host); err == nil {
		m.boot, err = vm.EvalBytecodeValue(w.boot)
	}
	if err != nil {
		m.close()
		return nil, err
	}
	m.hold(m.boot)
	return m, nil
}

// begin makes the globals and functions that scripts find.
func (m *machine) begin() *wire.Error {
	m.careful = careful(m.run.globals)
	m.remaining()
	var err error
	if m.api, err = m.boot.CallValue(quickjs.UndefinedValue, string(m.run.globals), m.careful); err != nil {
		return m.failure(err)
	}
	m.hold(m.api)
	return nil
}

func (m *machine) hold(v quickjs.Value) quickjs.Value {
	m.held = append(m.held, v)
	return v
}

func (m *machine) close() {
	for i := range m.held {
		m.held[i].Free()
	}
	m.vm.Close()
}

// remaining arms the time limit of the next call into the machine.
func (m *machine) remaining() {
	left := m.run.deadline.Sub(paceline.SystemClock{}.Now())
	if left <= 0 {
		panic(over{script.LimitTime})
	}
	m.vm.SetEvalTimeout(left)
}

func (m *machine) eval(code string) (quickjs.Value, *wire.Error) {
	m.remaining()
	v, err := m.vm.EvalValue(code, quickjs.EvalGlobal)
	if err != nil {
		return v, m.failure(err)
	}
	return m.hold(v), nil
}
