package utility

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// kept is an entry as the storages answer it.
type kept struct {
	Key   string
	Value json.RawMessage
}

type (
	putAnswer struct {
		kept
		Created bool
	}
	getAnswer struct {
		kept
		Found bool
	}
	deleteAnswer struct {
		Key     string
		Deleted bool
	}
	swapAnswer struct {
		kept
		Swapped bool
	}
	listAnswer struct {
		Entries []kept
		Next    string `json:",omitempty"`
	}
	clearAnswer struct{ Deleted int64 }
)

var null = json.RawMessage("null")

// dataMethods are those of Cycle and Global Data Storage.
func (k *keeper) dataMethods(ofCycle bool) map[string]method {
	return map[string]method{
		"set":             k.entry(ofCycle, k.setData),
		"append":          k.entry(ofCycle, k.appendData),
		"increment":       k.entry(ofCycle, k.incrementData),
		"compare-and-set": k.entry(ofCycle, k.swapData),
		"get":             k.getMethod(ofCycle),
		"delete":          k.deleteMethod(ofCycle),
		"get-all":         k.listMethod(ofCycle),
		"delete-all":      k.clearMethod(ofCycle),
	}
}

// counterMethods are those of Cycle and Global Counter Storage.
func (k *keeper) counterMethods(ofCycle bool) map[string]method {
	return map[string]method{
		"set":        k.entry(ofCycle, k.setCounter),
		"increment":  k.entry(ofCycle, k.incrementData),
		"decrement":  k.entry(ofCycle, k.decrementData),
		"get":        k.getMethod(ofCycle),
		"delete":     k.deleteMethod(ofCycle),
		"get-all":    k.listMethod(ofCycle),
		"delete-all": k.clearMethod(ofCycle),
	}
}

// entry makes a method of what changes the entry under the key of the call.
func (k *keeper) entry(ofCycle bool, f func(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, was store.Entry) (change, error)) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		in, err := k.where(c, ofCycle)
		if err != nil {
			return nil, err
		}
		key, err := k.key(c)
		if err != nil {
			return nil, err
		}
		expires, err := k.expiry(c)
		if err != nil {
			return nil, err
		}
		return k.change(ctx, c, in, key, func(old []byte, was store.Entry) (change, error) {
			return f(c, key, k.stays(c, expires, old, was), old, was)
		})
	}
}

// field returns a field of the document, null without one.
func field(c connector.UtilityCall, name string) json.RawMessage {
	v, found := mapping.MustLocation(name).Get(c.Body)
	if !found {
		return null
	}
	var b bytes.Buffer
	if json.Compact(&b, v) != nil {
		return null
	}
	return b.Bytes()
}

// text is a JSON value as text: of a text itself, "" of null, the JSON of anything else.
func text(v []byte) string {
	if mapping.KindOf(v) <= mapping.Null {
		return ""
	}
	return mapping.Text(v)
}

func (k *keeper) checkValue(v []byte) error {
	if utf8.RuneCountInString(text(v)) > k.limits.Value {
		return refuse(paceline.CodeStorageValue, fmt.Sprintf("It has more than %d characters.", k.limits.Value))
	}
	return nil
}

func (k *keeper) setData(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, _ store.Entry) (change, error) {
	value := field(c, "Value")
	return change{value: value, expires: expires, answer: putAnswer{kept{key, value}, old == nil}}, k.checkValue(value)
}

func (k *keeper) appendData(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, _ store.Entry) (change, error) {
	value, err := encode(text(old) + text(field(c, "Value")))
	if err == nil {
		err = k.checkValue(value)
	}
	return change{value: value, expires: expires, answer: putAnswer{kept{key, value}, old == nil}}, err
}

