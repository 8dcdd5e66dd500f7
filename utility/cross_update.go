package utility

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// passed is what the Cross Updating Preventer keeps of a record: what was passed on in each direction and may yet come
// back as the echo of that, the oldest first, and which direction had the last word.
type passed struct {
	Outbound, Inbound echoes `json:",omitempty"`
	// Last is the direction that was stored last: the other application has, or is about to have, the data of this one.
	Last string `json:",omitempty"`
}

type echo struct {
	Digest string
	At     paceline.Micros
	Data   json.RawMessage `json:",omitempty"` // while debugging is on
}

type echoes []echo

// The directions.
const (
	outbound = "out"
	inbound  = "in"
)

// Data that others have followed in the same direction are expected back for echoKept, and no more than echoMost of them;
// the last ones always are.
const (
	echoKept = time.Hour
	echoMost = 50
)

// UnmarshalJSON reads the one digest, too, that earlier releases kept.
func (e *echoes) UnmarshalJSON(doc []byte) error {
	var one string
	if json.Unmarshal(doc, &one) == nil {
		*e = echoes{{Digest: one}}
		return nil
	}
	return json.Unmarshal(doc, (*[]echo)(e))
}

// at returns where data are among those that are expected at a time, -1 where they are not.
func (e echoes) at(sum string, now paceline.Micros) int {
	for i, one := range e {
		if one.Digest == sum && (i == len(e)-1 || now-one.At < paceline.Micros(echoKept.Microseconds())) {
			return i
		}
	}
	return -1
}

// by returns what was passed on in a direction.
func (p *passed) by(direction string) *echoes {
	if direction == inbound {
		return &p.Inbound
	}
	return &p.Outbound
}

func readPassed(doc []byte) (p passed, err error) {
	if doc == nil {
		return p, nil
	}
	if err = json.Unmarshal(doc, &p); err == nil && p.Last == "" {
		// An earlier release, which kept one direction.
		if p.Last = outbound; len(p.Inbound) > 0 {
			p.Last = inbound
		}
	}
	return p, err
}

// news says whether data are to be passed on, which is so unless they are the echo of what was passed on in the other
// direction, and that direction had the last word. An echo that comes after this side has passed on something else shows
// that the two sides differ: each got what the other had before. It is passed on, and since the last word stays with this
// direction, what comes back of it ends on the other side: changes that cross each other end with the same data on both.
// Echoes come in order: what was expected before the one that came is so no longer, and may be set again.
func (p *passed) news(other, sum string, now paceline.Micros) (news, changed bool) {
	if p.Last != other {
		return true, false
	}
	expected := p.by(other)
	at := expected.at(sum, now)
	if at > 0 {
		*expected = (*expected)[at:]
	}
	return at < 0, at > 0
}

// store remembers what is passed on.
func (p *passed) store(direction string, next echo) {
	p.Last = direction
	p.Outbound.forget(next.At)
	p.Inbound.forget(next.At)
	list := p.by(direction)
	for i := range *list {
		(*list)[i].Data = nil // of the last ones alone, which are compared
	}
	*list = append((*list)[max(0, len(*list)+1-echoMost):], next)
}

type updateAnswer struct {
	Key      string
	UpdateOK bool
	Compared json.RawMessage `json:",omitempty"`
}

type storedAnswer struct {
	Key    string
	Stored bool
}

func (k *keeper) crossUpdateMethods() map[string]method {
	return map[string]method{
		"update-ok-outbound":  k.updateOK(inbound),
		"store-data-outbound": k.storeData(outbound),
		"update-ok-inbound":   k.updateOK(outbound),
		"store-data-inbound":  k.storeData(inbound),
	}
}

func (k *keeper) updateOK(other string) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		key, err := k.key(c)
		if err != nil {
			return nil, err
		}
		sum := digest(normal(field(c, "Data")))
		return k.change(ctx, c, store.EntryStore{Connector: c.Instance.ID}, digest(key), func(old []byte, was store.Entry) (change, error) {
			p, err := readPassed(old)
			if err != nil {
				return change{}, err
			}
			answer := updateAnswer{Key: key}
			if expected := *p.by(other); len(expected) > 0 && debugging(c) {
				answer.Compared = expected[len(expected)-1].Data
			}
			var changed bool
			if answer.UpdateOK, changed = p.news(other, sum, k.now()); !changed {
				return change{keep: true, answer: answer}, nil
			}
			value, err := encode(p)
			return change{value: value, expires: was.Expires, answer: answer}, err
		})
	}
}

func (k *keeper) storeData(direction string) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		key, err := k.key(c)
		if err != nil {
			return nil, err
		}
		expires, err := k.expiry(c)
		if err != nil {
			return nil, err
		}
		data := normal(field(c, "Data"))
		next := echo{Digest: digest(data), At: k.now()}
		if debugging(c) {
			if len(data) > k.limits.Object {
				return nil, refuse(paceline.CodeStorageValue, fmt.Sprintf("While debugging is on, Data have at most %d bytes.", k.limits.Object))
			}
			next.Data = json.RawMessage(data)
		}
		return k.change(ctx, c, store.EntryStore{Connector: c.Instance.ID}, digest(key), func(old []byte, was store.Entry) (change, error) {
			p, err := readPassed(old)
			if err != nil {
				return change{}, err
			}
			p.store(direction, next)
			value, err := encode(p)
			return change{value: value, expires: k.stays(c, expires, old, was), answer: storedAnswer{key, true}}, err
		})
	}
}

// forget drops what is not expected any more.
func (e *echoes) forget(now paceline.Micros) {
	kept := (*e)[:0]
	for i, one := range *e {
		if i == len(*e)-1 || now-one.At < paceline.Micros(echoKept.Microseconds()) {
			kept = append(kept, one)
		}
	}
	*e = kept
}

// debugging says whether the account connector keeps data besides their digests.
func debugging(c connector.UtilityCall) bool { return c.Instance.Properties["Debug"] == "on" }

// normal writes data so that what means the same is the same: members in order, values as text without space around
// them, what is empty left out.
func normal(doc []byte) string {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return ""
	}
	out, err := encode(tidy(v))
	if err != nil {
		return ""
	}
	return string(out)
}

func tidy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if v[name] = tidy(member); v[name] == nil {
				delete(v, name)
			}
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case []any:
		for i := range v {
			v[i] = tidy(v[i])
		}
		if !slices.ContainsFunc(v, func(item any) bool { return item != nil }) {
			return nil
		}
		return v
	case nil:
		return nil
	}
	doc, err := encode(v)
	if err != nil {
		return nil
	}
	if text := strings.TrimSpace(mapping.Text(mapping.Value(doc))); text != "" {
		return text
	}
	return nil
}
