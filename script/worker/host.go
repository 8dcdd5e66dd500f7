package worker

import (
	"encoding/json"
	"errors"
	"strings"

	"paceline/script"
	"paceline/script/wire"
)

// host is the one function through which boot.js leaves the machine: a name, and an argument in JSON or, for the
// log, in text. The answer is "+" with JSON behind it, or "-" with the text of an error.
func (m *machine) host(args []any) (any, error) {
	if len(args) != 2 {
		return nil, errors.New("internal function")
	}
	name, _ := args[0].(string)
	text, _ := args[1].(string)
	r := m.run
	switch {
	case name == "log":
		return nil, r.log(text)
	case name == "output": // boot.js has seen that it is too much
		panic(over{script.LimitOutput})
	case native[name] != nil:
		answer, err := native[name](json.RawMessage(text))
		if err != nil {
			return "-" + err.Error(), nil
		}
		return "+" + string(answer), nil
	case name == script.FuncHTTP:
		if r.calls++; r.calls > r.head.Calls {
			panic(over{script.LimitCalls})
		}
	case strings.HasPrefix(name, "cyclr_storage_"), strings.HasPrefix(name, "cycle_storage_"):
		if r.storage++; r.storage > r.head.Storage {
			panic(over{script.LimitStorage})
		}
	default:
		return nil, errors.New("internal function")
	}
	if len(text) > r.head.Output {
		panic(over{script.LimitOutput})
	}
	r.worker.send(&wire.Head{Kind: wire.KindCall, Name: name}, []byte(text))
	reply := <-r.worker.replies
	if name != script.FuncHTTP {
		if r.stored += len(text) + len(reply.body); r.stored > script.StorageBytes {
			panic(over{script.LimitStorage})
		}
	}
	if e := reply.head.Error; e != nil {
		return "-" + e.Message, nil
	}
	return "+" + string(reply.body), nil
}

// lineCost is what a line counts besides its text.
const lineCost = 16

// log sends a line at once, so that it is there when the process is killed.
func (r *run) log(text string) error {
	if r.logged += len(text) + lineCost; r.logged > r.head.LogBytes {
		panic(over{script.LimitLog})
	}
	r.worker.send(&wire.Head{Kind: wire.KindLog}, []byte(text))
	return nil
}
