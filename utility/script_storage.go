package utility

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// scriptStorage is what the storage functions of scripts reach: the entries of the account connector whose call the
// script is part of, kept as those of the storages are, with the limits of objects.
//
// A script that runs again, as with the step that is tried again, does again what it did here.
type scriptStorage struct{ *keeper }

// Do does one function.
func (s scriptStorage) Do(ctx context.Context, c connector.StorageCall) (json.RawMessage, error) {
	call := connector.UtilityCall{Behalf: c.Behalf, Instance: c.Instance}
	in, err := s.where(call, c.OfCycle)
	if err != nil {
		return nil, err
	}
	switch c.Function {
	case "list_values":
		return s.listed(ctx, call, in, func(_ string, value []byte) ([]byte, error) { return value, nil })
	case "list_keys":
		return s.listed(ctx, call, in, func(name string, _ []byte) ([]byte, error) { return encode(name) })
	case "delete_all":
		n, err := s.clear(ctx, call, in, "")
		return json.RawMessage(strconv.FormatInt(n, 10)), err
	}
	key, err := s.argument(c, 0)
	if err != nil {
		return nil, err
	}
	name := text(key)
	if err := s.checkKey(name); err != nil {
		return nil, err
	}
	if c.Function == "get" {
		value, err := s.get(ctx, call, in, name)
		if value == nil {
			value = null
		}
		return value, err
	}
	f, err := s.changing(c)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, call, in, name, f)
}

// changing returns what a function makes of an entry.
func (s scriptStorage) changing(c connector.StorageCall) (func(old []byte, was store.Entry) (change, error), error) {
	if c.Function == "delete" {
		return func(old []byte, _ store.Entry) (change, error) {
			return change{keep: old == nil, answer: old != nil}, nil
		}, nil
	}
	given, err := s.argument(c, 1)
	if err != nil {
		return nil, err
	}
	switch c.Function {
	case "set":
		return func([]byte, store.Entry) (change, error) { return s.put(given, null) }, nil
	case "append":
		return func(old []byte, _ store.Entry) (change, error) {
			value, err := encode(text(old) + text(given))
			if err != nil {
				return change{}, err
			}
			return s.put(value, value)
		}, nil
	case "increment", "decrement":
		by, err := strconv.ParseInt(text(given), 10, 64)
		if err != nil || by == math.MinInt64 {
			return nil, refuse(paceline.CodeStorageNumber, "The amount is not a whole number of 64 bits.")
		}
		if c.Function == "decrement" {
			by = -by
		}
		return func(old []byte, _ store.Entry) (change, error) {
			ch, err := count("", 0, old, by)
			ch.answer = json.RawMessage(ch.value)
			return ch, err
		}, nil
	}
	return nil, refuse(paceline.CodeUtilityInput, "There is no such function.")
}

// put writes a value and answers another.
func (s scriptStorage) put(value, answer json.RawMessage) (change, error) {
	if len(value) > s.limits.Object {
		return change{}, refuse(paceline.CodeStorageValue, fmt.Sprintf("It has more than %d bytes.", s.limits.Object))
	}
	return change{value: value, answer: answer}, nil
}

// argument returns an argument as compact JSON.
func (s scriptStorage) argument(c connector.StorageCall, n int) (json.RawMessage, error) {
	if n >= len(c.Args) || mapping.KindOf(mapping.Value(c.Args[n])) == mapping.Missing {
		return nil, refuse(paceline.CodeUtilityInput, fmt.Sprintf("%s takes one argument more.", c.Function))
	}
	var b bytes.Buffer
	if err := json.Compact(&b, c.Args[n]); err != nil {
		return nil, refuse(paceline.CodeUtilityInput, "An argument cannot be read.")
	}
	return b.Bytes(), nil
}

// listed answers a list with what item makes of each entry. A storage that is too large for one answer has none.
func (s scriptStorage) listed(ctx context.Context, call connector.UtilityCall, in store.EntryStore, item func(name string, value []byte) ([]byte, error)) (json.RawMessage, error) {
	key, err := s.keys(ctx, call.Behalf.Account)
	if err != nil {
		return nil, later(err)
	}
	out, after, n := []byte{'['}, "", 0
	for {
		var part []store.Entry
		err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
			part, err = tx.Entries(call.Behalf.Scope(), in, "", after, s.now(), readAtOnce)
			return err
		})
		if err != nil {
			return nil, later(err)
		}
		for _, e := range part {
			value, err := open(key, call.Behalf.Scope(), in, e)
			if err == nil {
				value, err = item(e.Name, value)
			}
			if err != nil {
				return nil, err
			}
			if n++; n > 1 {
				out = append(out, ',')
			}
			out, after = append(out, value...), e.Name
			if n > mostListed || len(out) > listedBytes {
				return nil, refuse(paceline.CodeUtilityInput, fmt.Sprintf("A list has at most %d entries and %d MiB.", mostListed, listedBytes>>20))
			}
		}
		if len(part) < readAtOnce {
			return append(out, ']'), nil
		}
	}
}
