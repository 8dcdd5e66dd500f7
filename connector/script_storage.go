package connector

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
)

// ScriptStorage does the storage functions of scripts. What it keeps belongs to the account that runs and to the
// account connector whose call the script is part of.
type ScriptStorage interface {
	Do(ctx context.Context, c StorageCall) (json.RawMessage, error)
}

// StorageCall is one call of a storage function.
type StorageCall struct {
	Behalf Behalf
	// Instance is the account connector; it may belong to the parent of the account in Behalf.
	Instance *Instance
	// OfCycle says that the function is one of cycle_storage, whose values belong to one cycle.
	OfCycle bool
	// Function is its name without that of the family: get, set, ...
	Function string
	Args     []json.RawMessage
}

// The families of storage functions.
const (
	allCycles = "cyclr_storage_"
	oneCycle  = "cycle_storage_"
)

// ProvideStorage makes a storage answer the functions of scripts. Only before the runtime makes calls.
func (r *Runtime) ProvideStorage(s ScriptStorage) { r.storage = s }

// storage does one storage function, which is a task as a call of a utility is. What keeps it from being done is
// thrown in the script.
func (h *scriptHost) storage(ctx context.Context, name string, args json.RawMessage) (json.RawMessage, error) {
	if h.runtime.storage == nil {
		return nil, errors.New("there is no storage here")
	}
	call := StorageCall{Behalf: h.Behalf, Instance: h.own}
	if call.Behalf.Account == 0 {
		call.Behalf = Behalf{Partner: h.own.Partner, Account: h.own.Account, Root: h.own.Root}
	}
	if call.Function, call.OfCycle = strings.CutPrefix(name, oneCycle); !call.OfCycle {
		call.Function = strings.TrimPrefix(name, allCycles)
	}
	if err := json.Unmarshal(args, &call.Args); err != nil {
		return nil, errors.New("a storage function takes a list of arguments")
	}
	answer, err := h.runtime.storage.Do(ctx, call)
	if err == nil {
		h.result.TasksOK++
		return answer, nil
	}
	failed, ok := errors.AsType[*Error](err)
	switch {
	case !ok || failed.Waiting:
		h.runtime.log.Warn("a script could not reach its storage", "error", err)
		return nil, errors.New("the storage is not within reach now")
	case failed.Detail != "":
		err = errors.New(failed.Code.Text() + ": " + failed.Detail)
	default:
		err = errors.New(failed.Code.Text())
	}
	h.result.TasksIncident++
	return nil, err
}