func (k *keeper) swapData(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, _ store.Entry) (change, error) {
	value := field(c, "Value")
	if err := k.checkValue(value); err != nil {
		return change{}, err
	}
	expected, wants := mapping.MustLocation("Expected").Get(c.Body)
	if wants = wants && mapping.KindOf(expected) > mapping.Null; wants != (old != nil) || wants && text(expected) != text(old) {
		is := json.RawMessage(old)
		if old == nil {
			is = null
		}
		return change{keep: true, answer: swapAnswer{kept{key, is}, false}}, nil
	}
	return change{value: value, expires: expires, answer: swapAnswer{kept{key, value}, true}}, nil
}

func (k *keeper) incrementData(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, _ store.Entry) (change, error) {
	by, err := whole(c, "Amount", 1)
	if err != nil {
		return change{}, err
	}
	return count(key, expires, old, by)
}

func (k *keeper) decrementData(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, _ store.Entry) (change, error) {
	by, err := whole(c, "Amount", 1)
	switch {
	case err != nil:
		return change{}, err
	case by == math.MinInt64:
		return change{}, refuse(paceline.CodeStorageNumber, "Amount is too small.")
	}
	return count(key, expires, old, -by)
}

func (k *keeper) setCounter(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, _ store.Entry) (change, error) {
	n, err := whole(c, "Value", 0)
	value := json.RawMessage(strconv.FormatInt(n, 10))
	return change{value: value, expires: expires, answer: putAnswer{kept{key, value}, old == nil}}, err
}

// count adds to a whole number of 64 bits; without one it begins at 0.
func count(key string, expires paceline.Micros, old []byte, by int64) (change, error) {
	was := int64(0)
	if is := strings.TrimSpace(text(old)); is != "" {
		n, err := strconv.ParseInt(is, 10, 64)
		if err != nil {
			return change{}, refuse(paceline.CodeStorageNumber, "What is stored is not a whole number.")
		}
		was = n
	}
	sum := was + by
	if by > 0 && sum < was || by < 0 && sum > was {
		return change{}, refuse(paceline.CodeStorageNumber, "The sum does not fit into 64 bits.")
	}
	value := json.RawMessage(strconv.FormatInt(sum, 10))
	return change{value: value, expires: expires, answer: putAnswer{kept{key, value}, old == nil}}, nil
}

func (k *keeper) getMethod(ofCycle bool) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		in, err := k.where(c, ofCycle)
		if err != nil {
			return nil, err
		}
		key, err := k.key(c)
		if err != nil {
			return nil, err
		}
		value, err := k.get(ctx, c, in, key)
		if err != nil || value == nil {
			return getAnswer{kept{key, null}, false}, err
		}
		return getAnswer{kept{key, value}, true}, nil
	}
}

func (k *keeper) deleteMethod(ofCycle bool) method {
	return k.entry(ofCycle, func(_ connector.UtilityCall, key string, _ paceline.Micros, old []byte, _ store.Entry) (change, error) {
		return change{keep: old == nil, answer: deleteAnswer{key, old != nil}}, nil
	})
}

// prefix reads what the keys of a list begin with.
func (k *keeper) prefix(c connector.UtilityCall) (string, error) {
	p := c.Param("Prefix")
	if p == "" {
		return "", nil
	}
	return p, k.checkKey(p)
}

func (k *keeper) listMethod(ofCycle bool) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		in, err := k.where(c, ofCycle)
		if err != nil {
			return nil, err
		}
		prefix, err := k.prefix(c)
		if err != nil {
			return nil, err
		}
		answer := listAnswer{Entries: []kept{}}
		answer.Next, err = k.list(ctx, c, in, func(tx *store.Tx, after string, n int) ([]store.Entry, error) {
			return tx.Entries(c.Behalf.Scope(), in, prefix, after, k.now(), n)
		}, func(name string, value []byte) error {
			answer.Entries = append(answer.Entries, kept{name, value})
			return nil
		})
		return answer, err
	}
}

func (k *keeper) clearMethod(ofCycle bool) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		in, err := k.where(c, ofCycle)
		if err != nil {
			return nil, err
		}
		prefix, err := k.prefix(c)
		if err != nil {
			return nil, err
		}
		n, err := k.clear(ctx, c, in, prefix)
		return clearAnswer{n}, err
	}
}
