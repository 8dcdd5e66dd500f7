package utility

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/internal/seal"
	"paceline/store"
)

// Limits bound what utilities keep. Zero values mean the defaults in brackets.
type Limits struct {
	Key     int   // characters of a key [128]
	Value   int   // characters of a value in data storage [1,024]
	Object  int   // bytes of an object or a row of cross references, as JSON [65,536]
	Entries int64 // in one store [1,000,000]
	Bytes   int64 // in all stores of an account [256 MiB]

	Search time.Duration // through a text by a regular expression [5 s]
}

func (l Limits) withDefaults() Limits {
	set(&l.Key, 128)
	set(&l.Value, 1024)
	set(&l.Object, 64<<10)
	set(&l.Entries, 1_000_000)
	set(&l.Bytes, 256<<20)
	set(&l.Search, 5*time.Second)
	return l
}

func set[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Config is what the utilities need.
type Config struct {
	Store *store.Store
	// Keys returns the data key of an account by its number.
	Keys   func(ctx context.Context, account int64) (*seal.Key, error)
	Clock  paceline.Clock
	Limits Limits
	Post   Post // of emails
}

// Provide hands all utilities of this room, and the storage of scripts, to a runtime.
func Provide(r *connector.Runtime, c Config) {
	k := newKeeper(c)
	for key, u := range map[string]connector.Utility{
		"cycle-data-storage":     methods{k.dataMethods(true)},
		"global-data-storage":    methods{k.dataMethods(false)},
		"cycle-object-storage":   methods{k.objectMethods(true)},
		"global-object-storage":  methods{k.objectMethods(false)},
		"cycle-counter-storage":  methods{k.counterMethods(true)},
		"global-counter-storage": methods{k.counterMethods(false)},

		"email":        methods{mailer{c.Post, c.Clock}.methods()},
		"generic-file": methods{fileMethods()},
		"data-tools":   methods{toolMethods(c.Clock, k.limits.Search)},

		"lookup-table":             methods{k.lookupTableMethods()},
		"cross-updating-preventer": methods{k.crossUpdateMethods()},
		"entity-cross-ref-storage": methods{k.crossReferenceMethods()},
	} {
		r.Provide(key, u)
	}
	r.ProvideStorage(scriptStorage{k})
}

// method does one method of a utility and returns its answer, which becomes JSON.
type method func(ctx context.Context, c connector.UtilityCall) (any, error)

// methods is a utility by the ids of its methods.
type methods struct{ byID map[string]method }

func (m methods) Do(ctx context.Context, c connector.UtilityCall) (out connector.UtilityResult, err error) {
	do := m.byID[c.Method]
	if do == nil {
		return out, refuse(paceline.CodeUtilityInput, "This server has no such method.")
	}
	answer, err := do(ctx, c)
	if err != nil {
		return out, err
	}
	if raw, ok := answer.(json.RawMessage); ok {
		out.Output = raw
		return out, nil
	}
	out.Output, err = encode(answer)
	return out, err
}

// encode writes JSON without turning <, > and & into escapes.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// refuse is the error of a call that cannot be made so, however often it is tried.
func refuse(code paceline.Code, detail string) error {
	return &connector.Error{Class: connector.ClassBuild, Code: code, Detail: detail}
}

// later asks to come again: nothing is wrong with the call.
func later(err error) error {
	return &connector.Error{Class: connector.ClassThrottled, Code: paceline.CodeBusy, Waiting: true, RetryAfter: retryAfter, Err: err}
}

const retryAfter = time.Second

// whole reads a parameter that is a whole number; without a value it is def.
func whole(c connector.UtilityCall, name string, def int64) (int64, error) {
	text := c.Param(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, refuse(paceline.CodeStorageNumber, name+" does not fit into 64 bits.")
	case err != nil:
		return 0, refuse(paceline.CodeStorageNumber, name+" is not a whole number.")
	}
	return n, nil
}
